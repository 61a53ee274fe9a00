"""Keeping under a server's limits, by a clock that jumps."""

import asyncio

import pytest

from fakes.time_travel import clock, run
from modules.framework.contracts import Category
from modules.outbound.deadline import deadline
from modules.outbound.errors import HeldBack
from modules.outbound.pacing import Limits, Pace


async def starts(limits: Limits, *, turns: int, lasting_s: float = 0) -> list[float]:
    """When each of `turns` requests began that all wanted to begin at once."""
    pace, began = Pace(limits), []

    async def one() -> None:
        async with pace.turn():
            began.append(clock())
            await asyncio.sleep(lasting_s)

    await asyncio.gather(*(one() for _ in range(turns)))
    return began


def test_without_a_rate_all_begin_at_once() -> None:
    assert run(starts(Limits(concurrent=50), turns=50)) == [0.0] * 50


def test_no_more_are_under_way_than_allowed() -> None:
    began = run(starts(Limits(concurrent=2), turns=6, lasting_s=1))

    assert began == [0, 0, 1, 1, 2, 2]


def test_a_seconds_worth_begins_at_once_and_the_rest_in_step() -> None:
    began = run(starts(Limits(concurrent=50, per_second=5), turns=12))

    assert began == pytest.approx([0] * 5 + [0.2 * n for n in range(1, 8)], abs=1e-6)


def test_after_a_pause_there_is_one_seconds_worth_again_and_not_more() -> None:
    async def twice() -> int:
        pace = Pace(Limits(concurrent=50, per_second=5))
        await asyncio.sleep(60)
        immediately = 0
        for _ in range(20):
            before = clock()
            async with pace.turn():
                immediately += clock() - before < 0.001
        return immediately

    assert run(twice()) == 5


def test_a_hold_holds_everybody() -> None:
    async def held() -> list[float]:
        pace, began = Pace(Limits()), []
        pace.hold(3)
        pace.hold(1)
        for _ in range(2):
            async with pace.turn():
                began.append(clock())
        return began

    assert run(held()) == [3, 3]


def test_a_turn_that_is_given_up_frees_its_slot() -> None:
    async def cancelled() -> float:
        pace = Pace(Limits(concurrent=1))
        pace.hold(50)

        async def turn() -> None:
            async with pace.turn():
                pass

        waiting = asyncio.create_task(turn())
        await asyncio.sleep(1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await turn()
        return clock()

    assert run(cancelled()) == 50


def test_a_hold_that_outlasts_the_call_is_told_at_once_with_its_length() -> None:
    async def held() -> tuple[float, float | None]:
        pace = Pace(Limits())
        pace.hold(30)
        with pytest.raises(HeldBack) as caught:
            async with deadline(10), pace.turn():
                pass
        assert caught.value.category is Category.RATE_LIMIT
        return clock(), caught.value.retry_after_s

    assert run(held()) == (0, 30)


def test_no_hold_is_longer_than_a_minute() -> None:
    async def held() -> float:
        pace = Pace(Limits())
        pace.hold(86_400)
        async with pace.turn():
            return clock()

    assert run(held()) == 60


def test_who_is_refused_takes_nothing_from_the_others() -> None:
    """A caller that polls during a hold must not push the end of it away."""

    async def polled() -> float:
        pace = Pace(Limits(concurrent=5, per_second=5))
        pace.hold(30)
        for _ in range(200):
            with pytest.raises(HeldBack):
                async with deadline(10), pace.turn():
                    pass
        await asyncio.sleep(30)
        async with pace.turn():
            return clock()

    assert run(polled()) == pytest.approx(30, abs=1e-6)


def test_a_hold_stops_those_who_wait_for_their_turn_already() -> None:
    async def held() -> list[float]:
        pace, began = Pace(Limits(concurrent=50, per_second=5)), []

        async def one() -> None:
            async with pace.turn():
                began.append(clock())

        turns = [asyncio.ensure_future(one()) for _ in range(8)]
        await asyncio.sleep(0.1)
        pace.hold(5)
        await asyncio.gather(*turns)
        return began

    began = run(held())
    assert began[:5] == pytest.approx([0] * 5)
    assert all(at >= 5.1 - 1e-6 for at in began[5:])
