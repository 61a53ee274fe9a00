"""One deadline for everything that happens inside a call: requests, waits, retries."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from .errors import DeadlineExceeded, OutcomeUnknown


@dataclass
class _Call:
    ends_at: float
    wrote: bool = False


_call: ContextVar[_Call | None] = ContextVar("deadline", default=None)


@asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[None]:
    """End what runs inside after `seconds`.

    Raises DeadlineExceeded; OutcomeUnknown once a change was sent, since then nobody may simply
    try again.
    """
    call = _Call(asyncio.get_running_loop().time() + seconds)
    before = _call.set(call)
    try:
        async with asyncio.timeout(seconds) as scope:
            yield
    except TimeoutError as error:
        if not scope.expired():
            raise
        what = f"The answer did not come within {seconds:.3g} seconds"
        if call.wrote:
            raise OutcomeUnknown(f"{what}; a change was sent before.") from error
        raise DeadlineExceeded(f"{what}.") from error
    finally:
        _call.reset(before)
        if call.wrote:
            note_write()  # whoever waits around this must know, too


@asynccontextmanager
async def part_of_the_time(part: float) -> AsyncIterator[None]:
    """What an answer can do without gets a part (0 to 1) of the time that is left, so that the
    answer itself comes in time.

    Raises DeadlineExceeded.
    """
    left_s = remaining_s(math.inf)
    if left_s == math.inf:
        yield
        return
    async with deadline(part * left_s):
        yield


def note_write() -> None:
    """A change is about to be sent."""
    if (call := _call.get()) is not None:
        call.wrote = True


def remaining_s(most: float) -> float:
    """Seconds until the deadline, at most `most`; `most` where there is none."""
    call = _call.get()
    if call is None:
        return most
    return max(0.0, min(most, call.ends_at - asyncio.get_running_loop().time()))
