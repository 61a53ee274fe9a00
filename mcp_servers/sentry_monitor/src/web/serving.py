"""Serve an application with deadlines that uvicorn has not: for headers, and for a stop."""

import asyncio
import gc
import socket
import sys
from contextlib import nullcontext
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .answers import Refused, of_refused
from .app import Web
from .door import HEADERS, NO_STORE

HEAD_S: Final = 4.0  # for the first headers of a connection
IDLE_S: Final = 5  # between requests; with the headers that come then, under ten seconds
LINGER_S: Final = 1.0  # for a body that is no longer wanted: who sends it can read the answer
TAKE_S: Final = 5.0  # for what was sent to be taken
CONNECTIONS: Final = 1000  # with a request; beyond it 503
SPARE: Final = 500  # that have not asked for anything yet; beyond it they are dropped
HEAD: Final = 64_000  # bytes
END: Final = b"\r\n\r\n"
STOP_S: Final = 10
SWITCH_S: Final = 0.001  # threads that write to the database let the loop go on sooner


class Bounded(HttpToolsProtocol):
    """Whoever keeps a connection busy with nothing is dropped: headers that drip never reach the
    application, be they the first or come after an answer; a body that goes on after its answer is
    not waited for; and neither is anybody who does not take what is sent. Headers are bounded: the
    parser would take any number of them."""

    _head: int | None = 0  # bytes of the headers that come; None once they are there
    _late: asyncio.TimerHandle
    _deaf: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait(HEAD_S)
        if len(self.connections) > CONNECTIONS + SPARE:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            end = data.find(END)
            self._head += len(data) if end < 0 else end
            if self._head > HEAD:
                self.transport.abort()
                return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._head = None
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.cycle.more_body:  # else the rest of a body comes, not headers
            self._head = 0
        self._late.cancel()
        if self.transport.is_closing():  # once all is sent, which may be never
            self._late = self._abort_after(TAKE_S)
        elif self.cycle.response_complete:  # else a pipelined one is under way
            self._wait(LINGER_S if self.cycle.more_body else HEAD_S + IDLE_S)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._deaf = self._abort_after(TAKE_S)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._deaf is not None:
            self._deaf.cancel()

    def send_400_response(self, msg: str) -> None:
        """As any other answer of ours; what is no HTTP never comes to the door."""
        answer = of_refused(Refused(400, "bad_request", msg))
        headers = [*answer.raw_headers, *HEADERS, NO_STORE, (b"connection", b"close")]
        lines = [b"HTTP/1.1 400 Bad Request", *(b": ".join(one) for one in headers), b""]
        self.transport.write(b"\r\n".join([*lines, bytes(answer.body)]))
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._late.cancel()
        if self._deaf is not None:
            self._deaf.cancel()
        super().connection_lost(exc)

    def _wait(self, seconds: float) -> None:
        self._late = asyncio.get_running_loop().call_later(seconds, self._drop, self.cycle)

    def _drop(self, before: object) -> None:
        if self.cycle is before:  # uvicorn makes another one once the next headers are there
            self.transport.abort()

    def _abort_after(self, seconds: float) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, self.transport.abort)


class _Server(uvicorn.Server):
    """Signals are the caller's affair: it has more to stop than this."""

    def capture_signals(self) -> Any:
        return nullcontext()


async def serve(web: Web, listener: socket.socket, stop: asyncio.Event) -> None:
    """Until `stop` is set; requests under way may end."""
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()  # what was imported stays: looking through it stops everything for 0.2 s
    config = uvicorn.Config(
        web.app,
        http=Bounded,
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
