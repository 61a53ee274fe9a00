"""One deadline for everything that happens inside a call: requests, waits, retries."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from .errors import DeadlineExceeded

_ends_at: ContextVar[float | None] = ContextVar("deadline", default=None)


@asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[None]:
    """End what runs inside after `seconds`.

    Raises DeadlineExceeded.
    """
    before = _ends_at.set(asyncio.get_running_loop().time() + seconds)
    try:
        async with asyncio.timeout(seconds) as scope:
            yield
    except TimeoutError as error:
        if not scope.expired():
            raise
        raise DeadlineExceeded(f"The operation did not end within {seconds:g} seconds.") from error
    finally:
        _ends_at.reset(before)


def remaining_s(most: float) -> float:
    """Seconds until the deadline, at most `most`; `most` where there is none."""
    ends_at = _ends_at.get()
    if ends_at is None:
        return most
    return max(0.0, min(most, ends_at - asyncio.get_running_loop().time()))
