"""SentryErrorMonitorModule: the operations, bound to the environment's settings."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from modules.framework.module import Module

from .bootstrap import Connection, environment
from .operations.catalog import OPERATIONS
from .operations.services import Services

if TYPE_CHECKING:
    import httpx


class SentryErrorMonitorModule(Module[Services]):
    """Sentry's issues, events and statistics as operations.

    Settings come from the environment (docs/configuration.md). Constructing never fails; a call
    with bad settings answers `failure`, category `configuration`. `async with` or `aclose()`
    ends its connections.
    """

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        *,
        transport: "httpx.AsyncBaseTransport | None" = None,
    ) -> None:
        self._connection = Connection(
            environment() if environ is None else environ, transport=transport
        )
        super().__init__(OPERATIONS, self._connection.open)

    async def aclose(self) -> None:
        await self._connection.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()
