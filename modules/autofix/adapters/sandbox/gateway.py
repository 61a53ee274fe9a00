"""The one way out of the sandbox: a socket that knows a few exact requests, and adds the key
outside. Everything else is refused and logged."""

import asyncio
import contextlib
import logging
import os
import re
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

import h11

from modules.safetext.sinks import for_line

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message

BODY: Final = 32 << 20  # bytes: what the model's API takes at most
HEAD: Final = 64 << 10
CHUNK: Final = 64 << 10
READ_S: Final = 30.0  # for one request to come in
OPEN_S: Final = 15.0
SILENT_S: Final = 600.0  # a model may think for long before it says the next thing
STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})")
DROPPED: Final = frozenset(
    {
        *(b"host", b"authorization", b"x-api-key", b"x-goog-api-key", b"cookie", b"forwarded"),
        *(b"proxy-authorization", b"proxy-connection", b"connection", b"keep-alive", b"te"),
        *(b"trailer", b"transfer-encoding", b"upgrade", b"expect", b"content-length"),
    }
)
LONGEST: Final = 107  # bytes of a socket's name (unix(7))
NO_BODY: Final = frozenset((b"GET", b"DELETE"))
logger = logging.getLogger(__name__)
Header = tuple[bytes, bytes]


@dataclass(frozen=True, kw_only=True)
class Route:
    """Requests of one kind that may pass. `path` is all of a path (a pattern); the query goes along.
    `upstream` is https://host, perhaps with a path that goes in front, or a program of ours."""

    path: str
    upstream: "str | ASGIApp"
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    own_login: str | None = field(default=None, repr=False)  # an authorization that may stay
    heard: Callable[[int], None] | None = None  # told the status of each answer of the upstream

    @property
    def target(self) -> SplitResult:
        return urlsplit(self.upstream if isinstance(self.upstream, str) else "")

    def fits(self, method: bytes, target: bytes) -> bool:
        return method == self.method.encode() and self.leads_to(target)

    def leads_to(self, target: bytes) -> bool:
        """By whatever method."""
        path = target.split(b"?", 1)[0].decode("ascii", "replace")
        return re.fullmatch(self.path, path) is not None


@contextlib.asynccontextmanager
async def gateway(routes: Sequence[Route], *, tunnels: Sequence[str] = ()) -> AsyncIterator[Path]:
    """The path of the socket, while the context is open. `tunnels` are hosts that CONNECT reaches,
    at port 443 where none is named."""
    with tempfile.TemporaryDirectory(
        prefix="gw-", dir=_near(), ignore_cleanup_errors=True
    ) as folder:
        path = Path(folder) / "gw.sock"
        door = _Door(tuple(routes), _addresses(tunnels))
        server = await asyncio.start_unix_server(door.serve, path, limit=CHUNK)
        try:
            yield path
        finally:
            server.close()
            await door.close()


def _near() -> str:
    """Where temporary files go, if the name of a socket there is short enough."""
    usual = tempfile.gettempdir()
    return usual if len(os.fsencode(usual)) <= LONGEST - len("/gw-12345678/gw.sock") else "/tmp"  # noqa: S108


class _Door:
    """One request a connection; a connection that breaks the rules ends."""

    def __init__(self, routes: tuple[Route, ...], tunnels: frozenset[bytes]) -> None:
        self._routes, self._tunnels = routes, tunnels
        self._open: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            try:
                await self._serve(reader, writer)
            finally:
                writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(READ_S):
                request, body = await _read(reader, writer)
        except (h11.ProtocolError, TimeoutError, _TooLarge) as problem:
            logger.warning("the gateway refused a request: %s", type(problem).__name__)
            await _say(writer, 400)
            return
        if request.method == b"CONNECT" and request.target.lower() in self._tunnels:
            await _tunnel(request.target, reader, writer)
            return
        route = self._route(request)
        if route is None:
            told = request.method + b" " + request.target[:200]
            logger.warning("the gateway refused %s", for_line(told.decode("latin-1"), 200))
            await _say(writer, self._refusal(request))
            return
        if not isinstance(route.upstream, str):
            await _answer(route.upstream, request, body, writer)
            return
        try:
            async with asyncio.timeout(OPEN_S):
                upstream = await _connect(route.target)
        except (OSError, TimeoutError):
            logger.warning("the gateway cannot reach %s", route.target.netloc)
            await _say(writer, 502)
            return
        await _relay(upstream, writer, _head(request, route, body) + body, route.heard)

    def _route(self, request: h11.Request) -> Route | None:
        fitting = (one for one in self._routes if one.fits(request.method, request.target))
        return next(fitting, None)

    def _refusal(self, request: h11.Request) -> int:
        """Clients of our MCP servers ask by GET whether there is a stream, and want 405 for none
        (Streamable HTTP, "Listening for Messages from the Server")."""
        ours = (one for one in self._routes if not isinstance(one.upstream, str))
        return 405 if any(one.leads_to(request.target) for one in ours) else 403


def _addresses(hosts: Sequence[str]) -> frozenset[bytes]:
    return frozenset((one if ":" in one else f"{one}:443").lower().encode() for one in hosts)


async def _tunnel(
    target: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Bytes both ways, unread (RFC 9110, 9.3.6)."""
    host, _, port = target.decode().rpartition(":")
    try:
        async with asyncio.timeout(OPEN_S):
            source, sink = await asyncio.open_connection(host, int(port))
    except (OSError, TimeoutError):
        logger.warning("the gateway cannot reach %s", for_line(host))
        await _say(writer, 502)
        return
    writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
    try:
        await asyncio.gather(_pipe(reader, sink), _pipe(source, writer))
    finally:
        sink.close()


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(CHUNK):
        sink.write(data)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()


class _TooLarge(Exception):
    """A body beyond what the model's API takes."""


async def _read(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[h11.Request, bytes]:
    """Raises h11.ProtocolError, _TooLarge."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD)
    request, body = None, bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                connection.send(h11.InformationalResponse(status_code=100, headers=[]))
            connection.receive_data(await reader.read(CHUNK))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > BODY:
                raise _TooLarge
        elif isinstance(event, h11.EndOfMessage) and request is not None:
            return request, bytes(body)
        else:
            raise h11.RemoteProtocolError("it ended too early")


def _head(request: h11.Request, route: Route, body: bytes) -> bytes:
    """Our own request, built anew: nothing of theirs but its harmless headers goes on."""
    host = route.target.netloc
    kept = [(name, value) for name, value in request.headers if name not in DROPPED]
    login = next((value for name, value in request.headers if name == b"authorization"), None)
    if route.own_login is not None and login == route.own_login.encode():
        kept.append((b"authorization", login))
    else:
        kept += [(name.encode(), value.encode()) for name, value in route.headers.items()]
    headers = [(b"host", host.encode()), (b"connection", b"close"), *kept]
    if request.method not in NO_BODY:
        headers.append((b"content-length", str(len(body)).encode()))
    connection = h11.Connection(h11.CLIENT)
    target = route.target.path.rstrip("/").encode() + request.target
    sent = connection.send(h11.Request(method=request.method, target=target, headers=headers))
    return sent or b""


async def _connect(there: SplitResult) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    secure = ssl.create_default_context() if there.scheme == "https" else None
    port = there.port or (443 if secure else 80)
    return await asyncio.open_connection(there.hostname, port, ssl=secure)


async def _answer(
    app: "ASGIApp", request: h11.Request, body: bytes, writer: asyncio.StreamWriter
) -> None:
    """By a program in this process (the ASGI specification, "HTTP Connection Scope")."""
    path, _, query = request.target.partition(b"?")
    inputs = iter(({"type": "http.request", "body": body, "more_body": False},))
    headers = [(name, value) for name, value in request.headers if name != b"host"]

    async def receive() -> "Message":
        return next(inputs, {"type": "http.disconnect"})

    async def send(message: "Message") -> None:
        if message["type"] == "http.response.start":
            lines = [b"HTTP/1.1 %d OK" % message["status"], b"connection: close"]
            lines += [name + b": " + value for name, value in message["headers"]]
            writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
        writer.write(message.get("body", b""))
        await writer.drain()

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
        "method": request.method.decode(), "path": path.decode(), "raw_path": path,
        "query_string": query, "root_path": "", "headers": [(b"host", b"localhost:80"), *headers],
        "client": None, "server": None, "state": {},
    }  # fmt: skip
    await app(scope, receive, send)


async def _relay(
    upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    writer: asyncio.StreamWriter,
    sent: bytes,
    heard: Callable[[int], None] | None,
) -> None:
    """The answer as it comes, unread but for its status: the other side ends it, as we asked."""
    source, sink = upstream
    try:
        sink.write(sent)
        await sink.drain()
        writer.write(await _start(source, heard))
        while True:
            async with asyncio.timeout(SILENT_S):
                data = await source.read(CHUNK)
            if not data:
                return
            writer.write(data)
            await writer.drain()
    except TimeoutError:
        logger.warning("the model's API said nothing for %.0f s", SILENT_S)
    finally:
        sink.close()


async def _start(source: asyncio.StreamReader, heard: Callable[[int], None] | None) -> bytes:
    """What an answer begins with, where somebody wants to hear its status (RFC 9112, section 4)."""
    if heard is None:
        return b""
    try:
        async with asyncio.timeout(SILENT_S):
            start = await source.readexactly(len(b"HTTP/1.1 200"))
    except asyncio.IncompleteReadError as ended:
        return ended.partial
    if found := STATUS.fullmatch(start):
        heard(int(found[1]))
    return start


async def _say(writer: asyncio.StreamWriter, status: int) -> None:
    told = b'{"type":"error","error":{"type":"refused","message":"not through this gateway"}}'
    head = f"HTTP/1.1 {status} Refused\r\ncontent-type: application/json\r\n"
    writer.write(f"{head}content-length: {len(told)}\r\nconnection: close\r\n\r\n".encode() + told)
    with contextlib.suppress(OSError):
        await writer.drain()
