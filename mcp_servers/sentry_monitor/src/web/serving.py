"""Serve an application with deadlines that uvicorn has not: for headers, and for a stop."""

import asyncio
import socket
import sys
from contextlib import nullcontext
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .app import Web

HEAD_S: Final = 5.0  # for the first headers of a connection
IDLE_S: Final = 5
CONNECTIONS: Final = 1000
STOP_S: Final = 10
SWITCH_S: Final = 0.001  # threads that write to the database let the loop go on sooner


class HeadDeadline(HttpToolsProtocol):
    """Headers that drip never reach the application: the connection is dropped, whether they are
    the first on it or come after an answer."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait(HEAD_S)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._late.cancel()
        if not self.transport.is_closing():
            self._wait(HEAD_S + IDLE_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self._late.cancel()
        super().connection_lost(exc)

    def _wait(self, seconds: float) -> None:
        self._late = asyncio.get_running_loop().call_later(seconds, self._drop, self.cycle)

    def _drop(self, before: object) -> None:
        if self.cycle is before:  # uvicorn makes another one once the next headers are there
            self.transport.abort()


class _Server(uvicorn.Server):
    """Signals are the caller's affair: it has more to stop than this."""

    def capture_signals(self) -> Any:
        return nullcontext()


async def serve(web: Web, listener: socket.socket, stop: asyncio.Event) -> None:
    """Until `stop` is set; requests under way may end."""
    sys.setswitchinterval(SWITCH_S)
    config = uvicorn.Config(
        web.app,
        http=HeadDeadline,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",  # that it turns senders away under load is counted, not told each time
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
