"""What changes is told to who looks: server-sent events (WHATWG HTML, 9.2), one look at the
database for all of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from mcp_servers.sentry_monitor.src.service import Service
from modules.framework.errors import ModuleError

from .answers import Refused

LOOK_S: Final = 1.0
BEAT_S: Final = 15.0  # so that proxies, and we, notice who is gone
MOST: Final = 100


class Live:
    """`GET /api/v1/events`: `event: change` whenever a job or a delivery changed."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._listeners: set[asyncio.Event] = set()
        self._looking: asyncio.Task[None] | None = None
        self._number = 0
        self._over = False

    async def events(self, _: Request) -> Response:
        """Raises Refused."""
        if len(self._listeners) >= MOST:
            raise Refused(503, "too_many", f"{MOST} listeners are connected already.")
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._told(), media_type="text/event-stream", headers=headers)

    def close(self) -> None:
        """Streams end, so that the server can stop."""
        self._over = True
        for one in self._listeners:
            one.set()
        if self._looking is not None:
            self._looking.cancel()

    async def _told(self) -> AsyncIterator[str]:
        heard = asyncio.Event()
        self._listeners.add(heard)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield "retry: 3000\n\n"
            while not self._over:
                with suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_S):
                        await heard.wait()
                if heard.is_set() and not self._over:
                    heard.clear()
                    yield f"event: change\ndata: {json.dumps({'number': self._number})}\n\n"
                else:
                    yield ": still here\n\n"
        finally:
            self._listeners.discard(heard)

    async def _look(self) -> None:
        """As long as somebody listens."""
        seen = await self._pulse()
        while self._listeners:
            await asyncio.sleep(LOOK_S)
            found = await self._pulse()
            if found != seen:
                seen, self._number = found, self._number + 1
                for one in self._listeners:
                    one.set()

    async def _pulse(self) -> object:
        try:
            return (await self._service.figures.pulse(), await self._service.watch.inbox.pulse())
        except ModuleError:
            return None  # the database is away: that is a change, too
