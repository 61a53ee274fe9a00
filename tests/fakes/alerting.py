"""A local Sentry with alerts of either generation behind a real connection, and a module set to it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import httpx

from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.page_text import agent_text
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ErrorDetail, ModuleInput, ModuleOutput
from modules.framework.module import viewed
from modules.local_sentry.app import create_app
from modules.local_sentry.calls import SCOPES
from modules.local_sentry.projects import add_project
from modules.local_sentry.store import Store

from .loopback import Line, Seen, answer, loopback
from .upstream import passed_on

NOW = datetime(2026, 8, 20, 12, 30, tzinfo=UTC)
TOKEN = "-".join(("planted", "token", "of", "alerts"))
Generation = Literal["workflows", "legacy"]
GENERATIONS: tuple[Generation, ...] = ("workflows", "legacy")
ORG, PROJECT = "/api/0/organizations/acme/", "/api/0/projects/acme/shop/"


Played = Callable[[Seen, Line], Awaitable[None]]


def never(_: int) -> bool:
    return False


@dataclass
class Ground:
    """The server, what was written to it, and what goes wrong: `fail` names the writes, counted
    from 1, that end in a 500 (`lose`: that are applied, and whose answer is lost)."""

    app: Any
    http: httpx.AsyncClient
    generation: Generation
    url: str = ""
    rules_file: Path | None = None
    writes: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    fail: frozenset[int] = frozenset()
    lose: frozenset[int] = frozenset()
    kill: Callable[[int], bool] = never  # called with each write's number, once it is applied
    slow: bool = False  # Sentry's tasks do not end
    absent: tuple[str, ...] = ()  # ends of paths that the server does not have
    asked: list[str] = field(default_factory=list)  # paths, in order
    play: dict[tuple[str, str], Played] = field(default_factory=dict)  # answers in its place

    async def behave(self, seen: Seen, line: Line) -> None:
        self.asked.append(seen.path)
        if seen.method != "GET":
            self.writes.append((seen.method, seen.path, json.loads(seen.body or b"{}")))
        number = len(self.writes)
        if played := self.play.get((seen.method, seen.path)):
            await played(seen, line)
        elif self.slow and "/rule-task/" in seen.path:
            await line.send(answer(200, {"status": "pending", "error": None}))
        elif seen.method != "GET" and number in self.fail:
            await line.send(answer(500, {"detail": "Internal Error", "errorId": None}))
        elif seen.path.endswith(self.absent) and self.absent:
            await line.send(answer(404, {"detail": "The requested resource does not exist"}))
        else:
            found = await self.direct(seen.method, seen.target, seen.body)
            if seen.method != "GET" and (self.kill(number) or number in self.lose):
                await line.reset()
            else:
                await line.send(passed_on(found))

    async def direct(self, method: str, target: str, body: bytes | None = None) -> httpx.Response:
        """Past every fault, and not counted as a write."""
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        return await self.http.request(method, target, headers=headers, content=body)

    async def rows(self, path: str) -> list[dict[str, Any]]:
        found = await self.direct("GET", f"{path}?per_page=100")
        assert found.status_code == 200, found.text
        rows: list[dict[str, Any]] = found.json()
        return rows

    async def put(self, path: str, body: Any) -> dict[str, Any]:
        return await self._sent("PUT", path, body)

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        return await self._sent("POST", path, body)

    async def _sent(self, method: str, path: str, body: Any) -> dict[str, Any]:
        found = await self.direct(method, path, json.dumps(body).encode())
        assert found.status_code in (200, 201), found.text
        sent: dict[str, Any] = found.json()
        return sent

    async def all(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that the server has, by path."""
        paths = [f"{ORG}workflows/", f"{ORG}detectors/"]
        if self.generation == "legacy":
            paths = [f"{PROJECT}rules/", f"{ORG}alert-rules/"]
        return {path: await self.rows(path) for path in paths}

    @property
    def environ(self) -> dict[str, str]:
        environ = {
            "SENTRY_URL": self.url,
            "SENTRY_AUTH_TOKEN": TOKEN,
            "SENTRY_ORG_SLUG": "acme",
            "SENTRY_PROJECT": "shop",
            "SENTRY_RETRY_ATTEMPTS": "1",
            "SENTRY_TIMEOUT": "3" if self.slow else "30",
        }
        if self.rules_file is not None:
            environ["SENTRY_ALERT_RULES_FILE"] = str(self.rules_file)
        return environ

    async def call(self, operation: str, **parameters: Any) -> ModuleOutput:
        """By a module of its own, as each run of a command has."""
        async with SentryErrorMonitorModule(self.environ) as module:
            return await module.execute(ModuleInput(operation=operation, parameters=parameters))

    async def data(self, operation: str, **parameters: Any) -> dict[str, Any]:
        output = await self.call(operation, **parameters)
        assert output.data is not None, output.error
        return output.data

    async def refusal(self, operation: str, **parameters: Any) -> ErrorDetail:
        output = await self.call(operation, **parameters)
        assert output.error is not None, output.data
        assert output.error.recovery_suggestion
        return output.error


@asynccontextmanager
async def alert_ground(
    generation: Generation, *, scopes: Iterable[str] = SCOPES
) -> AsyncIterator[Ground]:
    with _a_store() as store:
        app = create_app(
            store,
            token=TOKEN,
            org="acme",
            now=lambda: NOW,
            alerts=generation,
            scopes=scopes,
        )
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sentry.test") as http:
            ground = Ground(app, http, generation)
            async with loopback(ground.behave) as server:
                ground.url = server.url
                yield ground


@contextmanager
def _a_store() -> Iterator[Store]:
    store = Store()
    project = add_project(store, "shop", org="acme", now=NOW.timestamp())
    add_project(store, "blog", org="acme", now=NOW.timestamp())
    store.write(
        "INSERT INTO environment (project_id, name) VALUES (?, 'production')", (project.id,)
    )
    try:
        yield store
    finally:
        store.close()


def states(data: dict[str, Any]) -> dict[str, str]:
    """What became of each object."""
    return {f"{one['kind']} {one['key']}": one["state"] for one in data["rules"]}


def page_of(output: ModuleOutput) -> str:
    return agent_text(*viewed(output, OPERATIONS.find(output.operation).view))
