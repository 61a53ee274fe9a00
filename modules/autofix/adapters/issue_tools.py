"""What an agent may ask about its issue: a port, filled by our MCP server."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class IssueTools(Protocol):
    """Our own MCP server for one issue, read-only."""

    @property
    def names(self) -> Sequence[str]: ...

    def serve(self, issue_ids: Sequence[str]) -> "AbstractAsyncContextManager[ASGIApp]":
        """Answers POST /mcp; `issue_ids` are the names that the one issue goes by."""
        ...
