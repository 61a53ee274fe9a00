"""What pages are made of, by values: links, times, charts, diffs, trends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.paged import DIFF
from fakes.statistics_answers import an_answer, figures
from mcp_servers.sentry_monitor.src.kept_statistics import Kept
from mcp_servers.sentry_monitor.src.web.charts import HEIGHT, WIDTH, bars
from mcp_servers.sentry_monitor.src.web.diff_view import HUGE, files
from mcp_servers.sentry_monitor.src.web.links import Links
from mcp_servers.sentry_monitor.src.web.rendering import moment, took
from mcp_servers.sentry_monitor.src.web.trends import Trend, Trends
from modules.framework.contracts import Answer, ModuleInput
from modules.framework.module import Module
from modules.framework.operation import Parameters, operation
from modules.framework.page import Page
from modules.framework.registry import Registry

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
LINKS = Links.of("https://sentry.example:9000/base", "https://api.github.com")


@pytest.mark.parametrize(
    "url",
    [
        "https://sentry.example:9000/organizations/acme/issues/1/",
        "http://sentry.example:9000/x",
        "https://acme.sentry.example:9000/issues/1/",
    ],
)
def test_links_lead_to_the_configured_sentry(url: str) -> None:
    assert LINKS.sentry(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)//sentry.example:9000",
        "https://sentry.example/",
        "https://evil.example/sentry.example:9000",
        "https://sentry.example:9000@evil.example/",
        "https://evilsentry.example:9000/",
        "https://sentry.example:9000/\n",
        "https://sentry.example:9000/'onload=",
        "//sentry.example:9000/",
        "https://[",
        "https:\\\\sentry.example:9000/",
        "data:text/html,x",
        "https://s\u0435ntry.example:9000/",
    ],
)
def test_links_lead_nowhere_else(url: str) -> None:
    assert LINKS.sentry(url) == ""
    assert LINKS.pull(url) == ""


def test_only_pull_requests_of_the_forge_are_linked() -> None:
    there = "https://github.com/acme/shop/pull/7"
    own = Links.of("https://sentry.example", "https://git.example/api/v3")

    assert LINKS.pull(there) == there
    assert own.pull("https://git.example/acme/shop/pull/7")
    for url in (f"{there}/files", "https://github.com/acme", "local://shop/pulls/1", None):
        assert LINKS.pull(url) == ""
    assert own.pull(there) == ""


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-3, "0 s"),
        (59.9, "59 s"),
        (65, "1 min 5 s"),
        (7800, "2 h 10 min"),
        (273_600, "3 d 4 h"),
    ],
)
def test_times_are_told_in_two_units(seconds: float, told: str) -> None:
    assert took(seconds) == told


def test_a_moment_has_its_date_where_it_is_not_todays() -> None:
    assert moment(NOW, NOW) == "12:00:00"
    assert moment(NOW - timedelta(days=1), NOW) == "03 Mar 12:00"
    assert moment(NOW - timedelta(days=400), NOW) == "2025-01-28 12:00"


@given(st.lists(st.integers(min_value=0, max_value=10**9), max_size=200))
def test_bars_stay_within_the_chart(values: list[int]) -> None:
    found = bars(values)

    assert [bar.value for bar in found] == values
    for bar in found:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert 0 <= bar.y <= HEIGHT
        assert abs(bar.y + bar.height - HEIGHT) < 0.02


def test_a_diff_is_read_by_files_with_the_numbers_of_its_lines() -> None:
    other = (
        "diff --git a/b.py b/b.py\n@@ -5 +5,2 @@\n---x\n+++x\n+y\n\\ No newline at end of file\n"
    )

    first, second = files(DIFF + other)

    assert (first.path, first.added, first.removed) == ("src/calc.py", 3, 1)
    assert [(line.kind, line.old, line.new) for line in first.lines[5:8]] == [
        ("same", 1, 1),
        ("added", 0, 2),
        ("added", 0, 3),
    ]
    # Within a hunk `---x` is a removed line `--x`, and no header.
    assert [line.kind for line in second.lines] == [
        "head",
        "hunk",
        "removed",
        "added",
        "added",
        "head",
    ]


@given(st.text(alphabet="+-@ \\dif\nab/,1"))
def test_no_line_of_a_diff_is_left_out(text: str) -> None:
    shown = "\n".join(line.text for file in files(text) for line in file.lines)

    assert shown == text.removesuffix("\n")


def test_a_file_of_many_lines_is_huge() -> None:
    (small,), (large,) = files("+a\n" * HUGE), files("+a\n" * (HUGE + 1))

    assert (small.huge, large.huge) == (False, True)


class Wanted(Parameters):
    project_slug: str
    period: str


def a_module(answer: Callable[[str], Any]) -> Module[None]:
    @operation(view=lambda _: Page(()), read_only=True)
    async def get_project_stats(services: None, params: Wanted) -> Answer:
        """Tell the errors of a project."""
        found: Answer = await answer(params.project_slug)
        return found

    @asynccontextmanager
    async def nothing(_: ModuleInput) -> AsyncIterator[None]:
        yield None

    return Module(Registry([get_project_stats]), nothing)


def stats(total: int, **issues: int) -> Answer:
    rates = {
        "accepted": total,
        "filtered": 0,
        "dropped": 0,
        "before": 2 * total,
        "per_minute": 0.1,
        "peak_per_minute": 1.0,
        "trend_percent": -50.0,
        "source": "stats_v2",
    }
    counts = {"new": 0, "regressed": 0, "escalating": 0, **issues}
    series = {"accepted": [0, total]}
    return Answer(data={"rates": rates, "series": series, "issues": counts})


def accepted(trend: Trend) -> int | None:
    return trend.rates.accepted if trend.rates else None


async def test_trends_are_asked_for_once_a_minute_and_by_all_at_once() -> None:
    asked: list[str] = []

    async def answer(slug: str) -> Answer:
        asked.append(slug)
        return stats(7, regressed=3)

    trends = Trends(a_module(answer), now=lambda: NOW)

    first, second = await asyncio.gather(trends.of(["shop", "web"]), trends.of(["shop"]))
    third = await trends.of(["shop"])

    assert sorted(asked) == ["shop", "web"]
    assert first["shop"] == second["shop"] == third["shop"]
    assert (first["shop"].hours, accepted(first["shop"]), first["shop"].at) == ((0, 7), 7, NOW)
    assert first["shop"].judged == ("degraded", "3 regressed issues")


async def test_a_trend_is_asked_for_again_when_it_is_old() -> None:
    totals = iter([1, 2])

    async def answer(_: str) -> Answer:
        return stats(next(totals))

    trends = Trends(a_module(answer), now=lambda: NOW, kept_s=0.0)

    assert accepted((await trends.of(["shop"]))["shop"]) == 1
    assert accepted((await trends.of(["shop"]))["shop"]) == 2


async def test_a_project_that_is_late_does_not_hold_up_the_others() -> None:
    go = asyncio.Event()

    async def answer(slug: str) -> Answer:
        if slug == "slow":
            await go.wait()
        return stats(7)

    trends = Trends(a_module(answer), now=lambda: NOW, deadline_s=0.05)

    found = await trends.of(["slow", "shop"])
    go.set()
    later = await trends.of(["slow"])

    assert found["slow"].problem == "Sentry did not answer in time."
    assert accepted(found["shop"]) == 7
    assert accepted(later["slow"]) == 7  # what was on its way is used by the next page


async def test_a_project_has_the_figures_that_the_page_shows_of_all() -> None:
    async def answer(_: str) -> Answer:
        return stats(51)

    trends = Trends(a_module(answer), now=lambda: NOW)
    both = await trends.of(["shop", "web"])
    facts = {**figures(errors=47), "series": {"errors": [40, 7]}}
    kept = Kept(at=NOW - timedelta(minutes=4), data=an_answer(shop=facts))

    shop, web = both["shop"].as_of(kept, "shop"), both["web"].as_of(kept, "web")

    assert (shop.hours, accepted(shop), shop.at) == ((40, 7), 47, kept.at)
    assert shop.judged == ("degraded", "errors up 100 % against the period before")
    assert web == both["web"]  # it is not among them
    assert both["shop"].as_of(None, "shop") == both["shop"]
