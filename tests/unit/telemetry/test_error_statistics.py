"""Counts to error statistics."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.telemetry.error_statistics import (
    HOURS,
    SHOWN_S,
    Counted,
    Looked,
    Period,
    Window,
    distribution,
    fair,
    hours_open,
    in_periods,
    line,
    rate,
    resolution,
    spread,
    statistics,
    together,
    trend,
)

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
LATE = datetime(2026, 11, 26, 12, 59, 59, tzinfo=UTC)
DAY = Window("24h", LATE)
PERIODS = st.sampled_from(get_args(Period))
MOMENTS = st.integers(1_600_000_000, 1_900_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
COUNTS = st.integers(0, 10**9)
NAMES = st.sampled_from(["ValueError", "KeyError", "django.db.OperationalError", "x", "", "ä"])


@given(PERIODS, MOMENTS)
def test_a_window_is_as_long_as_its_period_and_its_steps_hold_it(
    period: Period, now: datetime
) -> None:
    window = Window(period, now)

    assert window.end - timedelta(seconds=window.step_s) <= now < window.end
    assert window.first <= window.start < window.first + timedelta(seconds=window.step_s)
    assert window.end - window.first == timedelta(seconds=window.steps * window.step_s)
    assert window.steps_before * window.step_s == HOURS[period] * 3600
    assert window.start - window.start_before == window.length
    if window.compared:
        assert window.elapsed_s == HOURS[period] * 3600
    else:  # the server keeps no more
        assert window.start == window.first
        assert 0 <= HOURS[period] * 3600 - window.elapsed_s <= 3600


def test_an_hour_is_counted_by_the_minute_and_a_day_by_the_hour() -> None:
    hour = Window("1h", NOON)

    assert (hour.step_s, hour.steps, hour.end) == (60, 61, NOON + timedelta(minutes=1))
    assert (DAY.step_s, DAY.steps, DAY.end) == (3600, 25, NOON + timedelta(hours=1))


@given(PERIODS, MOMENTS, st.data())
def test_a_line_loses_no_error_and_no_time(
    period: Period, now: datetime, data: st.DataObject
) -> None:
    window = Window(period, now)
    counts = data.draw(
        st.lists(COUNTS, min_size=window.steps, max_size=window.steps)
        if window.steps <= 61
        else st.just([1] * window.steps)
    )

    found = line(window, counts)

    assert sum(found.counts) == sum(counts)
    assert len(found.counts) - HOURS[period] * 3600 // SHOWN_S[period] in (0, 1)
    assert len(found.each(60)) == len(found.counts) == len(found.seconds)
    assert sum(found.seconds) == pytest.approx(window.elapsed_s)
    assert all(one == found.step_s for one in found.seconds[1:-1])


def test_rates_are_of_the_whole_day() -> None:
    found = rate(Window("24h", NOON + timedelta(minutes=30)), [*[0] * 23, 60, 1380])

    assert found.per_minute == 1.0
    assert found.per_hour == 60.0
    assert found.peak_per_minute == 23.0


def test_a_line_tells_each_step_a_minute_and_an_hour() -> None:
    window = Window("24h", NOON + timedelta(minutes=30))

    found = line(window, [15, *[0] * 22, 90, 45])

    assert (found.seconds[0], found.seconds[-1]) == (1800, 1800)
    assert (found.each(60)[0], found.each(60)[-2:]) == (0.5, (1.5, 1.5))
    assert (found.each(3600)[0], found.each(3600)[-2:]) == (30.0, (90.0, 90.0))


def test_too_little_of_a_step_has_no_rate() -> None:
    found = line(Window("24h", NOON + timedelta(minutes=5)), [1] * 25)

    assert found.each(60)[-1] is None
    assert found.each(60)[0] == round(1 / 55, 3)


@given(PERIODS, MOMENTS, st.integers(1, 60))
def test_errors_that_come_evenly_are_as_many_in_both_periods(
    period: Period, now: datetime, each: int
) -> None:
    """In every step `each` a minute; the last one has those of the time that is over."""
    window = Window(period, now)
    step = each * window.step_s // 60
    last = round(step * (1 - window.part_after(now)))
    part, part_before = window.part_after(window.start), window.part_after(window.start_before)
    counts = [step] * (window.steps + window.steps_before - 1) + [last]

    found, before = in_periods(window, counts, part=part, part_before=part_before)

    assert len(found) == window.steps
    assert abs(sum(found) - window.elapsed_s / 60 * each) <= 2
    assert not window.compared or abs(before - sum(found)) <= 4


def test_a_server_that_knows_less_tells_none_of_the_oldest() -> None:
    found, before = in_periods(DAY, [7] * 26, part=0.0, part_before=0.0)

    assert found == (0, *[7] * 24)
    assert before == 7 + 7


@pytest.mark.parametrize(
    ("now", "before", "direction", "percent"),
    [
        (0, 0, "steady", None),
        (1, 0, "steady", None),
        (3, 0, "steady", None),
        (5, 0, "up", None),
        (2, 1, "steady", 100.0),
        (1, 2, "steady", -50.0),
        (4, 10, "steady", -60.0),
        (0, 5, "down", -100.0),
        (20, 10, "steady", 100.0),
        (24, 10, "up", 140.0),
        (150, 100, "up", 50.0),
        (100, 150, "down", -33.3),
        (105_000, 100_000, "steady", 5.0),  # certain, and not worth a word
        (111_000, 100_000, "up", 11.0),
    ],
)
def test_a_trend_needs_more_than_chance_and_more_than_a_tenth(
    now: int, before: int, direction: str, percent: float | None
) -> None:
    found = trend(now, before)

    assert (found.direction, found.percent, found.before) == (direction, percent, before)


def test_what_is_not_known_of_the_period_before_is_no_trend() -> None:
    found = trend(100, None)

    assert (found.direction, found.percent, found.before) == ("unknown", None, None)


@given(COUNTS, COUNTS)
def test_a_trend_turns_round_with_its_periods(now: int, before: int) -> None:
    opposite = {"up": "down", "down": "up", "steady": "steady"}

    forth, back = trend(now, before), trend(before, now)

    # A change of 10 % up is one of 9 % down: only near that border the two may differ.
    if forth.direction != "steady" and back.direction != "steady":
        assert back.direction == opposite[forth.direction]
    if forth.percent is not None and forth.direction != "steady":
        assert (forth.percent > 0) == (forth.direction == "up")


@given(st.lists(st.tuples(NAMES, st.integers(0, 1000))), st.integers(0, 5000), st.integers(0, 4))
def test_a_distribution_is_the_whole_in_parts(
    pairs: list[tuple[str, int]], errors: int, most: int
) -> None:
    named, other = distribution(pairs, errors, most=most)

    counted = sum(count for _, count in pairs)
    assert sum(one.errors for one in named) + other == max(errors, counted)
    assert len(named) <= most
    assert len({one.type for one in named}) == len(named)
    assert [one.errors for one in named] == sorted((one.errors for one in named), reverse=True)
    assert all(0 < one.share <= 1 for one in named)


def test_types_of_several_issues_are_added_and_the_rest_is_told() -> None:
    pairs = [("KeyError", 3), ("ValueError", 4), ("KeyError", 2), ("OSError", 1)]

    named, other = distribution(pairs, 20, most=2)

    assert [(one.type, one.errors, one.share) for one in named] == [
        ("KeyError", 5, 0.25),
        ("ValueError", 4, 0.2),
    ]
    assert other == 11


def test_a_resolution_has_mean_and_median_and_none_is_no_zero() -> None:
    none = resolution(Looked((), 7, 7))
    assert (none.issues, none.mean_hours, none.median_hours) == (0, None, None)
    found = resolution(Looked((1.0, 2.0, 99.0), 24, 40))
    assert (found.looked_at, found.of) == (24, 40)
    assert (found.issues, found.mean_hours, found.median_hours) == (3, 34.0, 2.0)


@pytest.mark.parametrize(
    ("opened", "resolved", "hours"),
    [
        (NOON - timedelta(days=3), NOON, 72.0),
        (NOON - timedelta(days=3), NOON - timedelta(days=2), None),  # before the period
        (NOON, NOON - timedelta(hours=1), None),  # a server whose clock went back
    ],
)
def test_only_what_was_resolved_in_the_period_counts(
    opened: datetime, resolved: datetime, hours: float | None
) -> None:
    assert hours_open(DAY, opened, resolved) == hours


def a_look(*hours: float) -> Looked:
    return Looked(hours, looked_at=len(hours), of=10)


def a_project(*now: int, **more: object) -> Counted:
    filled = (*[0] * (25 - len(now)), *now)
    return Counted(**{"now": filled, "before": 24, **more})  # type: ignore[arg-type]


def test_projects_together_are_their_sums() -> None:
    shop = a_project(2, 3, types=(("KeyError", 5),), affected_users=2, resolved=a_look(1.0, 3.0))
    web = a_project(1, types=(("KeyError", 1),), affected_users=1, resolved=a_look(8.0))

    found = statistics(DAY, together([shop, web]), types=5)

    assert found.errors == 6
    assert found.trend.before == 48
    assert [(one.type, one.errors) for one in found.types] == [("KeyError", 6)]
    assert (found.affected_users, found.users_exact) == (3, False)
    assert found.resolution is not None
    assert (found.resolution.looked_at, found.resolution.of) == (3, 20)
    assert (found.resolution.mean_hours, found.resolution.median_hours) == (4.0, 3.0)


def test_what_one_project_does_not_tell_is_unknown_of_all() -> None:
    known = a_project(1, affected_users=2, resolved=a_look(1.0))

    found = statistics(DAY, together([known, a_project(1, before=None)]), types=5)

    assert (found.affected_users, found.users_exact) == (None, None)
    assert found.resolution is None
    assert found.trend.direction == "unknown"


def test_types_that_are_not_known_are_no_other_types() -> None:
    shop, web = a_project(5), a_project(3, types=(("KeyError", 2),))

    alone, both = (statistics(DAY, one, types=5) for one in (shop, together([shop, web])))

    assert (alone.types, alone.type_count, alone.other_errors) == ((), None, None)
    assert (both.errors, both.type_count, both.other_errors) == (8, None, 1)
    assert [one.share for one in both.types] == [0.6667]


def test_users_of_one_project_alone_are_counted_exactly() -> None:
    one, other = a_project(1, affected_users=7), a_project(1, affected_users=0)

    assert together([one, other]).users_exact


@given(st.integers(0, 200), st.lists(st.integers(0, 100), max_size=20))
def test_what_one_does_not_want_the_others_get(whole: int, wishes: list[int]) -> None:
    parts = fair(whole, wishes)

    assert sum(parts) == min(whole, sum(wishes))
    assert all(part <= wish for part, wish in zip(parts, wishes, strict=True))
    cut = [part for part, wish in zip(parts, wishes, strict=True) if part < wish]
    assert not cut or min(cut) >= max(parts) - 1


@given(st.integers(0, 300), st.integers(0, 120))
def test_what_is_chosen_is_spread_evenly(length: int, most: int) -> None:
    found = spread(range(length), most)

    assert len(found) == min(most, length)
    assert len(set(found)) == len(found)
    if found:
        between = length / len(found)
        assert all(abs(at - (n + 0.5) * between) <= 1 for n, at in enumerate(found))


@given(st.lists(st.lists(st.integers(0, 1000), min_size=25, max_size=25), min_size=1, max_size=4))
def test_one_project_alone_is_what_it_is_together(rows: list[list[int]]) -> None:
    many = [a_project(*row, affected_users=1, resolved=a_look()) for row in rows]

    assert together(many[:1]) == many[0]
    assert sum(together(many).now) == sum(map(sum, rows))
