"""A local Sentry behind a real connection, on which one call after another can go wrong."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from modules.local_sentry.app import create_app
from modules.local_sentry.projects import add_project
from modules.local_sentry.seed import seed
from modules.local_sentry.store import Store

from .loopback import Line, Loopback, Seen, answer, loopback
from .values import all_null

NOW = datetime(2026, 8, 20, 12, 30, tzinfo=UTC)
TOKEN = "-".join(("planted", "token", "of", "a", "test"))
CANARY = "upstream-canary"


@dataclass(frozen=True)
class Call:
    """The `nth` request of a method and a path."""

    method: str
    path: str
    nth: int = 1

    @property
    def write(self) -> bool:
        return self.method != "GET"

    def __str__(self) -> str:
        return f"{self.method} {self.path} #{self.nth}"


Forward = Callable[[], Awaitable[httpx.Response]]
Play = Callable[[Forward, Line], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a call and the later ones like it.

    `refuses`: the server says that it did nothing, so that a write may be sent again.
    `writes`: it is another fault only where there is something to apply. `waits`: it ends by our
    clock alone.
    """

    name: str
    play: Play
    refuses: bool = False
    writes: bool = False
    waits: bool = False

    def fits(self, call: Call) -> bool:
        return call.write or not self.writes


@dataclass
class Upstream:
    """The server's side of one operation."""

    http: httpx.AsyncClient
    server: Loopback
    broken: tuple[tuple[Call, Fault], ...] = ()
    times: int = 10**6
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def behave(self, seen: Seen, line: Line) -> None:
        key = (seen.method, seen.path)
        self.counted[key] += 1

        async def forward() -> httpx.Response:
            return await self.http.request(
                seen.method, seen.target, headers=dict(seen.headers), content=seen.body
            )

        for call, fault in self.broken:
            beyond = self.counted[key] - call.nth
            if key == (call.method, call.path) and 0 <= beyond < self.times:
                await fault.play(forward, line)
                return
        await line.send(passed_on(await forward()))

    @property
    def calls(self) -> list[Call]:
        """Every request there was, numbered."""
        return [
            Call(method, path, nth)
            for (method, path), times in self.counted.items()
            for nth in range(1, times + 1)
        ]

    async def status_of(self, issue: str) -> str:
        """Of an issue, past every fault."""
        return str((await self._direct("GET", issue)).json()["status"])

    async def change(self, issue: str, body: Mapping[str, object]) -> None:
        """Past every fault, and uncounted."""
        assert (await self._direct("PUT", issue, body)).status_code == 200

    async def _direct(self, method: str, issue: str, body: object = None) -> httpx.Response:
        where = f"/api/0/organizations/acme/issues/{issue}/"
        headers = {"authorization": f"Bearer {TOKEN}"}
        return await self.http.request(method, where, headers=headers, json=body)


@asynccontextmanager
async def upstream(*broken: tuple[Call, Fault], times: int = 10**6) -> AsyncIterator[Upstream]:
    """A seeded server with the project `shop` and the issues SHOP-1 to SHOP-3."""
    store = Store()
    add_project(store, "shop", org="acme", now=NOW.timestamp())
    seed(store, now=NOW.timestamp())
    app = create_app(store, token=TOKEN, org="acme", now=lambda: NOW)
    transport = httpx.ASGITransport(app)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://sentry.test") as http:
            found = Upstream(http, Loopback(""), broken, times)
            async with loopback(found.behave) as server:
                found.server = server
                yield found
    finally:
        store.close()


def environ(url: str, **more: str) -> dict[str, str]:
    return {
        "SENTRY_URL": url,
        "SENTRY_AUTH_TOKEN": TOKEN,
        "SENTRY_ORG_SLUG": "acme",
        "SENTRY_PROJECT": "shop",
        **more,
    }


def passed_on(response: httpx.Response) -> bytes:
    kept = ("link", "x-hits", "x-max-hits")
    headers = {name: response.headers[name] for name in kept if name in response.headers}
    kind = response.headers.get("content-type", "text/plain")
    return answer(response.status_code, response.content, headers=headers, content_type=kind)


# What can go wrong. Each body holds the canary, which may appear in no answer of ours.

PAGE = f"<!doctype html><h1>{CANARY}</h1>".encode()


def refusing(
    name: str, status: int, body: object, *, kind: str = "application/json", **headers: str
) -> Fault:
    raw = answer(status, body, headers=headers, content_type=kind)

    async def play(forward: Forward, line: Line) -> None:
        await line.send(raw)

    return Fault(name, play, refuses=status == 429)


async def _hang(forward: Forward, line: Line) -> None:
    await line.hang()


async def _apply_and_hang(forward: Forward, line: Line) -> None:
    await forward()
    await line.hang()


async def _drip(forward: Forward, line: Line) -> None:
    await line.drip(passed_on(await forward()), every_s=0.1)


async def _reset(forward: Forward, line: Line) -> None:
    await line.reset()


async def _apply_and_reset(forward: Forward, line: Line) -> None:
    await forward()
    await line.reset()


async def _half(forward: Forward, line: Line) -> None:
    whole = passed_on(await forward())
    await line.send(whole[: len(whole) - len(whole) // 4])


async def _cut_json(forward: Forward, line: Line) -> None:
    found = await forward()
    await line.send(answer(200, found.content[: len(found.content) // 2]))


async def _page(forward: Forward, line: Line) -> None:
    await forward()
    await line.send(answer(200, PAGE, content_type="text/html; charset=utf-8"))


async def _nulls(forward: Forward, line: Line) -> None:
    await line.send(answer(200, all_null((await forward()).json())))


async def _apply_and_fail(forward: Forward, line: Line) -> None:
    await forward()
    await line.send(answer(504, PAGE, content_type="text/html"))


DETAIL = {"detail": CANARY}
FAULTS = (
    refusing("429 with Retry-After", 429, DETAIL, **{"Retry-After": "0"}),
    refusing("429 without", 429, CANARY),
    refusing(
        "429 as Sentry writes it",
        429,
        {"detail": f"You are attempting to use this endpoint too frequently. {CANARY}"},
        kind="text/html",
        **{"X-Sentry-Rate-Limit-Remaining": "0", "X-Sentry-Rate-Limit-Reset": "1"},
    ),
    refusing("500", 500, {"detail": "Internal Error", "errorId": CANARY}),
    refusing("502 page", 502, PAGE, kind="text/html"),
    Fault("504 after applying", _apply_and_fail, writes=True),
    Fault("hang", _hang, waits=True),
    Fault("hang after applying", _apply_and_hang, writes=True, waits=True),
    Fault("slow drip", _drip, waits=True),
    Fault("reset", _reset),
    Fault("reset after applying", _apply_and_reset, writes=True),
    Fault("half a body", _half),
    Fault("cut JSON", _cut_json),
    Fault("200 page", _page),
    refusing("401", 401, DETAIL),
    refusing("403", 403, DETAIL),
    refusing("404", 404, DETAIL),
    refusing("410", 410, {"message": CANARY}),
    Fault("nulls", _nulls),
)
