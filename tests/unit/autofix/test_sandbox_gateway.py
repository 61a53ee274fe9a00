"""The one way out of the sandbox: a real socket on one side, a real server on the other."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from fakes.loopback import Behaviour, Line, Loopback, Seen, always, answer, loopback
from modules.autofix.adapters.sandbox import gateway as rules
from modules.autofix.adapters.sandbox.gateway import Route, gateway

KEY: Final = "operators-key"
TOKEN: Final = "Bearer token-of-a-plan"
OURS: Final = b"POST /v1/messages?beta=true HTTP/1.1\r\nhost: a\r\n"


@dataclass
class Door:
    """The socket inside, and the server behind it."""

    path: Path
    upstream: Loopback

    async def say(self, raw: bytes) -> bytes:
        """All that comes back for what is written."""
        reader, writer = await self.open()
        writer.write(raw)
        writer.write_eof()
        said = await reader.read()
        writer.close()
        return said

    async def post(self, *headers: str, body: bytes = b"{}") -> bytes:
        lines = "".join(f"{one}\r\n" for one in headers)
        return await self.say(OURS + f"{lines}content-length: {len(body)}\r\n\r\n".encode() + body)

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(self.path)


@contextlib.asynccontextmanager
async def a_door(behave: Behaviour | None = None, **route: Any) -> AsyncIterator[Door]:
    async with loopback(behave or always(answer(200, {"said": "hello"}))) as upstream:
        plain = {"path": "/v1/messages", "upstream": upstream.url, "headers": {"x-api-key": KEY}}
        async with gateway([Route(**{**plain, **route})]) as path:
            yield Door(path, upstream)


def status(said: bytes) -> int:
    return int(said.split(b" ", 2)[1])


async def test_the_one_request_passes_with_the_key() -> None:
    async with a_door() as door:
        said = await door.post("content-type: application/json", body=b'{"a": 1}')

    assert said.endswith(b'{"said": "hello"}')
    (seen,) = door.upstream.seen
    assert (seen.method, seen.target, seen.body) == (
        "POST",
        "/v1/messages?beta=true",
        b'{"a": 1}',
    )
    assert seen.headers["x-api-key"] == KEY
    assert seen.headers["content-type"] == "application/json"
    assert f"http://{seen.headers['host']}" == door.upstream.url


async def test_a_path_of_the_server_s_own_goes_in_front() -> None:
    async with loopback(always(answer())) as upstream:
        route = Route(path="/v1/messages", upstream=f"{upstream.url}/of/ours/")
        async with gateway([route]) as path:
            await Door(path, upstream).post()

    assert [seen.target for seen in upstream.seen] == ["/of/ours/v1/messages?beta=true"]


@pytest.mark.parametrize(
    "line",
    [
        "GET /v1/messages",
        "PUT /v1/messages",
        "POST /v1/messages/",
        "POST /v1/messages/batches",
        "POST /v1/files",
        "POST /V1/messages",
        "POST //v1/messages",
        "POST /v1/%6dessages",
        "POST /v1/../v1/messages",
        "POST /v1/messages#x",
        "POST http://192.0.2.1/v1/messages",
        "POST https://api.anthropic.com/v1/messages",
        "CONNECT 192.0.2.1:443",
        "OPTIONS *",
    ],
)
async def test_any_other_request_is_refused(line: str) -> None:
    async with a_door() as door:
        said = await door.say(f"{line} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n".encode())

    assert status(said) == 403
    assert door.upstream.connections == 0


@pytest.mark.parametrize(
    "raw",
    [
        OURS + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}x",
        OURS + b"content-length: +2\r\n\r\n{}",
        OURS + b"host: b\r\ncontent-length: 2\r\n\r\n{}",
        OURS + b"content-length : 2\r\n\r\n{}",
        OURS + b"x a: b\r\ncontent-length: 2\r\n\r\n{}",
        OURS + b"x-a: \x00\r\ncontent-length: 2\r\n\r\n{}",
        OURS + b"transfer-encoding: gzip\r\n\r\n{}",
        OURS + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
        OURS + b"x-a: " + b"a" * (128 << 10) + b"\r\n\r\n",
        OURS + b"content-length: 20\r\n\r\n{}",
        b"POST /v1/messages\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_not_plain_http_is_refused(raw: bytes) -> None:
    async with a_door() as door:
        said = await door.say(raw)

    assert status(said) == 400
    assert door.upstream.connections == 0


async def test_a_second_request_on_the_same_connection_goes_nowhere() -> None:
    second = b"POST /v1/files HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n"
    async with a_door() as door:
        await door.say(OURS + b"content-length: 2\r\n\r\n{}" + second)

    (seen,) = door.upstream.seen
    assert (seen.path, seen.body) == ("/v1/messages", b"{}")


async def test_a_body_in_chunks_goes_on_as_one() -> None:
    async with a_door() as door:
        await door.say(OURS + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")

    (seen,) = door.upstream.seen
    assert (seen.body, seen.headers["content-length"]) == (b"{}", "2")
    assert "transfer-encoding" not in seen.headers


async def test_a_client_that_waits_is_told_to_go_on() -> None:
    async with a_door() as door:
        reader, writer = await door.open()
        writer.write(OURS + b"expect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        first = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"{}")
        said = await reader.read()
        writer.close()

    assert (status(first), status(said)) == (100, 200)


async def test_no_login_and_no_path_of_a_proxy_goes_through() -> None:
    own = ("X-Api-Key: mine", "Authorization: Bearer mine", "Cookie: a=b")
    proxies = ("Forwarded: for=x", "Proxy-Authorization: x", "Connection: x-a", "Upgrade: h2c")
    async with a_door() as door:
        await door.post(*own, *proxies, "X-Goog-Api-Key: mine")

    (seen,) = door.upstream.seen
    assert seen.headers["x-api-key"] == KEY
    assert seen.headers["connection"] == "close"
    assert not {"authorization", "cookie", "forwarded", "upgrade"} & set(seen.headers)
    assert "mine" not in "".join(seen.headers.values())


async def test_the_token_of_a_plan_passes_and_no_other() -> None:
    async with a_door(headers={}, own_login=TOKEN) as door:
        await door.post(f"authorization: {TOKEN}")
        await door.post("authorization: Bearer mine")
        await door.post("authorization: Bearer mine", f"authorization: {TOKEN}")
        await door.post()

    logins = [seen.headers.get("authorization") for seen in door.upstream.seen]
    assert logins == [TOKEN, None, None, None]


async def test_an_answer_passes_as_it_comes() -> None:
    """The end of it is sent only after the beginning was read on this side."""
    read = asyncio.Event()

    async def behave(seen: Seen, line: Line) -> None:
        await line.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nfirst")
        await read.wait()
        await line.send(b"last")

    async with a_door(behave) as door:
        reader, writer = await door.open()
        writer.write(OURS + b"content-length: 2\r\n\r\n{}")
        await reader.readuntil(b"first")
        read.set()
        rest = await reader.read()
        writer.close()

    assert rest == b"last"


async def test_a_body_beyond_what_the_api_takes_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "BODY", 1000)
    async with a_door() as door:
        most, more = await door.post(body=b"x" * 1000), await door.post(body=b"x" * 1001)

    assert (status(most), status(more)) == (200, 400)
    assert len(door.upstream.seen) == 1


async def test_a_request_that_never_comes_to_its_end_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "READ_S", 0.05)
    async with a_door() as door:
        reader, writer = await door.open()
        writer.write(OURS)
        said = await reader.read()
        writer.close()

    assert status(said) == 400


async def test_a_model_that_cannot_be_reached_is_a_bad_gateway() -> None:
    async with loopback(always(answer())) as gone:
        pass
    async with gateway([Route(path="/v1/messages", upstream=gone.url)]) as path:
        said = await Door(path, gone).post()

    assert status(said) == 502


async def test_a_model_that_says_nothing_for_long_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "SILENT_S", 0.05)

    async def behave(seen: Seen, line: Line) -> None:
        await line.send(b"HTTP/1.1 200 OK\r\n\r\nfirst")
        await line.hang()

    async with a_door(behave) as door:
        said = await door.post()

    assert said.endswith(b"first")


@dataclass
class Program:
    """An ASGI application that notes what it was asked."""

    scopes: list[Scope] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        self.bodies.append((await receive())["body"])
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": b"one, ", "more_body": True})
        await send({"type": "http.response.body", "body": b"two"})


async def test_a_program_of_ours_answers_without_a_server() -> None:
    program = Program()
    asgi: ASGIApp = program
    async with a_door(path="/mcp", upstream=asgi) as door:
        said = await door.say(b"POST /mcp HTTP/1.1\r\nhost: evil\r\ncontent-length: 2\r\n\r\n{}")

    assert status(said) == 202
    assert said.endswith(b"one, two")
    (scope,) = program.scopes
    assert (scope["method"], scope["path"], program.bodies) == ("POST", "/mcp", [b"{}"])
    assert dict(scope["headers"])[b"host"] == b"localhost:80"


async def test_nothing_is_open_afterwards() -> None:
    """Not even a request in the middle of its answer."""

    async def behave(seen: Seen, line: Line) -> None:
        await line.send(b"HTTP/1.1 200 OK\r\n\r\nfirst")
        await line.hang()

    async with a_door(behave) as door:
        reader, writer = await door.open()
        writer.write(OURS + b"content-length: 2\r\n\r\n{}")
        await reader.readuntil(b"first")

    assert await reader.read() == b""
    writer.close()
    assert not door.path.exists()


async def test_a_long_folder_for_temporary_files_is_no_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of a socket has at most 107 bytes (unix(7))."""
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))

    async with a_door() as door:
        assert status(await door.post()) == 200


async def test_nobody_else_s_user_can_reach_it() -> None:
    async with a_door() as door:
        assert door.path.parent.stat().st_mode & 0o077 == 0


def test_no_secret_stands_in_its_repr() -> None:
    route = Route(path="/", upstream="https://a", headers={"x-api-key": KEY}, own_login=TOKEN)

    assert KEY not in repr(route)
    assert TOKEN not in repr(route)
