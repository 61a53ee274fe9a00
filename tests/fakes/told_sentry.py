"""A local Sentry on real HTTP whose clock a test moves, and which tells a service what happens by its
own signed webhooks."""

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
from starlette.applications import Starlette

from fakes.loopback import Line, Seen, loopback
from fakes.upstream import passed_on
from fakes.webhooks import SECRET
from modules.local_sentry.app import create_app
from modules.local_sentry.projects import add_project
from modules.local_sentry.sender import Delivery, Sender
from modules.local_sentry.store import Store

TOKEN: Final = "local-token-of-a-test"
API: Final = "/api/0/organizations/acme/"


class ToldSentry:
    """It has the projects shop and blog. Until `tells` is called nobody is told anything."""

    def __init__(self) -> None:
        self.url = ""
        self.store = Store()
        self._ahead = timedelta()
        self._keys = {
            slug: add_project(self.store, slug, org="acme", now=self.now().timestamp())
            for slug in ("shop", "blog")
        }
        self._sender: Sender | None = None
        self._app: Starlette | None = None

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def later(self, **span: float) -> None:
        """Not by more than five minutes in all: receivers doubt clocks that are further off."""
        self._ahead += timedelta(**span)

    def tells(self, webhook: str) -> None:
        self._sender = Sender(webhook, secret=SECRET, now=self.now, timeout_s=60)
        self._app = None

    @property
    def deliveries(self) -> list[Delivery]:
        return self._sender.deliveries if self._sender else []

    # -- what happens

    async def report(
        self,
        kind: str = "ZeroDivisionError",
        *,
        value: str = "division by zero",
        project: str = "shop",
        times: int = 1,
        **event: Any,
    ) -> None:
        """An error that the application handled, as an SDK sends it."""
        frame = {"filename": "shop/cart.py", "function": "average", "lineno": 4, "in_app": True}
        thrown = {
            "type": kind,
            "value": value,
            "mechanism": {"type": "generic", "handled": True},
            "stacktrace": {"frames": [frame]},
        }
        known = self._keys[project]
        auth = f"Sentry sentry_version=7, sentry_key={known.public_key}"
        for _ in range(times):
            raw = {"event_id": uuid.uuid4().hex, "level": "error", "platform": "python"}
            body = {**raw, "exception": {"values": [thrown]}, **event}
            path, headers = f"/api/{known.id}/store/", {"x-sentry-auth": auth}
            await self._ask("POST", path, body, headers=headers)

    async def change(self, issue: str, **body: Any) -> None:
        await self._ask("PUT", f"{API}issues/{issue}/", body)

    async def release(self, version: str) -> None:
        await self._ask("POST", f"{API}releases/", {"version": version, "projects": ["shop"]})

    async def alert(self, *, critical: float, warning: float, project: str = "shop") -> None:
        """Of the errors of a minute."""
        triggers = [
            {"label": label, "alertThreshold": threshold, "actions": []}
            for label, threshold in (("critical", critical), ("warning", warning))
        ]
        rule = {"name": "Error rate", "aggregate": "count()", "dataset": "events", "query": ""}
        more = {"timeWindow": 1, "thresholdType": 0, "triggers": triggers, "projects": [project]}
        await self._ask("POST", f"{API}alert-rules/", {**rule, **more})

    async def look(self) -> None:
        """Time alone changes alerts; somebody has to ask."""
        await self._ask("GET", API)

    async def _ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> None:
        """Over HTTP; the webhooks are answered when this returns."""
        given = headers or {"authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
            answer = await client.request(method, path, json=body, headers=given, timeout=90)
        assert answer.is_success, answer.text

    # -- HTTP

    async def behave(self, seen: Seen, line: Line) -> None:
        if self._app is None:
            self._app = create_app(
                self.store,
                token=TOKEN,
                org="acme",
                now=self.now,
                sender=self._sender,
                url=self.url,
                alerts="legacy",
            )
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url=self.url) as inside:
            found = await inside.request(
                seen.method, seen.target, headers=dict(seen.headers), content=seen.body
            )
        await line.send(passed_on(found))

    def environ(self) -> dict[str, str]:
        return {
            "SENTRY_URL": self.url,
            "SENTRY_AUTH_TOKEN": TOKEN,
            "SENTRY_ORG_SLUG": "acme",
            "SENTRY_PROJECT": "shop",
        }

    def told(self) -> list[tuple[str, str]]:
        """Resource and action of each webhook."""
        bodies = [(one.webhook.resource, json.loads(one.webhook.body)) for one in self.deliveries]
        return [(resource, body["action"]) for resource, body in bodies]


@asynccontextmanager
async def told_sentry() -> AsyncIterator[ToldSentry]:
    sentry = ToldSentry()
    try:
        async with loopback(sentry.behave) as listening:
            sentry.url = listening.url
            yield sentry
    finally:
        sentry.store.close()
