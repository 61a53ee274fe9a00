"""Counts by the minute, and when issues were resolved, out of what servers answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.sender import Answer, FakeSender, reply
from modules.outbound.messages import Reply
from modules.sentry.client import SentryClient
from modules.sentry.errors import BadAnswer, Forbidden
from modules.sentry.locate import IssueRef
from modules.sentry.minutes import errors_since, fine_counts
from modules.sentry.models import Project
from modules.sentry.resolutions import Resolved, resolved_at

SHOP = "/api/0/projects/acme/shop/stats/"
STATS = "/api/0/organizations/acme/stats_v2/"
ISSUE = "/api/0/organizations/acme/issues/42/"
PROJECT = Project("1", "shop")
START = datetime(2026, 11, 26, 12, tzinfo=UTC)
FIRST = int(START.timestamp())
PAGE = Reply(200, {"content-type": "text/html"}, b"<html>")
DENIED = reply({"detail": "You do not have permission to perform this action."}, 403)


def a_client(answers: dict[str, Reply | Answer]) -> SentryClient:
    sender = FakeSender(answers)
    return SentryClient("https://sentry.example.com", connect=lambda _: sender, org="acme")


async def counted(answers: dict[str, Reply | Answer], minutes: int = 3) -> tuple[int, ...]:
    end = START + timedelta(minutes=minutes)
    found = await fine_counts(a_client(answers), "acme", PROJECT, start=START, end=end)
    return found.by_minute(START, end)


def by_minute(*counts: int | None) -> dict[str, Any]:
    at = [(START + timedelta(minutes=one)).isoformat() for one in range(len(counts))]
    return {"intervals": at, "groups": [{"series": {"sum(quantity)": list(counts)}}]}


async def test_ten_seconds_are_added_to_their_minute() -> None:
    rows = [[FIRST + 10 * at, 1] for at in range(18)]

    assert await counted({SHOP: reply(rows)}) == (6, 6, 6)


@given(st.lists(st.tuples(st.integers(-200, 400), st.integers(0, 9))))
async def test_only_what_is_between_the_times_counts(pairs: list[tuple[int, int]]) -> None:
    rows = [[FIRST + at, count] for at, count in [*pairs, (0, 0)]]

    found = await counted({SHOP: reply(rows)})

    assert len(found) == 3
    assert sum(found) == sum(count for at, count in pairs if 0 <= at < 180)


async def since(answers: dict[str, Reply | Answer], **ago: float) -> float:
    end = START + timedelta(minutes=3)
    return await errors_since(
        a_client(answers), "acme", PROJECT, start=end - timedelta(**ago), end=end
    )


async def test_errors_since_a_moment_are_all_that_came_after_it() -> None:
    rows = [[FIRST + 10 * at, 2] for at in range(18)]

    assert await since({SHOP: reply(rows)}, minutes=2) == 24
    assert await since({SHOP: reply(rows)}, seconds=60) == 12


async def test_of_the_step_that_the_moment_falls_into_its_share_counts() -> None:
    rows = [[FIRST + 10 * at, 2] for at in range(18)]

    assert await since({SHOP: reply(rows)}, seconds=65) == 13
    assert await since({SHOP: PAGE, STATS: reply(by_minute(4, 6, 2, 50))}, seconds=90) == 5


async def test_what_is_counted_after_the_end_is_not_in_it() -> None:
    assert await since({SHOP: reply([[FIRST + 170, 1], [FIRST + 180, 9]])}, minutes=1) == 1


async def test_a_server_without_them_is_asked_for_those_of_the_organization() -> None:
    found = await counted({SHOP: PAGE, STATS: reply(by_minute(4, None, 3, 50))})

    assert found == (4, 0, 3)  # the minute after the end is not in it


async def test_a_token_that_may_not_is_tried_on_the_other_way() -> None:
    assert await counted({SHOP: DENIED, STATS: reply(by_minute(1, 2, 3))}) == (1, 2, 3)
    with pytest.raises(Forbidden):
        await counted({SHOP: DENIED, STATS: DENIED})


@pytest.mark.parametrize("odd", [None, {}, [], [[]], [None], "text", [["a"]], [[None, None]]])
async def test_no_figures_are_not_the_figure_0(odd: object) -> None:
    with pytest.raises(BadAnswer):
        await counted({SHOP: reply(odd)})


async def test_a_server_that_counts_by_the_hour_is_not_believed_to_count_by_the_minute() -> None:
    hours = {"intervals": [START.isoformat()], "groups": [{"series": {"sum(quantity)": [9]}}]}

    with pytest.raises(BadAnswer):
        await counted({SHOP: PAGE, STATS: reply(hours)}, minutes=60)


@pytest.mark.parametrize("odd", [{}, {"intervals": []}, {"intervals": ["x"]}, {"groups": []}])
async def test_nor_are_they_where_intervals_or_groups_are_missing(odd: object) -> None:
    with pytest.raises(BadAnswer):
        await counted({SHOP: PAGE, STATS: reply(odd)})


async def resolved(*activity: tuple[str, str]) -> Resolved | None:
    entries = [{"type": kind, "dateCreated": at} for kind, at in activity]
    body = {"id": "42", "firstSeen": "2026-11-01T00:00:00Z", "activity": entries}
    return await resolved_at(a_client({ISSUE: reply(body)}), "acme", IssueRef("42"))


async def test_an_issue_is_open_from_when_it_was_first_seen() -> None:
    found = await resolved(
        ("note", "2026-11-03T00:00:00Z"), ("set_resolved_in_release", "2026-11-02T00:00:00Z")
    )

    assert found == Resolved("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")


async def test_an_issue_that_came_back_is_open_from_then() -> None:
    found = await resolved(
        ("set_resolved", "2026-11-09T00:00:00Z"),
        ("set_regression", "2026-11-08T00:00:00Z"),
        ("set_resolved", "2026-11-02T00:00:00Z"),
    )

    assert found == Resolved("2026-11-08T00:00:00Z", "2026-11-09T00:00:00Z")


async def test_what_only_grew_old_was_not_resolved() -> None:
    assert await resolved(("set_resolved_by_age", "2026-11-09T00:00:00Z")) is None
    assert await resolved() is None
