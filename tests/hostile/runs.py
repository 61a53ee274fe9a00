"""A hostile case on its way through the operations; what several renderers need is made once."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from fakes.sender import FakeSender
from mcp_servers.sentry_monitor.src.bootstrap import SCOPES
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.operations.services import (
    CAPS,
    Autofix,
    Services,
    no_autofix,
    no_tracking,
)
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ModuleInput, ModuleOutput, Status
from modules.framework.module import Module, viewed
from modules.framework.page import Page
from modules.framework.progress import Progress
from modules.safetext.policy import Policy
from modules.sentry.client import SentryClient
from modules.tracker.bridge import Bridge

from .checks import Found
from .documents import NOW
from .fields import STATUSES, Answers, Case
from .grammar import Payload
from .repairs import JOB, Repair, a_repair
from .tracked import Filed, filed

Rendering = str | dict[str, Any]


class Call(NamedTuple):
    """An operation with parameters that reach much of what it can say."""

    name: str
    operation: str
    parameters: dict[str, Any]


_ISSUE: Final = {"issue_id": "42"}
_JOB: Final = {"job_id": JOB}
CALLS: Final = (
    Call("list", "get-recent-issues", {}),
    Call("concise", "get-issue-details", {**_ISSUE, "response_format": "concise"}),
    Call("detailed", "get-issue-details", {**_ISSUE, "response_format": "detailed"}),
    Call("events", "get-error-events", _ISSUE),
    Call("event", "get-error-events", {**_ISSUE, "event_id": "latest"}),
    Call("resolve", "resolve-issue", {**_ISSUE, "comment": "done"}),
    Call("ignore", "ignore-issue", {**_ISSUE, "until": "forever"}),
    Call("unresolve", "unresolve-issue", _ISSUE),
    Call("comment", "add-comment", {**_ISSUE, "text": "seen"}),
    Call("stats", "get-project-stats", {}),
    Call("patterns", "analyze-error-patterns", {}),
    Call("projects", "list-projects", {}),
    Call("connection", "check-connection", {}),
    Call("cause", "find-suspected-cause", _ISSUE),
    Call("statistics", "get-error-statistics", {}),
    Call("alert plan", "ensure-alert-rules", {}),
    Call("alert check", "check-alert-rules", {}),
    Call("alerts", "list-alert-rules", {}),
    Call("autofix", "autofix-issue", _ISSUE),
    Call("job", "get-autofix-job", _JOB),
    Call("job diff", "get-autofix-job", {**_JOB, "include": "diff"}),
    Call("job log", "get-autofix-job", {**_JOB, "include": "log"}),
    Call("job history", "get-autofix-job", {**_JOB, "include": "history"}),
    Call("job record", "get-autofix-job", {**_JOB, "include": "record"}),
    Call("jobs", "list-autofix-jobs", {}),
    Call("decide", "decide-autofix-job", {**_JOB, "decision": "cancel"}),
    Call("pulls", "list-autofix-pull-requests", {}),
    Call("pull", "list-autofix-pull-requests", {"number": 1}),
    Call("tracked", "list-tracked-issues", {}),
    Call("tracked one", "get-tracked-issue", {"name": "OPS-1"}),
    Call("tracked sync", "sync-tracked-issue", {"name": "OPS-1"}),
    Call("setup", "check-project-setup", {}),
    Call("setup fixed", "fix-project-setup", {"plan": "00000000"}),
    Call("telemetry", "verify-telemetry", {"wait_seconds": 1}),
)


class Served(SentryErrorMonitorModule):
    """The module on canned answers; what was asked before is answered as before."""

    def __init__(
        self,
        answers: Answers,
        known: dict[str, ModuleOutput] | None = None,
        autofix: Callable[[], Autofix] = no_autofix,
        tracking: Callable[[], Bridge] = no_tracking,
    ) -> None:
        self._sender = FakeSender(answers)
        self._autofix, self._tracking = autofix, tracking
        self._known = {} if known is None else known
        Module.__init__(self, OPERATIONS, self._open)

    async def execute(
        self, request: ModuleInput, *, progress: Progress | None = None
    ) -> ModuleOutput:
        key = request.model_dump_json()
        if key not in self._known:
            self._known[key] = await super().execute(request, progress=progress)
        return self._known[key]

    @asynccontextmanager
    async def _open(self, request: ModuleInput) -> AsyncIterator[Services]:
        yield Services(
            sentry=SentryClient("https://sentry.test", connect=lambda _: self._sender, org="acme"),
            project=None if request.operation == "check-connection" else "shop",
            policy=Policy(caps=CAPS),
            now=lambda: NOW,
            operation_scopes=SCOPES,
            autofix=self._autofix,
            tracking=self._tracking,
        )


class Defect(Exception):
    """The program failed on hostile text by a fault of its own."""


@dataclass
class Run:
    """One case on its way through every renderer."""

    case: Case
    outcomes: dict[str, tuple[ModuleOutput, Page]] = field(default_factory=dict)
    known: dict[str, ModuleOutput] = field(default_factory=dict)
    logged: list[str] = field(default_factory=list)
    _repair: Repair | None = None
    _filed: Filed | None = None

    @property
    def some_payloads(self) -> list[Payload]:
        return self.case.payloads[::6]

    async def repair(self) -> Repair:
        if self._repair is None:
            with logging_to(self.logged):
                self._repair = await a_repair(self.case)
        return self._repair

    async def filed(self) -> Filed:
        if self._filed is None:
            with logging_to(self.logged):
                self._filed = await filed(self.case)
        return self._filed

    async def served(self) -> Served:
        repair, tracked = await self.repair(), await self.filed()
        return Served(self.case.answers(), self.known, repair.autofix, lambda: tracked.bridge)

    async def outcome(self, call: Call) -> tuple[ModuleOutput, Page]:
        return await self._outcome(call.name, call, await self.served())

    async def refused(self, status: int) -> tuple[ModuleOutput, Page]:
        """Another operation from case to case."""
        turn = self.case.number + STATUSES.index(status)
        call = CALLS[turn % len(CALLS)]
        answers = self.case.refusals(status, all_of_them=turn % 2 == 0)
        repair, tracked = await self.repair(), await self.filed()
        served = Served(answers, autofix=repair.autofix, tracking=lambda: tracked.bridge)
        return await self._outcome(f"{status}", call, served)

    async def _outcome(self, name: str, call: Call, served: Served) -> tuple[ModuleOutput, Page]:
        if name not in self.outcomes:
            request = ModuleInput(operation=call.operation, parameters=call.parameters)
            with logging_to(self.logged):
                output = await served.execute(request)
                self.outcomes[name] = viewed(output, OPERATIONS.find(call.operation).view)
        output, page = self.outcomes[name]
        if output.status is Status.ERROR:
            raise Defect(f"{call.operation}: {self.logged[-1:]}")
        return output, page


class _ToList(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines
        self.setFormatter(logging.Formatter("%(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def logging_to(lines: list[str]) -> Iterator[None]:
    handler = _ToList(lines)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


class Renderer(NamedTuple):
    """`render` gives the renderings of one case, `judge` says what is wrong with one."""

    name: str
    render: Callable[[Run], Awaitable[Sequence[Rendering]]]
    judge: Callable[[Any], list[Found]]
