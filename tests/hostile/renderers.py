"""Everything that text from outside can become, in one ordered list: a new way out of the
program gets an entry here, and is attacked with all the others."""

import copy
import io
import json
from collections.abc import Awaitable, Callable, Sequence
from functools import cache, partial
from types import SimpleNamespace
from typing import Any, Final, cast

import mcp.types as t
from mcp import MCPError
from rich.console import Console

from fakes.values import EVENT_ID
from mcp_servers.sentry_monitor.src import page_text
from mcp_servers.sentry_monitor.src.cli.terminal import show
from mcp_servers.sentry_monitor.src.server.app import Context, Front
from mcp_servers.sentry_monitor.src.server.tools import Selection
from modules.framework.contracts import ModuleOutput
from modules.framework.page import Page
from modules.safetext import sinks

from . import checks
from .fields import STATUSES
from .repair_texts import REPAIR_TEXTS
from .runs import CALLS, Renderer, Rendering, Run, Served, logging_to
from .tracked_texts import TRACKED_TEXTS

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
    with logging_to(run.logged):
        result = await (await _front(run)).call_tool(
            cast(Context, SimpleNamespace(session=session)), asked
        )
    texts = [one.text for one in result.content if isinstance(one, t.TextContent)]
    structured = [json.dumps(result.structured_content)] if result.structured_content else []
    return [*texts, *structured]


async def _nothing(*_: object) -> None:
    """Nobody watches the progress."""


async def _resource(uri: str, run: Run) -> Sequence[Rendering]:
    try:
        with logging_to(run.logged):
            asked = t.ReadResourceRequestParams(uri=uri)
            result = await (await _front(run)).read_resource(cast(Context, None), asked)
    except MCPError as error:
        return [f"{error} {json.dumps(error.error.data)}"]
    return [one.text for one in result.contents if isinstance(one, t.TextResourceContents)]


@cache
def _any_front() -> Front:
    """Schemas of tools take their time, and are the same for all."""
    return Front(Served({}), Selection())


async def _front(run: Run) -> Front:
    front = copy.copy(_any_front())
    front.module = await run.served()
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
    *REPAIR_TEXTS,
    *TRACKED_TEXTS,
    Renderer("log", _log, checks.in_error),
    Renderer("sink agent", _for_agent, checks.in_text),
    Renderer("sink line", _for_line, checks.in_line),
    Renderer("sink markdown", _for_markdown, checks.in_markdown),
)
