"""Figures to a verdict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_servers.sentry_monitor.src.operations.health import (
    BARS,
    Counts,
    Rates,
    buckets,
    change,
    rates,
    series_data,
    spark,
    verdict,
)
from modules.sentry.outcomes import Series

WELL = Counts(0, 0, 0)


def figures(
    accepted: int = 100, before: int = 100, dropped: int = 0, per_minute: float = 1
) -> Rates:
    return Rates(
        accepted=accepted,
        filtered=0,
        dropped=dropped,
        before=before,
        per_minute=per_minute,
        peak_per_minute=per_minute,
        trend_percent=change(accepted, before),
    )


def series(*accepted: int, dropped: int = 0) -> Series:
    nothing = (0,) * len(accepted)
    return Series(3600, accepted, nothing, (dropped,) * len(accepted), "stats_v2")


@pytest.mark.parametrize(
    ("found", "counts", "word", "reason"),
    [
        (figures(), WELL, "healthy", "no new, regressed"),
        (figures(0, 0), WELL, "quiet", "check that the application reports"),
        (figures(0, 100), WELL, "quiet", "no errors arrived"),
        (figures(), Counts(None, None, None), "healthy", "no new"),
        (figures(), Counts(1, 0, 0), "watch", "1 new"),
        (figures(), Counts(10, 0, 0), "degraded", "10 new"),
        (figures(), Counts(0, 1, 0), "watch", "1 regressed"),
        (figures(), Counts(0, 3, 0), "degraded", "3 regressed"),
        (figures(), Counts(0, 0, 1), "degraded", "1 escalating"),
        (figures(), Counts(0, 0, 5), "critical", "5 escalating"),
        (figures(dropped=1), WELL, "watch", "1 event was dropped"),
        (figures(accepted=5, dropped=6), WELL, "degraded", "figures are too low"),
        (figures(149), WELL, "healthy", "steady"),
        (figures(150), WELL, "watch", "errors up 50 %"),
        (figures(200), WELL, "degraded", "errors up 100 %"),
        (figures(500, per_minute=9), WELL, "degraded", "errors up 400 %"),
        (figures(500, per_minute=10), WELL, "critical", "errors up 400 %"),
        (figures(19, 1), WELL, "healthy", "steady"),
        (figures(20, 0), WELL, "watch", "the period before had none"),
    ],
    ids=range(19),
)
def test_a_verdict_has_its_reason(found: Rates, counts: Counts, word: str, reason: str) -> None:
    judged, reasons = verdict(found, counts)

    assert judged == word
    assert any(reason in one for one in reasons)


def test_the_worst_reason_comes_first() -> None:
    _, reasons = verdict(figures(dropped=1), Counts(1, 3, 5))

    assert reasons[0] == "5 escalating issues"
    assert len(reasons) == 4


def test_rates_are_of_the_whole_period() -> None:
    found = rates(series(60, 0, 120, dropped=2), series(30, 30, 30))

    assert (found.accepted, found.before, found.dropped) == (180, 90, 6)
    assert (found.per_minute, found.peak_per_minute) == (1.0, 2.0)
    assert found.trend_percent == 100.0


def test_without_events_before_there_is_no_trend() -> None:
    assert figures(5, 0).trend_percent is None


def test_nothing_at_all_divides_by_nothing() -> None:
    found = rates(series(), series())

    assert (found.accepted, found.per_minute, found.peak_per_minute) == (0, 0, 0)


COUNTS = st.lists(st.integers(0, 2**53 - 1), max_size=200)


@given(COUNTS, st.integers(1, 50))
def test_buckets_lose_nothing(values: list[int], size: int) -> None:
    assert sum(buckets(values, size)) == sum(values)


@given(COUNTS)
def test_a_spark_has_a_bar_for_each_value_and_the_highest_is_highest(values: list[int]) -> None:
    line = spark(values)

    assert len(line) == len(values)
    assert set(line) <= set(BARS)
    if values:
        assert line[values.index(max(values))] == max(line)


@given(COUNTS, COUNTS)
def test_any_counts_have_a_verdict(now: list[int], before: list[int]) -> None:
    word, reasons = verdict(rates(series(*now), series(*before)), Counts(None, 1, 2))

    assert word in ("healthy", "watch", "degraded", "critical", "quiet")
    assert reasons


@pytest.mark.parametrize(("period", "hours"), [("24h", 24), ("7d", 168), ("30d", 720)])
def test_an_answer_has_at_most_thirty_steps(period: str, hours: int) -> None:
    told = series_data(series(*([1] * hours)), period)

    assert len(told["accepted"]) <= 30
    assert sum(told["accepted"]) == hours
    assert told["step_hours"] * len(told["accepted"]) == hours
