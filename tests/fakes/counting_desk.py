"""get-error-statistics on a local Sentry in this process, whose clock a test sets and whose answers it
may refuse."""

import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.operations.services import CAPS, Services
from mcp_servers.sentry_monitor.src.page_text import agent_text
from modules.framework.contracts import ModuleInput, ModuleOutput
from modules.framework.module import Module, viewed
from modules.local_sentry.app import create_app
from modules.local_sentry.models import Project
from modules.local_sentry.outcomes import note
from modules.local_sentry.projects import add_project
from modules.local_sentry.store import Store
from modules.outbound.deadline import deadline
from modules.outbound.http_client import HttpClient
from modules.outbound.messages import Rules
from modules.safetext.policy import Policy
from modules.sentry.client import SentryClient

URL = "http://127.0.0.1:9"
LOGIN = {"authorization": "Bearer local-token"}
OPERATION = "get-error-statistics"


@dataclass
class CountingDesk(httpx.AsyncBaseTransport):
    """The operation, the server behind it, and what passes between them."""

    now: datetime
    projects: dict[str, Project]
    store: Store
    inner: httpx.AsyncBaseTransport
    refuses: Callable[[httpx.URL], int] = lambda _: 0  # a status in place of an answer
    seen: list[httpx.URL] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request.url)
        if status := self.refuses(request.url):
            return httpx.Response(status, json={"detail": "no"})
        return await self.inner.handle_async_request(request)

    async def ask(self, **parameters: Any) -> ModuleOutput:
        self.seen.clear()
        asked = ModuleInput(operation=OPERATION, parameters=parameters)
        return await self.module().execute(asked)

    async def data(self, **parameters: Any) -> dict[str, Any]:
        output = await self.ask(**parameters)
        assert output.data is not None, output.error
        return output.data

    async def text(self, **parameters: Any) -> str:
        output = await self.ask(**parameters)
        assert output.ok, output.error
        return agent_text(*viewed(output, OPERATIONS.find(OPERATION).view))

    def module(self) -> Module[Services]:
        return Module(OPERATIONS, self._open)

    @asynccontextmanager
    async def _open(self, request: ModuleInput) -> AsyncIterator[Services]:
        rules = Rules(timeout_s=20, attempts=1)
        async with deadline(request.timeout_seconds or 30):
            client = SentryClient(
                URL,
                connect=lambda at: HttpClient(at, headers=LOGIN, rules=rules, transport=self),
                org="acme",
            )
            yield Services(
                sentry=client,
                project=None,
                policy=Policy(caps=CAPS),
                now=lambda: self.now,
                operation_scopes={},
                mapped=lambda: tuple(self.projects),
            )

    async def report(
        self, slug: str, kind: str = "ValueError", *, at: datetime | None = None, user: str = "1"
    ) -> None:
        """One error, at a time (now)."""
        event = {
            "event_id": uuid.uuid4().hex,
            "timestamp": (at or self.now).timestamp(),
            "platform": "python",
            "user": {"id": user},
            "exception": {"values": [{"type": kind, "value": f"of {slug}"}]},
        }
        project = self.projects[slug]
        where = f"/api/{project.id}/store/?sentry_key={project.public_key}"
        assert (await self._send("POST", where, event)).status_code == 200

    def count(self, slug: str, at: datetime, errors: int = 1) -> None:
        """For the server's statistics alone."""
        number = self.projects[slug].id
        note(self.store, "accepted", project_id=number, at=at.timestamp(), quantity=errors)

    async def resolve(self, slug: str, kind: str, *, after: timedelta = timedelta(0)) -> None:
        """The issue of that type; the clock has moved by then."""
        self.now += after
        where = "/api/0/organizations/acme/issues/"
        query = f"?project={self.projects[slug].id}&query=error.type:{kind}"
        (issue,) = (await self._send("GET", where + query)).json()
        done = await self._send("PUT", f"{where}{issue['id']}/", {"status": "resolved"})
        assert done.status_code == 200

    async def _send(self, method: str, where: str, body: Any = None) -> httpx.Response:
        async with httpx.AsyncClient(transport=self.inner, base_url=URL, headers=LOGIN) as http:
            return await http.request(method, where, json=body)


@asynccontextmanager
async def counting_desk(now: datetime, projects: Sequence[str] = ("shop",)) -> AsyncIterator[Any]:
    store = Store()
    born = (now - timedelta(days=200)).timestamp()
    known = {slug: add_project(store, slug, org="acme", now=born) for slug in projects}
    app = create_app(store, token="local-token", org="acme", now=lambda: desk.now)
    desk = CountingDesk(now, known, store, httpx.ASGITransport(app=app))
    try:
        yield desk
    finally:
        store.close()
