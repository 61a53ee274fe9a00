"""Error statistics as metrics: bounded labels, safe values, nothing that is not known."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from fakes.statistics_answers import a_module, an_answer, figures
from mcp_servers.sentry_monitor.src.kept_statistics import KeptStatistics
from mcp_servers.sentry_monitor.src.web.error_metrics import (
    ISSUES,
    NEW_A_DAY,
    OTHER,
    TYPES,
    Admitted,
    ErrorMetrics,
    safe_type,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Fixed(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        return self._metrics


def page(metrics: list[Metric]) -> str:
    registry = CollectorRegistry()
    registry.register(Fixed(metrics))
    return generate_latest(registry).decode()


def samples(metrics: list[Metric], name: str) -> dict[tuple[str, ...], float]:
    """By the values of their labels, as a scraper reads them."""
    return {
        tuple(value for _, value in sorted(one.labels.items())): one.value
        for family in text_string_to_metric_families(page(metrics))
        for one in family.samples
        if one.name == name
    }


async def kept(*answers: dict[str, Any] | None, every_s: float = 300) -> KeptStatistics:
    module = a_module(*answers)
    found = KeptStatistics(module, every_s=every_s, now=lambda: NOW, projects=lambda: ("shop",))
    for _ in answers:
        await found.refresh()
    return found


async def test_every_figure_has_its_project_and_its_unit() -> None:
    answer = an_answer(shop=figures(errors=1440, users=7, lately=2.4))

    found = ErrorMetrics().of(await kept(answer), NOW + timedelta(seconds=30))

    assert samples(found, "sentry_monitor_errors_per_minute") == {("shop",): 2.4}
    assert samples(found, "sentry_monitor_errors_24h") == {("shop",): 1440}
    assert samples(found, "sentry_monitor_affected_users_24h") == {("shop",): 7}
    assert samples(found, "sentry_monitor_errors_before_24h") == {("shop",): 720}
    assert samples(found, "sentry_monitor_resolved_issues_24h") == {("shop",): 2}
    assert samples(found, "sentry_monitor_resolution_seconds_24h") == {
        ("shop", "mean"): 7200,
        ("shop", "median"): 3600,
    }
    assert samples(found, "sentry_monitor_resolution_sampled_issues_24h") == {("shop",): 24}
    assert samples(found, "sentry_monitor_resolution_known_issues_24h") == {("shop",): 40}
    assert samples(found, "sentry_monitor_statistics_age_seconds") == {(): 30}
    assert samples(found, "sentry_monitor_statistics_up") == {("shop",): 1}


async def test_what_the_server_does_not_tell_is_absent_and_no_zero() -> None:
    answer = an_answer(shop=figures(users=None, lately=None, resolution=None))

    found = ErrorMetrics().of(await kept(answer), NOW)

    for name in ("errors_per_minute", "affected_users_24h", "resolution_seconds_24h"):
        assert samples(found, f"sentry_monitor_{name}") == {}
    assert samples(found, "sentry_monitor_errors_24h") == {("shop",): 10}


async def test_that_none_was_resolved_is_a_figure_and_has_no_time() -> None:
    none = {"issues": 0, "mean_hours": None, "median_hours": None, "looked_at": 3, "of": 3}

    found = ErrorMetrics().of(await kept(an_answer(shop=figures(resolution=none))), NOW)

    assert samples(found, "sentry_monitor_resolved_issues_24h") == {("shop",): 0}
    assert samples(found, "sentry_monitor_resolution_seconds_24h") == {}


async def test_types_that_are_not_known_are_absent_and_no_other_types() -> None:
    answer = an_answer(shop=figures(other=None), web=figures(types=[("KeyError", 4)]))

    found = samples(ErrorMetrics().of(await kept(answer), NOW), "sentry_monitor_errors_by_type_24h")

    assert found == {("web", "KeyError"): 4, ("web", OTHER): 0}


async def test_types_are_bounded_and_the_rest_is_other() -> None:
    many = [(f"Error{at}", 1) for at in range(TYPES + 5)]
    answer = an_answer(shop=figures(types=many, other=3))

    found = samples(ErrorMetrics().of(await kept(answer), NOW), "sentry_monitor_errors_by_type_24h")

    assert len(found) == TYPES + 1
    assert found["shop", OTHER] == 5 + 3
    assert sum(found.values()) == TYPES + 5 + 3


async def test_a_stranger_who_invents_types_fills_no_memory() -> None:
    metrics, seen = ErrorMetrics(), set[tuple[str, ...]]()
    for turn in range(60):
        names = [(f"Invented{turn}x{at}", 5) for at in range(TYPES)]
        titles = [f"SHOP-{turn}Z{at}" for at in range(ISSUES)]
        answer = await kept(an_answer(shop=figures(types=names, issues=titles)))
        found = metrics.of(answer, NOW)
        seen |= samples(found, "sentry_monitor_errors_by_type_24h").keys()
        by_type = samples(found, "sentry_monitor_errors_by_type_24h")
        assert sum(by_type.values()) == 5 * TYPES
        assert len(samples(found, "sentry_monitor_issue_errors_24h")) <= ISSUES

    assert len(seen) == NEW_A_DAY + 1


def test_a_new_day_admits_new_values_and_one_project_takes_none_from_another() -> None:
    admitted = Admitted(most=1)

    assert admitted.admit("shop", "KeyError", NOW)
    assert not admitted.admit("shop", "ValueError", NOW)
    assert admitted.admit("shop", "KeyError", NOW)
    assert admitted.admit("web", "ValueError", NOW)
    assert admitted.admit("shop", "ValueError", NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("ValueError", True),
        ("django.db.utils.OperationalError", True),
        ("java.lang.IllegalStateException", True),
        ("App\\Http\\Missing", False),
        ("std::bad_alloc", True),
        ("My$Inner", True),
        ("", False),
        ("error message", False),
        ("<script>", False),
        ('a"} 1\nevil{x="', False),
        ("[redacted:aws-key]", False),
        ("E" * 81, False),
        ("other", True),
    ],
)
def test_a_label_is_a_name_of_a_type_or_none(given: str, safe: bool) -> None:
    assert safe_type(given) == (given if safe else "")


@given(st.text(max_size=100))
def test_whatever_a_type_is_called_the_page_can_be_read_and_says_nothing_else(name: str) -> None:
    answer = an_answer(shop=figures(types=[(name, 4)], other=0))
    statistics = asyncio.run(kept(answer))

    found = samples(ErrorMetrics().of(statistics, NOW), "sentry_monitor_errors_by_type_24h")

    assert sum(found.values()) == 4
    assert {one[1] for one in found} <= {name, OTHER}


async def test_a_failure_leaves_what_is_kept_until_it_is_too_old() -> None:
    clock = [NOW]
    module = a_module(an_answer(shop=figures(), web=figures()), None)
    statistics = KeptStatistics(
        module, every_s=300, now=lambda: clock[0], projects=lambda: ("shop", "web")
    )
    await statistics.refresh()
    await statistics.refresh()

    soon = ErrorMetrics().of(statistics, clock[0])
    clock[0] += timedelta(seconds=901)
    late = ErrorMetrics().of(statistics, clock[0])

    away = {("shop",): 0, ("web",): 0}
    assert samples(soon, "sentry_monitor_statistics_up") == away
    assert samples(soon, "sentry_monitor_errors_24h") == {("shop",): 10, ("web",): 10}
    assert samples(late, "sentry_monitor_errors_24h") == {}
    assert samples(late, "sentry_monitor_statistics_up") == away


async def test_a_project_without_figures_is_down_while_the_others_are_up() -> None:
    found = ErrorMetrics().of(await kept(an_answer("gone", shop=figures())), NOW)

    assert samples(found, "sentry_monitor_statistics_up") == {("shop",): 1, ("gone",): 0}
    assert samples(found, "sentry_monitor_errors_24h") == {("shop",): 10}


async def test_where_nothing_is_read_there_are_no_metrics() -> None:
    assert ErrorMetrics().of(await kept(every_s=0), NOW) == []
