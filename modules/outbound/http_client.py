"""Every HTTP request: one host, one deadline, retries where they are safe, a cap on the body."""

import asyncio
import json
import math
import random
import socket
import ssl
import zlib
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from .connections import Connections
from .deadline import note_write, remaining_s
from .errors import (
    BadEncoding,
    BadProxy,
    DeadlineExceeded,
    HeldBack,
    OutboundError,
    OutcomeUnknown,
    RedirectRefused,
    TooLarge,
    Unreachable,
)
from .messages import LOOPBACK, Reply, Request, Rules
from .pacing import Pace
from .retry import RETRY_STATUS, Failure, next_delay_s

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS: Final = 3
NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class HttpClient:
    """Speaks to one scheme, host and port; `headers` go nowhere else."""

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str],
        rules: Rules,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._rules = rules
        self._pace = Pace(rules.limits)
        self._headers = {"accept": "application/json", "accept-encoding": "gzip", **headers}
        timeout = httpx.Timeout(rules.timeout_s, connect=min(5.0, rules.timeout_s))
        self._extensions = {"timeout": timeout.as_dict()}
        # A transport alone: what httpx.AsyncClient adds (cookies, redirects, authentication) is
        # not wanted here, and would cost as much again as the request.
        self._http = transport or _transport(self.base_url)

    def __repr__(self) -> str:
        return f"HttpClient({self.base_url!r})"

    async def aclose(self) -> None:
        await self._http.aclose()

    async def send(self, request: Request) -> Reply:
        """The server's answer, whatever its status.

        Raises OutboundError: no usable answer within the deadline. A write that may have been
        applied is never sent again (OutcomeUnknown).
        """
        attempt = 1
        while True:
            outcome = await self._attempt(request)
            wait_s = self._wait_before_next(request, outcome, attempt)
            if wait_s is None:
                if isinstance(outcome, Reply):
                    return outcome
                raise outcome
            await asyncio.sleep(wait_s)
            attempt += 1

    def _wait_before_next(
        self, request: Request, outcome: Reply | OutboundError, attempt: int
    ) -> float | None:
        failure = self._failure(outcome)
        if failure is None:
            return None
        wait_s = next_delay_s(
            failure,
            attempt=attempt,
            attempts=self._rules.attempts,
            write=request.write,
            jitter=random.random(),  # noqa: S311 - spreads retries, guards nothing
        )
        whole = self._rules.timeout_s if isinstance(outcome, DeadlineExceeded) else 0.0
        if wait_s is None or remaining_s(math.inf) <= wait_s + whole:
            return None
        return wait_s

    def _failure(self, outcome: Reply | OutboundError) -> Failure | None:
        if isinstance(outcome, Reply):
            hint = self._rules.wait_hint(outcome)
            if hint and (outcome.status == 429 or outcome.status not in RETRY_STATUS):
                self._pace.hold(hint)
            if outcome.status in RETRY_STATUS:
                return Failure(status=outcome.status, sent=True, wait_s=hint)
            return None
        if isinstance(outcome, TooLarge | RedirectRefused | HeldBack):
            return None
        return Failure(status=None, sent=not isinstance(outcome, _NeverSent))

    async def _attempt(self, request: Request) -> Reply | OutboundError:
        """One attempt: the answer, or why there is none."""
        try:
            async with self._pace.turn():
                return await self._in_time(request)
        except OutboundError as error:
            return self._unreadable(request, error)
        except NOT_SENT as error:
            return _NeverSent(f"No connection to {self.base_url}: {_why(error)}.")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return self._broken(request, error)

    async def _in_time(self, request: Request) -> Reply:
        """An attempt ends before the call does, so that whoever asked can still answer without
        it; after a write there is as much time again to read back what became of it."""
        share = 0.5 if request.write else 0.95
        timeout_s = min(self._rules.timeout_s, share * remaining_s(math.inf))
        if request.write:
            note_write()
        try:
            async with asyncio.timeout(timeout_s):
                return await self._follow(request)
        except (httpx.ConnectTimeout, httpx.PoolTimeout):
            raise
        except (TimeoutError, httpx.TimeoutException):
            raise self._silent(request, timeout_s) from None

    def _unreadable(self, request: Request, error: OutboundError) -> OutboundError:
        if request.write and isinstance(error, BadEncoding | TooLarge):
            return OutcomeUnknown(f"{self.base_url} answered a change with what cannot be read.")
        return error

    def _nowhere(self) -> RedirectRefused:
        return RedirectRefused(f"{self.base_url} redirects to what is no address.")

    def _silent(self, request: Request, timeout_s: float) -> OutboundError:
        what = (
            f"{self.base_url} did not answer {request.method} within {timeout_s:.3g} seconds, one "
            "request's part of SENTRY_TIMEOUT."
        )
        return OutcomeUnknown(what) if request.write else DeadlineExceeded(what)

    def _broken(self, request: Request, error: Exception) -> OutboundError:
        if isinstance(error, httpx.InvalidURL):  # httpx reads a redirect that nobody follows
            return self._nowhere()
        what = f"The connection to {self.base_url} broke: {type(error).__name__}."
        return OutcomeUnknown(what) if request.write else Unreachable(what)

    async def _follow(self, request: Request) -> Reply:
        """Send, and follow redirects of reads on the same scheme, host and port."""
        url, query = self.base_url + request.path, request.query
        for _ in range(1 + MOST_REDIRECTS):
            reply = await self._once(request, url, query)
            if reply.status not in REDIRECTS:
                return reply
            url, query = self._target(request, url, reply), ()
        raise RedirectRefused(f"{self.base_url} redirects in a circle.")

    def _target(self, request: Request, url: str, reply: Reply) -> str:
        if request.write:
            what = f"{self.base_url} answered a change with a redirect."
            # See Other: it is done, and the answer is there (RFC 9110, section 15.4.4).
            raise OutcomeUnknown(what) if reply.status == 303 else RedirectRefused(what)
        try:
            target = urljoin(url, reply.headers.get("location", ""))
            elsewhere = _origin(target) != _origin(self.base_url)
        except ValueError:
            raise self._nowhere() from None
        if elsewhere:
            raise RedirectRefused(
                f"{self.base_url} redirects to another address; nothing was sent there."
            )
        return target

    async def _once(self, request: Request, url: str, query: tuple[tuple[str, str], ...]) -> Reply:
        content = None if request.body is None else json.dumps(request.body).encode()
        more = {} if content is None else {"content-type": "application/json"}
        sent = httpx.Request(
            request.method,
            f"{url}?{urlencode(query)}" if query else url,
            content=content,
            headers={**self._headers, **more},
            extensions=self._extensions,
        )
        response = await self._http.handle_async_request(sent)
        try:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = await self._read(response, headers.get("content-encoding", "").lower())
            return Reply(status=response.status_code, headers=headers, body=body)
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response, encoding: str) -> bytes:
        """The body, never more than the cap in memory, compressed or not."""
        inflate = _inflater(encoding)
        body = bytearray()
        stream = response.stream
        if not isinstance(stream, httpx.AsyncByteStream):  # only a transport for threads has one
            raise TypeError(f"not an asynchronous stream: {type(stream).__name__}")
        async for chunk in stream:
            body += inflate(chunk, self._rules.max_body + 1 - len(body))
            if len(body) > self._rules.max_body:
                raise TooLarge(f"{self.base_url} sent more than {self._rules.max_body:,} bytes.")
        return bytes(body)


class _NeverSent(Unreachable):
    """The server cannot be reached; nothing was sent."""


def _transport(base_url: str) -> httpx.AsyncBaseTransport:
    """Raises BadProxy."""
    try:
        proxy = proxy_for(base_url)
        return httpx.AsyncHTTPTransport(proxy=proxy) if proxy else Connections(base_url)
    except (ImportError, ValueError, httpx.InvalidURL):  # socks without its library; no address
        raise BadProxy from None


def proxy_for(url: str) -> httpx.Proxy | None:
    """The proxy that the environment names for a URL (HTTPS_PROXY, ALL_PROXY, NO_PROXY, …), as
    urllib reads it."""
    parts = urlsplit(url)
    if _is_here(url) or proxy_bypass(parts.netloc):
        return None
    named = getproxies()
    found = named.get(parts.scheme) or named.get("all")
    return httpx.Proxy(found if "://" in found else f"http://{found}") if found else None


def _is_here(url: str) -> bool:
    """Plain http to this machine. With TLS the environment may name a certificate authority."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def _why(error: BaseException) -> str:
    """What the operating system said, in words that tell whom to ask."""
    reason: BaseException | None = error
    while reason is not None:
        if isinstance(reason, ssl.SSLCertVerificationError):
            return "its certificate is not trusted (SSL_CERT_FILE can name a file of trusted authorities)"
        if isinstance(reason, socket.gaierror):
            return "its name cannot be resolved"
        if isinstance(reason, ConnectionRefusedError):
            return "it refuses connections"
        reason = reason.__cause__ or reason.__context__
    return type(error).__name__


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or default


def _inflater(encoding: str) -> Callable[[bytes, int], bytes]:
    """A function that decompresses a chunk to at most so many bytes."""
    if encoding in ("", "identity"):
        return lambda chunk, most: chunk[:most]
    if encoding not in ("gzip", "deflate"):
        raise BadEncoding("The server answered in a content encoding nobody asked for.")
    stream = zlib.decompressobj(wbits=47)  # gzip or zlib, by the first bytes

    def inflate(chunk: bytes, most: int) -> bytes:
        try:
            return stream.decompress(chunk, most)
        except zlib.error as error:
            raise BadEncoding from error

    return inflate
