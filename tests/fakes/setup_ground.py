"""A local Sentry over real HTTP whose project is to be set up, with a clock that a test moves."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.page_text import agent_text
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ModuleInput, ModuleOutput
from modules.framework.module import viewed
from modules.local_sentry.app import create_app
from modules.local_sentry.calls import SCOPES
from modules.local_sentry.models import Project
from modules.local_sentry.projects import add_project
from modules.local_sentry.setup import filters_of, keep, settings_of
from modules.local_sentry.store import Store
from modules.outbound import clock
from modules.telemetry.setup_findings import SENSITIVE_FIELDS

from .loopback import Line, Loopback, Seen, loopback
from .upstream import TOKEN, environ, passed_on

SHOP = "/api/0/projects/acme/shop/"
ACME = "/api/0/organizations/acme/"
Played = Callable[[Seen, Line], Awaitable[None]]


def played(raw: bytes) -> Played:
    async def play(_: Seen, line: Line) -> None:
        await line.send(raw)

    return play


@dataclass
class Ground:
    """`play` answers the requests it is given for, by method and path, in place of the server;
    `after` is called once a request was answered."""

    store: Store
    project: Project
    http: httpx.AsyncClient
    now: datetime = field(default_factory=clock.now)
    server: Loopback = field(default_factory=lambda: Loopback(""))
    play: dict[tuple[str, str], Played] = field(default_factory=dict)
    after: Callable[[Seen], None] = lambda _: None

    async def behave(self, seen: Seen, line: Line) -> None:
        if played := self.play.get((seen.method, seen.path)):
            await played(seen, line)
        else:
            await line.send(await self.forward(seen))
        self.after(seen)

    async def forward(self, seen: Seen) -> bytes:
        """The server's own answer, as bytes."""
        response = await self.http.request(
            seen.method, seen.target, headers=dict(seen.headers), content=seen.body
        )
        return passed_on(response)

    async def ask(self, operation: str, **parameters: Any) -> tuple[ModuleOutput, str]:
        """An outcome, and the page an agent reads."""
        settings = environ(self.server.url, SENTRY_RETRY_ATTEMPTS="1")
        async with SentryErrorMonitorModule(settings) as module:
            output = await module.execute(ModuleInput(operation=operation, parameters=parameters))
        output, page = viewed(output, OPERATIONS.find(operation).view)
        return output, agent_text(output, page)

    async def check(self, **parameters: Any) -> dict[str, Any]:
        output, _ = await self.ask("check-project-setup", **parameters)
        assert output.data is not None, output.error
        return output.data

    async def states(self, **parameters: Any) -> dict[str, str]:
        return {one["name"]: one["state"] for one in (await self.check(**parameters))["findings"]}

    async def fix(self, **parameters: Any) -> ModuleOutput:
        """As whoever has read the plan."""
        plan = (await self.check(**parameters))["plan"] or "00000000"
        output, _ = await self.ask("fix-project-setup", plan=plan, **parameters)
        return output

    async def put(self, path: str, body: dict[str, Any]) -> None:
        """Past everything that plays."""
        answer = await self.http.put(path, json=body, headers={"authorization": f"Bearer {TOKEN}"})
        assert answer.is_success, answer.text

    async def report(self, *, days_ago: float = 0, **event: Any) -> None:
        """An event, as an SDK sends it."""
        at = (self.now - timedelta(days=days_ago)).timestamp()
        key = {"x-sentry-auth": f"Sentry sentry_key={self.project.public_key}, sentry_version=7"}
        body = {"platform": "python", "message": "boom", "timestamp": at, **event}
        answer = await self.http.post(f"/api/{self.project.id}/store/", json=body, headers=key)
        assert answer.is_success, answer.text

    @property
    def settings(self) -> dict[str, Any]:
        return settings_of(self.store, self.project)

    @property
    def filters(self) -> dict[str, Any]:
        return {one["id"]: one["active"] for one in filters_of(self.store, self.project)}

    @property
    def writes(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.server.seen if one.method != "GET"]

    def bodies(self, path: str) -> list[Any]:
        return [
            json.loads(one.body)
            for one in self.server.seen
            if one.method == "PUT" and one.path == path
        ]


@asynccontextmanager
async def a_ground(
    *, platform: str = "javascript-react", without: tuple[str, ...] = (), **knobs: Any
) -> AsyncIterator[Ground]:
    """`without`: scopes that the token lacks; `knobs`: of the local Sentry."""
    with closing(Store()) as store:
        born = clock.now().timestamp() - 200 * 86_400
        project = add_project(store, "shop", org="acme", now=born, platform=platform)
        scopes = [one for one in SCOPES if one not in without]
        ground: Ground

        app = create_app(
            store, token=TOKEN, org="acme", now=lambda: ground.now, scopes=scopes, **knobs
        )
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sentry.test") as http:
            ground = Ground(store, project, http)
            async with loopback(ground.behave) as server:
                ground.server = server
                yield ground


async def fill(one: Ground) -> None:
    """Nothing is wanting then."""
    await one.report(days_ago=89.5, environment="production")
    await one.http.post(
        f"{ACME}releases/",
        headers={"authorization": f"Bearer {TOKEN}"},
        json={"version": "shop@1.0", "projects": ["shop"], "commits": [{"id": "a" * 40}]},
    )
    await one.put(f"{SHOP}ownership/", {"raw": "path:src/* #team"})
    await one.put(
        f"{SHOP}keys/{one.project.public_key}/", {"rateLimit": {"window": 60, "count": 500}}
    )
    await one.put(SHOP, {"sensitiveFields": list(SENSITIVE_FIELDS)})
    for name in ("browser-extensions", "web-crawlers"):
        await one.put(f"{SHOP}filters/{name}/", {"active": True})
    keep(one.store, one.project, "artifact-bundles", [{"bundleId": "1", "fileCount": 3}])
    keep(one.store, one.project, "code-mappings", [{"id": "1", "projectId": str(one.project.id)}])
