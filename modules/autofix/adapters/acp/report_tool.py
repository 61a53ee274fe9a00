"""The tool that an agent reports with: an MCP server of one tool, reached as POST /report. What it
takes is checked; what is wrong is told, so that the agent can correct it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import mcp.types as t
from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from pydantic import ValidationError

from modules.autofix.adapters.course import Course
from modules.autofix.adapters.report_schema import report_schema
from modules.autofix.job import Report
from modules.safetext.sinks import for_line

if TYPE_CHECKING:
    from starlette.types import ASGIApp

Context = ServerRequestContext[Any, Any]
NAME: Final = "submit_report"
SERVER: Final = "report"
ABOUT: Final = (
    "Report what you found and changed. Call it exactly once, as the last thing you do: nothing"
    " that you say in words is read."
)


@asynccontextmanager
async def report_tool(course: Course) -> "AsyncIterator[ASGIApp]":
    async def list_tools(ctx: Context, params: t.PaginatedRequestParams | None) -> Any:
        return t.ListToolsResult(
            tools=[t.Tool(name=NAME, description=ABOUT, input_schema=report_schema())]
        )

    async def call_tool(ctx: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
        if params.name != NAME:
            raise MCPError(code=t.INVALID_PARAMS, message=f"There is one tool: {NAME}")
        return _taken(params.arguments or {}, course)

    server = Server("sentry-monitor-report", on_list_tools=list_tools, on_call_tool=call_tool)
    app = server.streamable_http_app(
        streamable_http_path=f"/{SERVER}", stateless_http=True, json_response=True
    )
    async with app.router.lifespan_context(app):
        yield app


def _taken(arguments: dict[str, Any], course: Course) -> t.CallToolResult:
    try:
        course.reports(Report.model_validate(arguments))
    except ValidationError as problem:
        wrong = problem.errors(include_url=False, include_input=False)
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong[:5])
        course.note(f"! a report that is none: {for_line(told, 300)}")
        return _answer(f"The report was not taken. Correct it, then call again. {told}", bad=True)
    return _answer("The report is taken. You are done.")


def _answer(text: str, *, bad: bool = False) -> t.CallToolResult:
    return t.CallToolResult(content=[t.TextContent(type="text", text=text)], is_error=bad)
