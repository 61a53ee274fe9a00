"""Keeping under a server's limits: so many at once, so many a second."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from .deadline import remaining_s
from .errors import HeldBack

LONGEST_HOLD_S: Final = 60.0  # what a server asks for by mistake must not end a day's work


@dataclass(frozen=True)
class Limits:
    """`concurrent` requests in flight; `per_second` started a second (None: no bound)."""

    concurrent: int = 25
    per_second: float | None = None


class Pace:
    """Lets requests start no faster than the limits allow, and holds them when told to."""

    def __init__(self, limits: Limits) -> None:
        self._slots = asyncio.Semaphore(limits.concurrent)
        self._gap_s = 1 / limits.per_second if limits.per_second else 0.0
        self._burst_s = 1.0 if limits.per_second else 0.0
        self._next_at = 0.0
        self._held_until = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One request's turn. Raises HeldBack."""
        async with self._slots:
            while (wait_s := self._wait_s()) > 0:  # a hold may come while somebody sleeps
                if wait_s > remaining_s(math.inf):
                    raise HeldBack(retry_after_s=round(wait_s, 1))
                await asyncio.sleep(wait_s)
            self._next_at = self._turn_at()
            yield

    def hold(self, seconds: float) -> None:
        """Start nothing for that long, LONGEST_HOLD_S at most: the server asked for it."""
        until = asyncio.get_running_loop().time() + min(seconds, LONGEST_HOLD_S)
        self._held_until = max(self._held_until, until)

    def _turn_at(self) -> float:
        """When the next one may start. A second's worth may start at once (a leaky bucket)."""
        now = asyncio.get_running_loop().time()
        return max(self._next_at, now - self._burst_s) + self._gap_s

    def _wait_s(self) -> float:
        """Seconds that whoever comes now must wait. Nothing is taken before it starts, so that
        who is refused, or gives up, costs the others nothing."""
        return max(self._turn_at(), self._held_until) - asyncio.get_running_loop().time()
