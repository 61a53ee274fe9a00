"""What stands before a port and kills this process at its point, as `kill -9` does."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from modules.autofix.ports import Ports

from .points import Point

SLOW, STARTED = "slow", "started"  # files by which a program is told not to end, and tells it began
A_CALL_S: Final = 0.03  # about what a call of git takes


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Doomed:
    """One port; every call but the one of the point goes through."""

    def __init__(self, real: Any, point: Point, nth: int, marks: Path) -> None:
        self._real, self._point, self._left, self._marks = real, point, nth, marks

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        return self._around(real) if name == self._point.method else real

    @asynccontextmanager
    async def unhurried(self) -> AsyncIterator["Doomed"]:
        """What it gives is the port in another form, and as doomed."""
        async with self._real.unhurried() as self._real:
            yield self

    def _around(self, real: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*given: Any, **named: Any) -> Any:
            if not self._is_it(given):
                return await real(*given, **named)
            if self._point.when == "before":
                die()
            if self._point.when == "during":
                self._dying = asyncio.create_task(self._die_meanwhile())
            await real(*given, **named)
            return die()

        return call

    def _is_it(self, given: tuple[Any, ...]) -> bool:
        if self._point.stage is not None and given[0].stage is not self._point.stage:
            return False
        self._left -= 1
        return self._left == 0

    async def _die_meanwhile(self) -> None:
        if not self._point.slow:
            await asyncio.sleep(random.uniform(0, A_CALL_S))  # noqa: S311 - worker.py seeds it
            die()
        (self._marks / SLOW).touch()
        while not (self._marks / STARTED).exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.005)
        die()


def doomed(ports: Ports, point: Point | None, nth: int, marks: Path) -> Ports:
    if point is None or not hasattr(ports, point.port):
        return ports
    port: dict[str, Any] = {point.port: Doomed(getattr(ports, point.port), point, nth, marks)}
    return replace(ports, **port)


def die_at_commit(engine: sa.Engine, nth: int) -> None:
    """What the transaction wrote is there, but for the commit."""
    left = nth

    def commit(_: sa.Connection) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            die()

    sa.event.listen(engine, "commit", commit)
