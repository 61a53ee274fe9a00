"""Connections over real sockets: used again while they can be, and never when they cannot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from modules.outbound.connections import Connections

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
TIMEOUT = {"timeout": httpx.Timeout(10).as_dict()}


@dataclass
class Server:
    """Answers every request on a connection; counts both."""

    url: str = ""
    answer: bytes = GOOD
    close_after: bool = False
    connections: int = 0
    requests: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.requests += 1
                self.asked.set()
                writer.write(self.answer)
                await writer.drain()
                if self.close_after:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()


@asynccontextmanager
async def served(**how: object) -> AsyncIterator[tuple[Server, Connections]]:
    server = Server(**how)  # type: ignore[arg-type]
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    connections = Connections(server.url)
    try:
        yield server, connections
    finally:
        await connections.aclose()
        listening.close()
        for writer in server.writers:
            writer.close()


async def ask(connections: Connections, url: str, path: str = "/") -> bytes:
    answer = await begin(connections, url, path)
    try:
        return b"".join([chunk async for chunk in answer.stream])  # type: ignore[union-attr]
    finally:
        await answer.aclose()


async def begin(connections: Connections, url: str, path: str = "/") -> httpx.Response:
    request = httpx.Request("GET", f"{url}{path}", extensions=TIMEOUT)
    return await connections.handle_async_request(request)


async def test_one_after_the_other_use_one_connection() -> None:
    async with served() as (server, connections):
        for _ in range(5):
            assert await ask(connections, server.url) == b"good"

    assert (server.connections, server.requests) == (1, 5)


async def test_as_many_connections_as_are_in_use_at_once_are_kept() -> None:
    async with served() as (server, connections):
        for _ in range(3):
            await asyncio.gather(*(ask(connections, server.url) for _ in range(4)))

    assert (server.connections, server.requests) == (4, 12)


async def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    async with served(close_after=True) as (server, connections):
        for _ in range(3):
            assert await ask(connections, server.url) == b"good"
            await asyncio.sleep(0.01)  # the end of a connection travels, too

    assert server.connections == 3


async def test_an_answer_that_was_not_read_to_its_end_costs_its_connection() -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n" + b"x" * 4_000_000
    async with served(answer=long) as (server, connections):
        answer = await begin(connections, server.url)
        await answer.aclose()
        server.answer = GOOD

        assert await ask(connections, server.url) == b"good"
        assert server.connections == 2


async def test_who_gives_up_leaves_no_connection_in_use() -> None:
    async with served(answer=b"HTTP/1.1 200 OK\r\n") as (server, connections):
        waiting = asyncio.ensure_future(ask(connections, server.url))
        await server.asked.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        server.answer = GOOD

        assert await ask(connections, server.url) == b"good"
        assert server.connections == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", httpx.RemoteProtocolError),
        (b"no http at all\r\n\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", httpx.RemoteProtocolError),
    ],
)
async def test_errors_have_the_names_of_httpx(
    answer: bytes, error: type[httpx.TransportError]
) -> None:
    async with served(answer=answer, close_after=True) as (server, connections):
        with pytest.raises(error):
            await ask(connections, server.url)


async def test_a_server_that_is_gone_is_a_failure_to_connect() -> None:
    async with served() as (server, connections):
        url = server.url
    fresh = Connections(url)

    with pytest.raises(httpx.ConnectError):
        await ask(fresh, url)
    await fresh.aclose()
    await connections.aclose()


async def test_an_answer_that_ends_after_the_close_closes_its_connection() -> None:
    async with served() as (server, connections):
        answer = await begin(connections, server.url)
        await connections.aclose()
        assert b"".join([one async for one in answer.stream]) == b"good"  # type: ignore[union-attr]
        await answer.aclose()

        await ask(connections, server.url)
        assert server.connections == 2
