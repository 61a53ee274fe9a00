"""Serve an application with deadlines that uvicorn has not: for headers, and for a stop."""

import asyncio
import socket
from contextlib import nullcontext
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .app import Web

HEAD_S: Final = 5.0  # for the first headers of a connection
IDLE_S: Final = 5
CONNECTIONS: Final = 1000
STOP_S: Final = 10


class HeadDeadline(HttpToolsProtocol):
    """Headers that drip never reach the application: the connection is dropped."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._late = asyncio.get_running_loop().call_later(HEAD_S, self._drop)

    def connection_lost(self, exc: Exception | None) -> None:
        self._late.cancel()
        super().connection_lost(exc)

    def _drop(self) -> None:
        begun: object = self.cycle  # uvicorn sets it once the headers are there
        if begun is None:
            self.transport.abort()


class _Server(uvicorn.Server):
    """Signals are the caller's affair: it has more to stop than this."""

    def capture_signals(self) -> Any:
        return nullcontext()


async def serve(web: Web, listener: socket.socket, stop: asyncio.Event) -> None:
    """Until `stop` is set; requests under way may end."""
    config = uvicorn.Config(
        web.app,
        http=HeadDeadline,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_keep_alive=IDLE_S,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=STOP_S,
        backlog=1024,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    web.close()
    server.should_exit = True
    await task
