"""A local Sentry within the test's process, a clock that stands, and events to send."""

import gzip
import json
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from modules.local_sentry.app import create_app
from modules.local_sentry.models import Project
from modules.local_sentry.projects import add_project
from modules.local_sentry.store import Store

Json = dict[str, Any]
API = "/api/0/organizations/acme/"


@dataclass
class Clock:
    now: datetime = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Local:
    """The server, and a client that holds its token."""

    store: Store
    project: Project
    clock: Clock
    client: httpx.AsyncClient

    async def send(self, event: Json, *, key: str | None = None) -> httpx.Response:
        body = json.dumps({"event_id": uuid.uuid4().hex} | event).encode()
        parcel = (
            b"{}\n" + json.dumps({"type": "event", "length": len(body)}).encode() + b"\n" + body
        )
        headers = {
            "Content-Encoding": "gzip",
            "X-Sentry-Auth": f"Sentry sentry_key={key or self.project.public_key}, sentry_version=7",
        }
        path = f"/api/{self.project.id}/envelope/"
        return await self.client.post(path, content=gzip.compress(parcel), headers=headers)

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(API + path, params=query or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def put(self, path: str, **body: Any) -> httpx.Response:
        return await self.client.put(API + path, json=body)

    async def issue(self, number: int = 1) -> Any:
        return await self.get(f"issues/{number}/")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def a_server(clock: Clock) -> AsyncIterator[Callable[..., Local]]:
    opened: list[Local] = []

    def begin(**knobs: Any) -> Local:
        store = Store()
        projects = [
            add_project(store, slug, org="acme", now=clock.now.timestamp())
            for slug in knobs.pop("projects", ("shop",))
        ]
        app = create_app(store, token="t", org="acme", now=clock, **knobs)
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://sentry.test",
            headers={"Authorization": "Bearer t"},
        )
        opened.append(Local(store, projects[0], clock, client))
        return opened[-1]

    yield begin
    for local in opened:
        await local.client.aclose()
        local.store.close()


@pytest.fixture
def an_error() -> Callable[..., Json]:
    def build(kind: str = "ValueError", value: str = "boom", **more: Any) -> Json:
        frame = {
            "filename": "shop/cart.py",
            "module": "shop.cart",
            "function": "total",
            "lineno": more.pop("lineno", 12),
            "pre_context": ["def total(cart):"],
            "context_line": "    return cart.sum / cart.count",
            "post_context": [""],
            "in_app": True,
        }
        outer = frame | {"filename": "wsgi.py", "module": "wsgi", "in_app": False}
        thrown = {"type": kind, "value": value, "stacktrace": {"frames": [outer, frame]}}
        thrown |= {"mechanism": {"type": "generic", "handled": more.pop("handled", True)}}
        return {"platform": "python", "exception": {"values": [thrown]}, **more}

    return build
