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
from fakes.webhooks import SECRET
from mcp_servers.sentry_monitor.src.bootstrap import serving
from mcp_servers.sentry_monitor.src.server.transports import listen
from mcp_servers.sentry_monitor.src.service import Service
from mcp_servers.sentry_monitor.src.web.app import create_app
from mcp_servers.sentry_monitor.src.web.serving import serve
from modules.jobs.deliveries import Delivery, State

Start = Callable[..., AbstractAsyncContextManager["Running"]]


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
async def running(start: Start) -> AsyncIterator[Running]:
    async with start() as found:
        yield found


def told(answer: httpx.Response) -> Any:
    return answer.json()
