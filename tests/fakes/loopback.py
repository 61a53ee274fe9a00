"""An HTTP server on this machine that answers as told, also in ways no server should."""

import asyncio
import contextlib
import itertools
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Seen:
    """A request as it arrived; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass
class Line:
    """The connection that a request came on."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def reset(self) -> None:
        """Break the connection so that the other side sees a reset and no end."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def hang(self) -> None:
        """Say nothing more until the client has gone."""
        await self.reader.read()

    async def drip(self, raw: bytes, every_s: float = 0.05) -> None:
        """A byte now and then, until the client has gone."""
        await self._slowly((bytes([byte]) for byte in raw), every_s)

    async def repeat(self, raw: bytes, every_s: float) -> None:
        """The same again and again, until the client has gone."""
        await self._slowly(itertools.repeat(raw), every_s)

    async def _slowly(self, pieces: Iterable[bytes], every_s: float) -> None:
        for piece in pieces:
            await self.send(piece)
            with contextlib.suppress(TimeoutError):
                if not await asyncio.wait_for(self.reader.read(1), every_s):
                    return


Behaviour = Callable[[Seen, Line], Awaitable[None]]


@dataclass
class Loopback:
    """What arrived at `url`; `connections` that said nothing HTTP knows count, too."""

    url: str
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0

    def count(self, *methods: str) -> int:
        return sum(one.method in methods for one in self.seen)


def answer(
    status: int = 200,
    body: object = b"",
    *,
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
    length: int | None = None,
) -> bytes:
    """An answer as bytes. `length` claims another length than the body has."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    claimed = len(raw) if length is None else length
    named = {"Content-Type": content_type, "Content-Length": str(claimed), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} X\r\nConnection: close\r\n{head}\r\n".encode() + raw


def always(raw: bytes) -> Behaviour:
    async def behave(seen: Seen, line: Line) -> None:
        await line.send(raw)

    return behave


@asynccontextmanager
async def loopback(behave: Behaviour) -> AsyncIterator[Loopback]:
    """A server that treats each request with `behave`, one a connection.

    It accepts by itself: asyncio's server loses a connection that comes while it is closed.
    """
    loop, tasks = asyncio.get_running_loop(), set[asyncio.Task[None]]()
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        listener.setblocking(False)
        server = Loopback(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def accept() -> None:
            with contextlib.suppress(BlockingIOError, ConnectionError):
                connection, _ = listener.accept()
                server.connections += 1
                task = loop.create_task(_serve(connection, server, behave))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

        loop.add_reader(listener, accept)
        try:
            yield server
        finally:
            loop.remove_reader(listener)
            await asyncio.sleep(0)  # what was accepted has begun, and will clean up
            for task in list(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _serve(connection: socket.socket, server: Loopback, behave: Behaviour) -> None:
    connection.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=connection)
    try:
        with contextlib.suppress(ConnectionError, EOFError, asyncio.LimitOverrunError):
            seen = await _read(reader)
            server.seen.append(seen)
            await behave(seen, Line(reader, writer))
    except asyncio.CancelledError:
        writer.transport.abort()
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method, target, headers, body)
