"""Running an operation against a server that fails, and what came of it."""

import re
from dataclasses import dataclass
from typing import Any

from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.page_text import agent_text
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ModuleInput, ModuleOutput
from modules.framework.module import viewed

from .desk import repairing
from .upstream import GOOD, Call, Fault, Upstream, environ, upstream

ISSUE = {"issue_id": "SHOP-1"}
PARAMETERS: dict[str, dict[str, Any]] = {
    "get-recent-issues": {},
    "get-issue-details": ISSUE,
    "get-error-events": {**ISSUE, "event_id": "latest"},
    "resolve-issue": {**ISSUE, "comment": "fixed by hand"},
    "ignore-issue": ISSUE,
    "unresolve-issue": {"issue_id": "SHOP-2"},
    "add-comment": {**ISSUE, "text": "seen"},
    "get-project-stats": {},
    "analyze-error-patterns": {},
    "list-projects": {},
    "check-connection": {},
    "find-suspected-cause": ISSUE,
    "get-error-statistics": {},
    "autofix-issue": ISSUE,
}
# What may be missing in an answer, by the end of its path; a change that was made stays made
# when it cannot be read back or commented on.
OPTIONAL = {
    "get-issue-details": ("/events/recommended/",),
    "resolve-issue": ("GET /api/0/organizations/acme/issues/1/", "/notes/"),
    "ignore-issue": ("GET /api/0/organizations/acme/issues/1/",),
    "unresolve-issue": ("GET /api/0/organizations/acme/issues/2/",),
    "get-project-stats": ("/acme/issues/", "/acme/events/"),
    "analyze-error-patterns": ("/releases/", "/acme/events/"),
    "get-error-statistics": (
        "/acme/issues/",
        "/acme/events/",
        "/acme/shop/stats/",
        "/acme/issues/2/",
    ),
    "find-suspected-cause": ("/committers/", "/deploys/", "/code-mappings/"),
}
# What kind of server it is, is not told where it cannot be found out.
KIND = ("/api/settings/", "/api/client-config/")
# Only what ends by the clock is given little time: a busy machine must not look like a slow server.
SHORT_S, LONG_S, SLACK_S = 3, 60, 1


@dataclass(frozen=True)
class Case:
    """One run: what was asked, what went wrong, what was answered as data and as a page, and what
    the server and the host elsewhere saw of it."""

    operation: str
    call: Call
    fault: Fault
    output: ModuleOutput
    page: str
    requests: int
    sent: int
    applied: int
    elsewhere: int

    def __str__(self) -> str:
        said = self.output.error or self.output.warnings
        return f"{self.operation}, {self.call}: {self.fault.name} -> {self.output.status}, {said}"

    @property
    def ended_in(self) -> str:
        return self.output.error.code if self.output.error else GOOD

    @property
    def where(self) -> str:
        return f"{self.call.method} {self.call.path}"

    @property
    def optional(self) -> bool:
        return self.where.endswith(OPTIONAL.get(self.operation, ()))

    @property
    def of_no_consequence(self) -> bool:
        comments = self.call.method == "GET" and self.call.path.endswith("/notes/")
        return self.where.endswith(KIND) or comments  # which were there before ours

    def is_at(self, pattern: str) -> bool:
        return re.search(pattern, self.where) is not None


async def run(
    operation: str,
    *broken: tuple[Call, Fault],
    parameters: dict[str, Any] | None = None,
) -> tuple[ModuleOutput, Upstream]:
    wanted = PARAMETERS[operation] if parameters is None else parameters
    timeout_s = SHORT_S if any(fault.waits for _, fault in broken) else LONG_S
    request = ModuleInput(operation=operation, parameters=wanted)
    async with upstream(*broken) as server:
        if operation == "unresolve-issue":
            await server.change("2", {"status": "resolved"})
        settings = environ(
            server.server.url, SENTRY_TIMEOUT=str(timeout_s), SENTRY_RETRY_ATTEMPTS="2"
        )
        with repairing() as jobs:
            async with SentryErrorMonitorModule({**settings, **jobs}) as module:
                for _ in range(max([fault.tries for _, fault in broken], default=1)):
                    output = await module.execute(request)
        return output, server


async def tried_on(operation: str, call: Call, fault: Fault) -> Case:
    output, server = await run(operation, (call, fault))
    output, page = viewed(output, OPERATIONS.find(operation).view)
    return Case(
        operation,
        call,
        fault,
        output,
        page=agent_text(output, page),
        requests=len(server.server.seen),
        sent=server.most_sent,
        applied=server.most_applied,
        elsewhere=server.elsewhere.connections,
    )
