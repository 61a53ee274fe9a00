"""Our MCP server as a repair's agent gets it: read-only, and about one issue."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule

from .app import build
from .tools import Selection

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class OneIssue:
    """Implements IssueTools (modules/autofix/adapters)."""

    names: Final = ("get-error-events", "get-issue-details")

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    @asynccontextmanager
    async def serve(self, issue_ids: Sequence[str]) -> "AsyncIterator[ASGIApp]":
        selection = Selection(read_only=True, only=frozenset(self.names))
        server = build(SentryErrorMonitorModule(self._environ), selection, issue_ids=issue_ids)
        app = server.streamable_http_app(stateless_http=True, json_response=True)
        async with app.router.lifespan_context(app):
            yield app
