"""Error statistics as geometry."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mcp_servers.sentry_monitor.src.web.error_charts import (
    HEIGHT,
    TICKS,
    TYPES,
    WIDTH,
    nice,
    parts,
    plot,
)

START = datetime(2026, 11, 25, 13, tzinfo=UTC)


@given(st.integers(0, 10**12))
def test_a_scale_ends_at_an_even_number_that_holds_all(value: int) -> None:
    found = nice(value)

    assert value <= found <= max(2, value * 5 // 2 + 1)
    assert found % 2 == 0


def a_series(counts: list[int], *, first_s: float = 3600, last_s: float = 3600) -> dict[str, Any]:
    """Of hours, as the operation tells it."""
    seconds = [first_s, *[3600.0] * (len(counts) - 2), last_s][: len(counts)]
    rates = [
        round(count * 3600 / part, 3) if part >= 900 else None
        for count, part in zip(counts, seconds, strict=True)
    ]
    return {
        "start": START.isoformat(),
        "step_seconds": 3600,
        "errors": counts,
        "seconds": seconds,
        "per_hour": rates,
    }


def points(given: str) -> list[tuple[float, ...]]:
    return [tuple(map(float, one.split(","))) for one in given.split()]


PARTS = st.floats(0, 3600)


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=60), PARTS, PARTS)
def test_every_point_of_a_line_is_within_its_picture(
    counts: list[int], first_s: float, last_s: float
) -> None:
    found = plot(a_series(counts, first_s=first_s, last_s=last_s))

    shown = [*points(found.begin), *points(found.line), *points(found.ongoing)]
    assert all(0 <= x <= WIDTH + 0.1 and 0 <= y <= HEIGHT for x, y in shown)
    assert all(before[0] < after[0] for before, after in pairwise(points(found.line)))
    assert [step.count for step in found.steps] == counts


def test_steps_and_ticks_tell_the_time_that_they_are_of() -> None:
    found = plot(a_series([1] * 25, first_s=600, last_s=3000))

    assert found.ticks[0] == found.steps[0].at == START
    assert found.ticks[-1] == START + timedelta(hours=24)
    assert len(found.ticks) == TICKS + 1
    assert found.steps[1].at == START + timedelta(minutes=10)
    assert [one.whole for one in found.steps] == [False, *[True] * 23, False]


def test_an_hour_under_way_is_drawn_apart_and_as_high_as_it_will_be() -> None:
    found = plot(a_series([60] * 24 + [30], last_s=1800))

    assert {y for _, y in points(found.line)} == {y for _, y in points(found.ongoing)}
    assert len(points(found.line)) == 24
    assert points(found.ongoing)[0] == points(found.line)[-1]
    assert found.begin == ""


def test_an_hour_that_has_just_begun_is_not_drawn() -> None:
    found = plot(a_series([60] * 24 + [3], last_s=180))

    assert found.ongoing == ""
    assert len(points(found.line)) == 24
    assert found.steps[-1].count == 3


def test_no_counts_are_an_empty_line() -> None:
    assert plot(a_series([])).line == ""


@given(st.lists(st.integers(1, 1000), max_size=12), st.integers(0, 1000))
def test_parts_are_the_whole_and_the_rest_comes_last(errors: list[int], other: int) -> None:
    types = [{"type": f"E{at}", "errors": one} for at, one in enumerate(errors)]

    found = parts(types, other)

    assert sum(one.errors for one in found) == sum(errors) + other
    assert len(found) <= TYPES + 1
    assert all(not one.ours for one in found[:-1])
    if found:
        assert abs(sum(one.percent for one in found) - 100) < 1
