"""One deadline for everything inside a call."""

import asyncio

import pytest

from fakes.time_travel import clock, run
from modules.framework.contracts import Category
from modules.outbound.deadline import deadline, note_write, remaining_s
from modules.outbound.errors import DeadlineExceeded, OutcomeUnknown


def test_what_takes_too_long_is_ended_at_the_deadline() -> None:
    async def slow() -> float:
        with pytest.raises(DeadlineExceeded, match="within 2 seconds") as caught:
            async with deadline(2):
                await asyncio.sleep(100)
        assert caught.value.category is Category.TIMEOUT
        assert caught.value.retryable
        return clock()

    assert run(slow()) == 2


def test_the_time_that_remains_shrinks() -> None:
    async def told() -> list[float]:
        async with deadline(10):
            first = remaining_s(60)
            await asyncio.sleep(4)
            return [first, remaining_s(60), remaining_s(1)]

    assert run(told()) == [10, 6, 1]


def test_without_a_deadline_there_is_as_much_as_wanted() -> None:
    async def told() -> float:
        async with deadline(1):
            pass
        return remaining_s(7)

    assert run(told()) == 7


def test_a_timeout_of_somebody_else_passes_through() -> None:
    async def other() -> None:
        async with deadline(10):
            raise TimeoutError

    with pytest.raises(TimeoutError):
        run(other())


def test_tasks_inside_share_the_deadline() -> None:
    async def told() -> list[float]:
        async def one() -> float:
            await asyncio.sleep(1)
            return remaining_s(60)

        async with deadline(5):
            return list(await asyncio.gather(one(), one()))

    assert run(told()) == [4, 4]


def test_a_call_that_sent_a_change_ends_in_doubt() -> None:
    async def slow() -> None:
        async with deadline(2):
            await asyncio.gather(write())
            await asyncio.sleep(100)

    async def write() -> None:
        note_write()

    with pytest.raises(OutcomeUnknown, match="a change was sent before") as caught:
        run(slow())
    assert not caught.value.retryable
