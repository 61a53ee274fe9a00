"""A server of another kind, a module that is set to it, and what passes between them."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.types import Receive, Scope, Send

from fakes import glitchtip, old_sentry
from fakes.glitchtip import GlitchTip
from fakes.loopback import Line, Seen, loopback
from fakes.old_sentry import OldSentry
from fakes.upstream import passed_on
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.page_text import agent_text
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ErrorDetail, ModuleInput, ModuleOutput, Status
from modules.framework.module import viewed

TOKEN = "7" * 64

# Each asks the server.
CALLS: dict[str, dict[str, Any]] = {
    "get-recent-issues": {"sort": "freq"},
    "get-issue-details": {"issue_id": "SHOP-3"},
    "get-error-events": {"issue_id": "SHOP-3"},
    "resolve-issue": {"issue_id": "SHOP-3", "comment": "fixed"},
    "ignore-issue": {"issue_id": "SHOP-3"},
    "unresolve-issue": {"issue_id": "SHOP-5"},
    "add-comment": {"issue_id": "SHOP-3", "text": "seen"},
    "get-project-stats": {},
    "analyze-error-patterns": {},
    "list-projects": {},
    "check-connection": {},
    "find-suspected-cause": {"issue_id": "SHOP-3"},
    "get-error-statistics": {},
    "autofix-issue": {"issue_id": "SHOP-3"},
}
# These look at what is kept here; those of one job take its id besides.
JOB_CALLS: dict[str, dict[str, Any]] = {
    "get-autofix-job": {},
    "list-autofix-jobs": {},
    "decide-autofix-job": {"decision": "cancel"},
    "list-autofix-pull-requests": {},
}
# So do these; without an issue of the tracker there is none to name.
TRACKER_CALLS: dict[str, dict[str, Any]] = {
    "list-tracked-issues": {},
    "get-tracked-issue": {"name": "OPS-1"},
    "sync-tracked-issue": {"name": "OPS-1"},
}
# Of these, other servers than Sentry's have nothing: tests/integration/alerts.
ALERT_CALLS: dict[str, dict[str, Any]] = {
    "ensure-alert-rules": {},
    "check-alert-rules": {},
    "list-alert-rules": {},
}

# What a project's set-up is read from is asked all at once; tests/integration/test_project_setup.py.
SETUP_CALLS: dict[str, dict[str, Any]] = {
    "check-project-setup": {},
    "fix-project-setup": {"plan": "00000000"},
}

# This one needs a DSN, and waits for events: tests/integration/telemetry.
TELEMETRY_CALLS: dict[str, dict[str, Any]] = {"verify-telemetry": {"wait_seconds": 1}}


class Desk:
    """A server, a module that is set to it, and what passes between them."""

    def __init__(
        self,
        server: GlitchTip | OldSentry,
        url: str,
        transport: httpx.AsyncBaseTransport | None,
        **environ: str,
    ) -> None:
        self.server = server
        settings = {
            "SENTRY_URL": url,
            "SENTRY_AUTH_TOKEN": TOKEN,
            "SENTRY_ORG_SLUG": "acme",
            "SENTRY_PROJECT": "shop",
            "SENTRY_RETRY_ATTEMPTS": "1",
        }
        self.module = SentryErrorMonitorModule({**settings, **environ}, transport=transport)

    async def ask(self, operation: str, **parameters: Any) -> ModuleOutput:
        self.server.seen.clear()
        return await self.module.execute(ModuleInput(operation=operation, parameters=parameters))

    async def answer(self, operation: str, **parameters: Any) -> ModuleOutput:
        """One that has data, and can be read as a page."""
        output = await self.ask(operation, **parameters)
        assert output.ok, output.error
        assert agent_text(*viewed(output, OPERATIONS.find(operation).view))
        return output

    async def data(self, operation: str, **parameters: Any) -> dict[str, Any]:
        output = await self.answer(operation, **parameters)
        return output.data or {}

    async def refusal(self, operation: str, **parameters: Any) -> ErrorDetail:
        output = await self.ask(operation, **parameters)
        assert output.status is Status.FAILURE, output
        assert output.error is not None
        assert output.error.recovery_suggestion
        return output.error

    @property
    def paths(self) -> list[str]:
        """What the last call asked the server, without queries."""
        return [one.partition("?")[0] for one in self.server.seen]


@contextmanager
def repairing() -> Iterator[dict[str, str]]:
    """Settings of autofix for the project shop, with a place for its jobs."""
    with tempfile.TemporaryDirectory() as folder:
        yield {
            "SENTRY_FIXER_ENABLED": "true",
            "SENTRY_PROJECTS": f"shop:1:shop:{folder}/shop",
            "SENTRY_DB_PATH": f"{folder}/jobs.db",
        }


def open_desk(closing: AsyncExitStack, server: GlitchTip | OldSentry, **environ: str) -> Desk:
    url = glitchtip.URL if isinstance(server, GlitchTip) else old_sentry.URL
    jobs = closing.enter_context(repairing())
    desk = Desk(server, url, httpx.ASGITransport(app=server), **jobs, **environ)
    closing.push_async_callback(desk.module.aclose)
    return desk


@asynccontextmanager
async def desk_on_http(server: GlitchTip | OldSentry, **environ: str) -> AsyncIterator[Desk]:
    """With real connections between module and server, which may be replaced by another."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await desk.server(scope, receive, send)

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://fake.test") as inside:

        async def behave(seen: Seen, line: Line) -> None:
            found = await inside.request(
                seen.method, seen.target, headers=dict(seen.headers), content=seen.body
            )
            await line.send(passed_on(found))

        async with AsyncExitStack() as stack:
            listening = await stack.enter_async_context(loopback(behave))
            jobs = stack.enter_context(repairing())
            desk = Desk(server, listening.url, None, **jobs, **environ)
            async with desk.module:
                yield desk


def seen_now(desk: Desk, every: int = 1, first: int = 0) -> None:
    """Every so many of its issues were seen this second."""
    for one in desk.server.issues[first::every]:
        one["lastSeen"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def words(output: ModuleOutput) -> str:
    return " ".join(output.warnings)


def told(data: dict[str, Any]) -> Any:
    return data["untrusted"]["data"]


async def walk(desk: Desk, most: int = 8, **parameters: Any) -> list[str]:
    """The issues of every page, as somebody reads them who follows each cursor."""
    found: list[str] = []
    cursor = None
    for _ in range(most):
        page = await desk.data("get-recent-issues", cursor=cursor, **parameters)
        found += [one["id"] for one in page["issues"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
    raise AssertionError(f"there were still more after {most} pages")
