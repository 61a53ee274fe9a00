"""Every operation on what Sentry knows, and all that leaves: text, JSON, terminal, log."""

import io
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import httpx
from rich.console import Console

from mcp_servers.sentry_monitor.src.cli.terminal import show
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.operations.services import Services
from mcp_servers.sentry_monitor.src.page_text import agent_text
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ModuleInput
from modules.framework.module import Module, viewed

from .fields import Json

ENVIRON: Final = {
    "SENTRY_URL": "https://sentry.test",
    "SENTRY_AUTH_TOKEN": "any-word-will-do",
    "SENTRY_ORG_SLUG": "acme",
    "SENTRY_PROJECT": "shop",
    "SENTRY_RETRY_ATTEMPTS": "1",
    "SENTRY_DSN": f"http://{'0' * 32}@127.0.0.1:9/2",  # of another project: nothing is sent
}
CALLS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("get-recent-issues", {}),
    ("get-issue-details", {"issue_id": "42"}),
    ("get-issue-details", {"issue_id": "42", "response_format": "detailed"}),
    ("get-error-events", {"issue_id": "42"}),
    ("get-error-events", {"issue_id": "42", "event_id": "latest"}),
    ("get-error-events", {"issue_id": "42", "event_id": "oldest"}),
    ("resolve-issue", {"issue_id": "42", "comment": "fixed"}),
    ("ignore-issue", {"issue_id": "42"}),
    ("unresolve-issue", {"issue_id": "42"}),
    ("add-comment", {"issue_id": "42", "text": "seen"}),
    ("get-project-stats", {}),
    ("analyze-error-patterns", {}),
    ("list-projects", {}),
    ("check-connection", {}),
    ("find-suspected-cause", {"issue_id": "42"}),
    ("get-error-statistics", {}),
    ("ensure-alert-rules", {}),
    ("check-alert-rules", {}),
    ("list-alert-rules", {}),
    ("check-project-setup", {}),
    ("fix-project-setup", {"plan": "00000000"}),
    ("verify-telemetry", {"wait_seconds": 1}),
)
WIDE: Final = 400
Answer = Callable[[httpx.Request], httpx.Response]


class Leaving(NamedTuple):
    """One thing that leaves: which operation, by which way, and its words."""

    operation: str
    way: str
    text: str


async def leaving(
    answer: Answer, *, calls: Any = CALLS, terminal: bool = True
) -> AsyncIterator[Leaving]:
    """All that leaves when Sentry answers so. A terminal costs as much as all the rest."""
    with logged() as log:
        async with SentryErrorMonitorModule(
            ENVIRON, transport=httpx.MockTransport(answer)
        ) as module:
            for operation, parameters in calls:
                async for one in shown(module, operation, parameters, terminal=terminal):
                    yield one
    yield Leaving("all", "log", log.getvalue())


async def shown(
    module: Module[Services], operation: str, parameters: dict[str, Any], *, terminal: bool
) -> AsyncIterator[Leaving]:
    """One call, on every way out."""
    output = await module.execute(ModuleInput(operation=operation, parameters=parameters))
    output, page = viewed(output, OPERATIONS.find(operation).view)
    yield Leaving(operation, "text", agent_text(output, page))
    data = output.model_dump(mode="json")
    yield Leaving(operation, "JSON", json.dumps(data, ensure_ascii=False))
    if terminal:
        yield Leaving(operation, "terminal", _terminal(output, page))


def knowing(known: Json) -> Answer:
    """A Sentry that knows this."""
    bodies = _bodies(known)

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method != "GET":
            return httpx.Response(200, json={"id": "9", **known["issue"]})
        if path not in bodies:
            return httpx.Response(404, json={"detail": "The requested resource does not exist"})
        return httpx.Response(200, json=bodies[path])

    return answer


def refusing(status: int, body: bytes, kind: str) -> Answer:
    """A Sentry that answers everything so."""
    return lambda request: httpx.Response(status, content=body, headers={"content-type": kind})


def _bodies(known: Json) -> dict[str, Any]:
    org, issue, event = "/api/0/organizations/acme/", known["issue"], known["event"]
    hours = [f"2026-08-20T{hour:02}:00:00Z" for hour in range(24)]
    group = {"by": {"outcome": "accepted"}, "series": {"sum(quantity)": [3] * 24}}
    return {
        "/api/0/": known["account"],
        "/api/client-config/": {"version": {"current": "26.1"}},
        org: {"slug": "acme", "links": {}},
        f"{org}issues/": [issue],
        f"{org}issues/42/": issue,
        f"{org}issues/42/events/": [event],
        f"{org}issues/42/events/recommended/": event,
        f"{org}issues/42/events/latest/": event,
        f"{org}issues/42/events/oldest/": known["unspoken"],
        f"{org}events/": {"data": known["counts"]},
        f"{org}releases/": known["releases"],
        f"{org}projects/": [known["project"]],
        f"{org}detectors/": [known["detector"]],
        f"{org}workflows/": [known["workflow"]],
        f"{org}stats_v2/": {"intervals": hours, "groups": [group]},
        "/api/0/projects/acme/shop/": known["project"],
        "/api/0/projects/acme/shop/environments/": [known["project"]],
        "/api/0/projects/acme/shop/keys/": [known["project"]],
    }


def _terminal(output: Any, page: Any) -> str:
    """A wide one without colours; the words of lines that it broke stand together again."""
    screen = io.StringIO()
    show(output, page, Console(file=screen, width=WIDE, color_system=None))
    lines = [line.strip("│╭╰─╮╯ ") for line in screen.getvalue().splitlines()]
    return "\n".join(lines) + "\n" + "".join(lines)


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Everything that any part of the program logs, tracebacks included."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
