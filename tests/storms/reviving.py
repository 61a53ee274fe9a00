"""A service that is killed and begun again, as often as it takes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from .ground import Ground, a_service
from .receiver import Prepare


@dataclass
class Reviving:
    """`ground` is the service of the moment."""

    home: Path
    prepare: Prepare
    settings: Mapping[str, str]
    stack: AsyncExitStack
    current: Ground | None = None
    kills: int = 0
    tracebacks: int = 0  # of those that were killed
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def ground(self) -> Ground:
        if self.current is None:
            raise AssertionError
        return self.current

    def kill(self) -> None:
        """With SIGKILL, and the process that decides with it."""
        if self.current is not None and self.current.process.exitcode is None:
            beside = _children(self.current.process.pid or 0)
            self.current.process.kill()
            for number in beside:
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            self.kills += 1

    async def after(self, dead: Ground | None) -> Ground:
        """The service that is there now, begun if that one was the last and is dead."""
        async with self.turn:
            if self.current is dead and (dead is None or not dead.process.is_alive()):
                await self._end()
                self.current = await self.stack.enter_async_context(
                    a_service(self.home, self.prepare, **self.settings)
                )
            return self.ground

    async def _end(self) -> None:
        if self.current is not None:
            self.tracebacks += self.current.tracebacks
        await self.stack.aclose()


def _children(number: int) -> list[int]:
    with suppress(OSError):
        told = Path(f"/proc/{number}/task/{number}/children").read_text()
        return [int(one) for one in told.split()]
    return []


@asynccontextmanager
async def reviving(home: Path, prepare: Prepare, /, **settings: str) -> AsyncIterator[Reviving]:
    async with AsyncExitStack() as stack:
        one = Reviving(home, prepare, settings, stack)
        await one.after(None)
        yield one
