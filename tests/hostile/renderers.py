"""Everything that text from outside can become, in one ordered list: a new way out of the
program gets an entry here, and is attacked with all the others."""

import copy
import io
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from types import SimpleNamespace
from typing import Any, Final, NamedTuple, cast

import mcp.types as t
from mcp import MCPError
from rich.console import Console

from fakes.sender import FakeSender
from fakes.values import EVENT_ID
from mcp_servers.sentry_monitor.src import page_text
from mcp_servers.sentry_monitor.src.bootstrap import SCOPES
from mcp_servers.sentry_monitor.src.cli.terminal import show
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.operations.services import CAPS, Services
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from mcp_servers.sentry_monitor.src.server.app import Context, Front
from mcp_servers.sentry_monitor.src.server.tools import Selection
from modules.framework.contracts import ModuleInput, ModuleOutput, Status
from modules.framework.module import Module, viewed
from modules.framework.page import Page
from modules.framework.progress import Progress
from modules.safetext import sinks
from modules.safetext.policy import Policy
from modules.sentry.client import SentryClient

from . import checks
from .checks import Found
from .documents import NOW
from .fields import STATUSES, Answers, Case
from .grammar import Payload

Rendering = str | dict[str, Any]


class Call(NamedTuple):
    """An operation with parameters that reach much of what it can say."""

    name: str
    operation: str
    parameters: dict[str, Any]


_ISSUE: Final = {"issue_id": "42"}
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
)


class Served(SentryErrorMonitorModule):
    """The module on canned answers; what was asked before is answered as before."""

    def __init__(self, answers: Answers, known: dict[str, ModuleOutput] | None = None) -> None:
        self._sender = FakeSender(answers)
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
        )


class Defect(Exception):
    """The program failed on hostile text by a fault of its own."""


@dataclass
class Run:
    """One case on its way through every renderer; what several of them need is made once."""

    case: Case
    outcomes: dict[str, tuple[ModuleOutput, Page]] = field(default_factory=dict)
    known: dict[str, ModuleOutput] = field(default_factory=dict)
    logged: list[str] = field(default_factory=list)

    @property
    def some_payloads(self) -> list[Payload]:
        return self.case.payloads[::6]

    async def outcome(self, call: Call) -> tuple[ModuleOutput, Page]:
        served = partial(Served, known=self.known)
        return await self._outcome(call.name, call, lambda: served(self.case.answers()))

    async def refused(self, status: int) -> tuple[ModuleOutput, Page]:
        """Another operation from case to case."""
        turn = self.case.number + STATUSES.index(status)
        call = CALLS[turn % len(CALLS)]
        answers = partial(self.case.refusals, status, all_of_them=turn % 2 == 0)
        return await self._outcome(f"{status}", call, lambda: Served(answers()))

    async def _outcome(
        self, name: str, call: Call, served: Callable[[], Served]
    ) -> tuple[ModuleOutput, Page]:
        if name not in self.outcomes:
            request = ModuleInput(operation=call.operation, parameters=call.parameters)
            with _logging_to(self.logged):
                output = await served().execute(request)
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
def _logging_to(lines: list[str]) -> Iterator[None]:
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


Outcome = Callable[[Run], Awaitable[tuple[ModuleOutput, Page]]]


async def _agent_text(outcome: Outcome, run: Run) -> Sequence[Rendering]:
    output, page = await outcome(run)
    return [page_text.agent_text(output, page)]


async def _structured(outcome: Outcome, run: Run) -> Sequence[Rendering]:
    """As the command line writes it for programs."""
    output, _ = await outcome(run)
    return [json.loads(output.model_dump_json(indent=2, exclude_none=True))]


async def _terminal(outcome: Outcome, run: Run) -> Sequence[Rendering]:
    output, page = await outcome(run)
    written = io.StringIO()
    show(output, page, Console(file=written, width=checks.WIDTH, no_color=True, highlight=False))
    return [written.getvalue()]


async def _tool_result(run: Run) -> Sequence[Rendering]:
    """Text and structured part of an MCP result; another tool from case to case."""
    call = CALLS[run.case.number % len(CALLS)]
    session = SimpleNamespace(report_progress=_nothing)
    asked = t.CallToolRequestParams(name=call.operation, arguments=call.parameters)
    with _logging_to(run.logged):
        result = await _front(run).call_tool(cast(Context, SimpleNamespace(session=session)), asked)
    texts = [one.text for one in result.content if isinstance(one, t.TextContent)]
    structured = [json.dumps(result.structured_content)] if result.structured_content else []
    return [*texts, *structured]


async def _nothing(*_: object) -> None:
    """Nobody watches the progress."""


async def _resource(uri: str, run: Run) -> Sequence[Rendering]:
    try:
        with _logging_to(run.logged):
            asked = t.ReadResourceRequestParams(uri=uri)
            result = await _front(run).read_resource(cast(Context, None), asked)
    except MCPError as error:
        return [f"{error} {json.dumps(error.error.data)}"]
    return [one.text for one in result.contents if isinstance(one, t.TextResourceContents)]


@cache
def _any_front() -> Front:
    """Schemas of tools take their time, and are the same for all."""
    return Front(Served({}), Selection())


def _front(run: Run) -> Front:
    front = copy.copy(_any_front())
    front.module = Served(run.case.answers(), run.known)
    return front


async def _log(run: Run) -> Sequence[Rendering]:
    """What every call of this case has logged: hence the last but the sinks."""
    return ["\n".join(run.logged)]


async def _for_agent(run: Run) -> Sequence[Rendering]:
    texts = [one.text[:20_000] for one in run.some_payloads]
    return [sinks.for_agent(text, origin=text[:200], writers=text[-200:]) for text in texts]


async def _for_line(run: Run) -> Sequence[Rendering]:
    values = [value for one in run.some_payloads for value in (one.value, one.text)]
    return [sinks.for_line(value) for value in values]


async def _for_markdown(run: Run) -> Sequence[Rendering]:
    return [sinks.for_markdown(one.text) for one in run.some_payloads]


def _of_calls(
    kind: str, render: Callable[[Outcome, Run], Awaitable[Sequence[Rendering]]], judge: Any
) -> list[Renderer]:
    return [
        Renderer(f"{kind} {call.name}", partial(render, partial(Run.outcome, call=call)), judge)
        for call in CALLS
    ]


def _of_errors(status: int) -> list[Renderer]:
    """Where the operation can do without the part that failed, it is an answer with a gap."""
    outcome = partial(Run.refused, status=status)
    return [
        Renderer(f"{status} text", partial(_agent_text, outcome), checks.in_text),
        Renderer(f"{status} json", partial(_structured, outcome), checks.in_data),
        Renderer(f"{status} terminal", partial(_terminal, outcome), checks.in_terminal),
    ]


RENDERERS: Final = (
    *_of_calls("text", _agent_text, checks.in_text),
    *_of_calls("json", _structured, checks.in_data),
    *_of_calls("terminal", _terminal, checks.in_terminal),
    Renderer("mcp tool", _tool_result, checks.in_text),
    Renderer("mcp issue", partial(_resource, "sentry://issues/42"), checks.in_text),
    Renderer(
        "mcp event", partial(_resource, f"sentry://issues/42/events/{EVENT_ID}"), checks.in_text
    ),
    *(one for status in STATUSES for one in _of_errors(status)),
    Renderer("log", _log, checks.in_error),
    Renderer("sink agent", _for_agent, checks.in_text),
    Renderer("sink line", _for_line, checks.in_line),
    Renderer("sink markdown", _for_markdown, checks.in_markdown),
)
