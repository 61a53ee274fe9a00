"""A service in this process, beside a real Sentry stand-in, and the way to it over real HTTP."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes.patience import until
from fakes.told_sentry import ToldSentry, told_sentry
from fakes.webhooks import SECRET
from mcp_servers.sentry_monitor.src.bootstrap import serving
from mcp_servers.sentry_monitor.src.server.transports import listen
from mcp_servers.sentry_monitor.src.service import Service
from mcp_servers.sentry_monitor.src.web.app import create_app
from mcp_servers.sentry_monitor.src.web.serving import serve
from modules.framework.contracts import ModuleInput
from modules.jobs.deliveries import Delivery, State

Start = Callable[..., AbstractAsyncContextManager["Running"]]
Track = Callable[..., AbstractAsyncContextManager["Tracking"]]


@dataclass(frozen=True)
class Running:
    """The service, and a client of it as curl would be one."""

    service: Service
    http: httpx.AsyncClient

    async def settled(self, delivery_id: str) -> Delivery:
        """The delivery once it was decided about."""
        inbox = self.service.watch.inbox

        async def decided() -> Delivery | None:
            found = await inbox.get(delivery_id)
            return found if found.state is not State.NEW else None

        return await until(decided)


@pytest.fixture
def settings(tmp_path: Path, sentry_environ: Mapping[str, str]) -> dict[str, str]:
    return {
        **sentry_environ,
        "SENTRY_FIXER_ENABLED": "true",
        "SENTRY_PROJECTS": f"shop:1:shop:{tmp_path / 'shop'}",
        "SENTRY_DB_PATH": str(tmp_path / "jobs.db"),
        "SENTRY_WEBHOOK_SECRET": SECRET,
    }


@pytest.fixture
def start(settings: Mapping[str, str]) -> Start:
    @asynccontextmanager
    async def started(*, token: str | None = None, **more: str) -> AsyncIterator[Running]:
        stop = asyncio.Event()
        with listen("127.0.0.1", 0) as listener:
            async with serving({**settings, **more}, works=False) as service:
                web = create_app(service, token=token)
                running = asyncio.create_task(serve(web, listener, stop))
                at = f"http://127.0.0.1:{listener.getsockname()[1]}"
                try:
                    async with httpx.AsyncClient(base_url=at, trust_env=False) as client:
                        yield Running(service, client)
                finally:
                    stop.set()
                    with contextlib.suppress(asyncio.CancelledError):
                        await running

    return started


@pytest.fixture
async def sentry() -> AsyncIterator[ToldSentry]:
    """For tests that move its clock, and hear of it by webhooks."""
    async with told_sentry() as found:
        yield found


@dataclass(frozen=True)
class Tracking(Running):
    """A service whose tracker is asked by the operations of the module."""

    async def ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        request = ModuleInput(operation=operation, parameters=parameters)
        output = await self.service.module.execute(request)
        assert output.ok, output.error
        return output.data or {}

    async def listed(self) -> list[dict[str, Any]]:
        """The tracked issues, newest first."""
        found: list[dict[str, Any]] = (await self.ask("list-tracked-issues"))["issues"]
        return found

    async def tracked(self, name: str, **wanted: Any) -> dict[str, Any]:
        """One of them, once it is so and nothing waits to be done."""

        async def look() -> dict[str, Any] | None:
            if name not in [one.get("identifier") for one in await self.listed()]:
                return None
            found = await self.ask("get-tracked-issue", name=name)
            return found if wanted.items() <= found.items() and not found["waits"] else None

        return await until(look)

    async def waiting(self, *, parked: bool) -> dict[str, Any]:
        """The one tracked issue, once something of it was tried in vain."""

        async def look() -> dict[str, Any] | None:
            for one in await self.listed():
                found = await self.ask("get-tracked-issue", name=one["id"])
                if any(left["tries"] and left["parked"] is parked for left in found["waits"]):
                    return found
            return None

        return await until(look)


@pytest.fixture
def track(start: Start, sentry: ToldSentry, tmp_path: Path) -> Track:
    """`rules` is the text of the projects file; Sentry tells the service by its webhooks."""

    @asynccontextmanager
    async def tracking(*, rules: str = "", **more: str) -> AsyncIterator[Tracking]:
        file = tmp_path / "projects.toml"
        file.write_text(rules)
        environ = {
            **sentry.environ(),
            "SENTRY_FIXER_ENABLED": "false",
            "SENTRY_PROJECTS": "",
            "SENTRY_PROJECTS_FILE": str(file),
            "SENTRY_TRACKER": "builtin",
            **more,
        }
        async with start(**environ) as running:
            sentry.tells(f"{running.http.base_url}/api/sentry/webhook")
            yield Tracking(running.service, running.http)

    return tracking


@pytest.fixture
async def running(start: Start) -> AsyncIterator[Running]:
    async with start() as found:
        yield found


def told(answer: httpx.Response) -> Any:
    return answer.json()
