"""A local Sentry behind a real connection, on which one call after another can go wrong."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any, ClassVar, Protocol, Self

import httpx

from modules.local_sentry.app import create_app
from modules.local_sentry.projects import add_project
from modules.local_sentry.seed import seed
from modules.local_sentry.store import Store, marks

from .loopback import Line, Loopback, Seen, answer, loopback

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


@dataclass(frozen=True)
class Scene:
    """A request on which a fault plays; `elsewhere` is the URL of a host that nobody may ask."""

    seen: Seen
    line: Line
    call: Call
    elsewhere: str
    forward: Callable[[], Awaitable[httpx.Response]]

    def random(self, seed: int) -> Random:
        """Another one for each call, the same at each run."""
        return Random(f"{seed} {self.call}")  # noqa: S311 - chooses what to spoil


Play = Callable[[Scene], Awaitable[None]]
GOOD = "good"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a call and the later ones like it.

    `read` and `write`: the codes of the errors that it may end in, GOOD for an answer.
    `refuses`: the server says that it did nothing, so that a write may be sent again.
    `only`: it is another fault only for a "read" or a "write". `waits`: it ends by our clock alone.
    `times`: it passes after so many. `tries`: how often the caller asks. `any_turn`: it is worth
    trying on the second request of a kind as on the first.
    """

    name: str
    play: Play
    read: tuple[str, ...]
    write: tuple[str, ...] = (GOOD,)
    refuses: bool = False
    only: str = ""
    waits: bool = False
    times: int = 10**6
    tries: int = 1
    any_turn: bool = True

    def fits(self, call: Call) -> bool:
        if call.nth > 1 and not self.any_turn:
            return False
        return self.only in ("", "write" if call.write else "read")


class Stage(Protocol):
    """A server of a test on which a fault can play: `play` answers, by method and path."""

    @property
    def http(self) -> httpx.AsyncClient: ...
    @property
    def play(self) -> dict[tuple[str, str], Callable[[Seen, Line], Awaitable[None]]]: ...


def spoil(stage: Stage, method: str, path: str, fault: Fault) -> None:
    """The fault plays on each request of a method and a path."""

    async def play(seen: Seen, line: Line) -> None:
        async def forward() -> httpx.Response:
            return await stage.http.request(
                seen.method, seen.target, headers=dict(seen.headers), content=seen.body
            )

        await fault.play(Scene(seen, line, Call(method, path), "http://127.0.0.1:9", forward))

    stage.play[(method, path)] = play


@dataclass
class Upstream:
    """The server's side of one operation, and a host elsewhere that only listens."""

    sentry: "Sentry"
    server: Loopback
    elsewhere: Loopback
    broken: tuple[tuple[Call, Fault], ...] = ()
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)
    applied: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def behave(self, seen: Seen, line: Line) -> None:
        key = (seen.method, seen.path)
        self.counted[key] += 1

        async def forward() -> httpx.Response:
            response = await self.sentry.answer(seen)
            self.applied[key] += response.is_success
            return response

        for call, fault in self.broken:
            beyond = self.counted[key] - call.nth
            if key == (call.method, call.path) and 0 <= beyond < fault.times:
                await fault.play(Scene(seen, line, call, self.elsewhere.url, forward))
                return
        await line.send(passed_on(await forward()))

    @property
    def most_applied(self) -> int:
        """How often the write was applied that was applied most."""
        writes = [times for (method, _), times in self.applied.items() if method != "GET"]
        return max(writes, default=0)

    @property
    def most_sent(self) -> int:
        """How often the write was sent that was sent most."""
        writes = [times for (method, _), times in self.counted.items() if method != "GET"]
        return max(writes, default=0)

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
        assert (await self._direct("PUT", issue, json.dumps(body).encode())).status_code == 200

    async def _direct(self, method: str, issue: str, body: bytes = b"") -> httpx.Response:
        where = f"/api/0/organizations/acme/issues/{issue}/"
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        return await self.sentry.answer(Seen(method, where, headers, body))


class Sentry:
    """A seeded server with the project `shop` and the issues SHOP-1 to SHOP-3.

    Thousands are needed, and most are only read: until the first change, what one has answered
    is the answer of all.
    """

    _KNOWN: ClassVar[dict[tuple[str, str | None], httpx.Response]] = {}

    def __init__(self) -> None:
        self._http: httpx.AsyncClient | None = None
        self._changed = False
        self._closing = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._closing.aclose()

    async def answer(self, seen: Seen) -> httpx.Response:
        key = (seen.target, seen.headers.get("authorization"))
        self._changed = self._changed or seen.method != "GET"
        if not self._changed and key in self._KNOWN:
            return self._KNOWN[key]
        response = await (await self._opened()).request(
            seen.method, seen.target, headers=dict(seen.headers), content=seen.body
        )
        if not self._changed:
            self._KNOWN[key] = response
        return response

    async def _opened(self) -> httpx.AsyncClient:
        if self._http is None:
            store = self._closing.enter_context(closing(_seeded()))
            app = create_app(store, token=TOKEN, org="acme", now=lambda: NOW)
            transport = httpx.ASGITransport(app)
            self._http = httpx.AsyncClient(transport=transport, base_url="http://sentry.test")
            await self._closing.enter_async_context(self._http)
        return self._http


@asynccontextmanager
async def upstream(*broken: tuple[Call, Fault]) -> AsyncIterator[Upstream]:
    async with Sentry() as sentry, loopback(_listen) as elsewhere:
        found = Upstream(sentry, Loopback(""), elsewhere, broken)
        async with loopback(found.behave) as server:
            found.server = server
            yield found


def _seeded() -> Store:
    """A copy of the one that was seeded: that takes longer."""
    store = Store()
    for insert, rows in _rows():
        store.write_many(insert, rows)
    return store


@cache
def _rows() -> list[tuple[str, list[tuple[Any, ...]]]]:
    with closing(Store()) as store:
        add_project(store, "shop", org="acme", now=NOW.timestamp())
        seed(store, now=NOW.timestamp())
        tables = store.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        )
        return [filled for one in tables if (filled := _filled(store, one["name"]))[1]]


def _filled(store: Store, table: str) -> tuple[str, list[tuple[Any, ...]]]:
    """The statement that fills a table, and its rows."""
    rows = [tuple(row.values()) for row in store.rows(f"SELECT * FROM {table}")]  # noqa: S608 - ours
    return f"INSERT INTO {table} VALUES ({marks(rows[0]) if rows else ''})", rows  # noqa: S608


async def _listen(seen: Seen, line: Line) -> None:
    """A host that would take whatever comes."""
    await line.send(answer(200, {}))


def environ(url: str, **more: str) -> dict[str, str]:
    return {
        "SENTRY_URL": url,
        "SENTRY_AUTH_TOKEN": TOKEN,
        "SENTRY_ORG_SLUG": "acme",
        "SENTRY_PROJECT": "shop",
        **more,
    }


def passed_on(response: httpx.Response) -> bytes:
    kind = response.headers.get("content-type", "text/plain")
    headers = headers_of(response)
    return answer(response.status_code, response.content, headers=headers, content_type=kind)


def headers_of(response: httpx.Response) -> dict[str, str]:
    """Those that belong to the API."""
    kept = ("link", "x-hits", "x-max-hits")
    return {name: response.headers[name] for name in kept if name in response.headers}
