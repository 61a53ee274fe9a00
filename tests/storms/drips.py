"""Hundreds of connections that drip, idle or never listen, beside a sender that is well."""

import asyncio
import math
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle, islice, repeat
from pathlib import Path
from typing import Final

from .ground import Ground, request, sent, webhook
from .payloads import error, packed

TICK_S: Final = 0.25
MOST_S: Final = 25.0  # then whatever is still there counts as never dropped
ASK: Final = b"GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
ENDLESS: Final = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@dataclass
class Dripper:
    """One bad connection. `dropped_s` is how long the service put up with it."""

    kind: str
    line: socket.socket
    drops: Iterator[bytes]
    began: float
    dropped_s: float = math.inf
    taken: bool = False  # before that it waits to be accepted, and has no inode either


@dataclass
class Drips:
    """What came of it; times of healthy requests in milliseconds."""

    drippers: list[Dripper] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    meanwhile: list[float] = field(default_factory=list)
    failed: int = 0  # healthy requests that were refused
    left: int = 0  # sockets of the service that were not there before

    def slowest(self) -> dict[str, float]:
        """Of each kind, how long its last one lasted, in seconds."""
        kinds = dict.fromkeys(one.kind for one in self.drippers)
        return {
            kind: max(one.dropped_s for one in self.drippers if one.kind == kind) for kind in kinds
        }


def p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


async def drips(ground: Ground, count: int, *, healthy: int = 300) -> Drips:
    """`healthy` requests tell the floor."""
    found = Drips()
    await _healthy(ground, found, [], 20)  # what is loaded once
    before = ground.sockets
    await _healthy(ground, found, found.floor, healthy)
    over = asyncio.Event()
    well = asyncio.create_task(_until(ground, found, over))
    found.drippers = [_dripper(ground.port, kind) for kind in islice(cycle(ROUND), count)]
    try:
        await _drip(ground.port, found.drippers)
    finally:
        over.set()
        for one in found.drippers:
            one.line.close()
        await well
    async with asyncio.timeout(20):
        while ground.sockets > before:  # noqa: ASYNC110 - another process has them
            await asyncio.sleep(0.1)
    found.left = ground.sockets - before
    return found


async def _until(ground: Ground, found: Drips, over: asyncio.Event) -> None:
    while not over.is_set() or not found.meanwhile:
        await _healthy(ground, found, found.meanwhile, 20)


async def _healthy(ground: Ground, found: Drips, times: list[float], number: int) -> None:
    """Deliveries, and questions to the API, one after the other."""
    for n in range(number):
        event = f"{time.monotonic_ns()}"
        raw = webhook(packed(error(n, event))) if n % 2 else request("GET", "/api/sentry/status")
        answer = await sent(ground.port, raw, MOST_S)
        times.append(answer.ms)
        found.failed += answer.status not in (200, 202)


async def _drip(port: int, drippers: list[Dripper]) -> None:
    ends_at = time.monotonic() + MOST_S
    waiting = list(drippers)
    while waiting and time.monotonic() < ends_at:
        began = time.monotonic()
        held = _held(port)
        for one in waiting:
            if one.line.getsockname()[1] in held or not one.taken:
                one.taken = one.taken or one.line.getsockname()[1] in held
                _drop(one)
            else:
                one.dropped_s = began - one.began
        waiting = [one for one in waiting if one.dropped_s == math.inf]
        await asyncio.sleep(max(0.01, TICK_S - (time.monotonic() - began)))


def _held(port: int) -> set[int]:
    """The peers' ports of the connections that the service still holds. What the kernel sends for
    it after it has closed a connection has no inode (proc(5), /proc/net/tcp)."""
    rows = [one.split() for one in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {
        int(row[2].rpartition(":")[2], 16)
        for row in rows
        if int(row[1].rpartition(":")[2], 16) == port and row[9] != "0"
    }


def _drop(one: Dripper) -> None:
    """Its next bytes. What the service answers is never read."""
    with suppress(OSError):  # it is not read either; or it is gone
        one.line.send(next(one.drops, b""))


def _dripper(port: int, kind: str) -> Dripper:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", port))
    line.setblocking(False)
    return Dripper(kind, line, KINDS[kind](), time.monotonic())


def _bytes(raw: bytes) -> Iterator[bytes]:
    return (raw[n : n + 1] for n in range(len(raw)))


def _head() -> Iterator[bytes]:
    return _bytes(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 1000)


def _second_head() -> Iterator[bytes]:
    """The first request is a good one."""
    yield b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    yield from _head()


def _body(path: bytes, *, chunked: bool = False) -> Callable[[], Iterator[bytes]]:
    def drops() -> Iterator[bytes]:
        how = b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: 9999\r\n\r\n"
        yield ENDLESS % path + how
        yield from repeat(b"1\r\n \r\n" if chunked else b" ")

    return drops


def _deaf() -> Iterator[bytes]:
    """Asks for more than the buffers hold, and takes none of it."""
    return iter([ASK * 400])


def _deaf_at_the_end() -> Iterator[bytes]:
    """The last answer is complete, and waits to be taken before the connection is closed."""
    return iter([ASK * 30, ASK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")])


KINDS: Final[dict[str, Callable[[], Iterator[bytes]]]] = {
    "a body for the API": _body(b"/api/v1/jobs/abc/decisions"),
    "headers": _head,
    "a webhook's body": _body(b"/webhooks/sentry"),
    "another body for the API": _body(b"/api/v1/operations/x"),
    "later headers": _second_head,
    "a body that nobody wants": _body(b"/nowhere"),
    "chunks for MCP": _body(b"/mcp", chunked=True),
    "nothing": lambda: iter(()),
    "deaf ears": _deaf,
    "deaf ears at the end": _deaf_at_the_end,
}
API: Final = tuple(one for one in KINDS if "API" in one or "MCP" in one)
# More bodies for the API than there is room for at once; fewer of those who make work for the
# service, for this is no flood.
ROUND: Final = (*(3 * [one for one in KINDS if not one.startswith("deaf")]), *(2 * API), *KINDS)
