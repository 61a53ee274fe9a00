"""Error statistics as geometry."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

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


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60))
def test_every_point_of_a_line_is_within_its_picture(counts: list[int]) -> None:
    found = plot(START, 3600, counts)

    points = [tuple(map(float, one.split(","))) for one in found.line.split()]
    assert len(points) == len(counts)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert all(before[0] < after[0] for before, after in pairwise(points))
    assert [step.count for step in found.steps] == counts


def test_steps_and_ticks_tell_the_time_that_they_are_of() -> None:
    found = plot(START, 3600, [1] * 24)

    assert found.ticks[0] == found.steps[0].at == START
    assert found.ticks[-1] == START + timedelta(hours=24)
    assert len(found.ticks) == TICKS + 1
    assert found.steps[-1].at == START + timedelta(hours=23)


def test_no_counts_are_an_empty_line() -> None:
    assert plot(START, 3600, []).line == ""


@given(st.lists(st.integers(1, 1000), max_size=12), st.integers(0, 1000))
def test_parts_are_the_whole_and_the_rest_comes_last(errors: list[int], other: int) -> None:
    types = [{"type": f"E{at}", "errors": one} for at, one in enumerate(errors)]

    found = parts(types, other)

    assert sum(one.errors for one in found) == sum(errors) + other
    assert len(found) <= TYPES + 1
    assert all(not one.ours for one in found[:-1])
    if found:
        assert abs(sum(one.percent for one in found) - 100) < 1
