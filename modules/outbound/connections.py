"""HTTP/1.1 connections to one server, each for one request at a time.

A transport as httpx's own, without its pool: that looks at every connection, and asks the system
about each, whenever a request begins or ends. How many are under way at once is decided elsewhere
(pacing.py), so here there is nothing to wait for.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import httpcore
import httpx

IDLE_S: Final = 5.0  # uvicorn and others close what was idle for longer


class Connections(httpx.AsyncBaseTransport):
    """Connections to the server at a base URL, opened when all others are in use."""

    def __init__(self, base_url: str) -> None:
        url = httpx.URL(base_url)
        default = 443 if url.scheme == "https" else 80
        self._origin = httpcore.Origin(url.raw_scheme, url.raw_host, url.port or default)
        self._tls = httpx.create_ssl_context() if url.scheme == "https" else None
        self._idle: list[httpcore.AsyncHTTPConnection] = []
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer's head; its body is read from the stream, and ends with `aclose`."""
        url = request.url
        wanted = httpcore.Request(
            request.method.encode(),
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        while True:
            connection = await self._take()
            try:
                answer = await self._answer(connection, wanted)
            except httpcore.ConnectionNotAvailable:
                continue  # it was closed between the look and the use; nothing was sent
            return httpx.Response(
                answer.status, headers=answer.headers, stream=_Body(self, connection, answer)
            )

    async def aclose(self) -> None:
        self._closed = True
        while self._idle:
            await self._drop(self._idle.pop())

    async def give_back(self, connection: httpcore.AsyncHTTPConnection) -> None:
        """After its answer ended: for the next request, unless it cannot be used again."""
        if connection.is_idle() and not self._closed:
            self._idle.append(connection)
        else:
            await self._drop(connection)

    async def _answer(
        self, connection: httpcore.AsyncHTTPConnection, wanted: httpcore.Request
    ) -> httpcore.Response:
        answered = False
        try:
            with _in_words_of_httpx():
                answer = await connection.handle_async_request(wanted)
            answered = True
            return answer
        finally:
            if not answered:
                await self._drop(connection)

    async def _take(self) -> httpcore.AsyncHTTPConnection:
        """The one that was used last; the others grow old and are closed."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_idle() and not connection.has_expired():
                return connection
            await self._drop(connection)
        return httpcore.AsyncHTTPConnection(
            self._origin, ssl_context=self._tls, keepalive_expiry=IDLE_S
        )

    async def _drop(self, connection: httpcore.AsyncHTTPConnection) -> None:
        with suppress(httpcore.NetworkError):
            await connection.aclose()


class _Body(httpx.AsyncByteStream):
    """The body of an answer as it comes; closing it frees the connection."""

    def __init__(
        self,
        connections: Connections,
        connection: httpcore.AsyncHTTPConnection,
        answer: httpcore.Response,
    ) -> None:
        self._connections = connections
        self._connection = connection
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _in_words_of_httpx():
            async for chunk in self._answer.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        try:
            with _in_words_of_httpx():
                await self._answer.aclose()
        finally:
            await self._connections.give_back(self._connection)


@contextmanager
def _in_words_of_httpx() -> Iterator[None]:
    """Every error of httpcore has a namesake in httpx; some of TLS's it lets through."""
    try:
        yield
    except httpcore.ConnectionNotAvailable:
        raise
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        namesake: type[httpx.TransportError] = getattr(
            httpx, type(error).__name__, httpx.TransportError
        )
        raise namesake(str(error)) from error
    except OSError as error:
        raise httpx.ReadError(str(error)) from error
