"""What issues have in common."""

from typing import Any

from fakes.values import an_issue
from mcp_servers.sentry_monitor.src.operations.patterns import (
    TOP,
    counted,
    error_type,
    grouped,
    harmful,
    new_since,
    noisy,
    place,
)
from modules.sentry.models import Issue, read_issue


def issue(number: int = 1, **more: Any) -> Issue:
    named = {"id": str(number), "shortId": f"SHOP-{number}"}
    plain = {"isUnhandled": False, "substatus": "ongoing", "userCount": 1, "count": "1"}
    return read_issue(an_issue(**{**named, **plain, **more}))


def test_issues_are_grouped_by_what_they_share_most_events_first() -> None:
    issues = [
        issue(1, count="5", userCount=2),
        issue(2, count="7", userCount=3),
        issue(3, count="100", metadata={"type": "KeyError"}),
    ]

    groups = [one.data() for one in grouped(issues, error_type)]

    assert groups == [
        {"key": "KeyError", "issues": 1, "events": 100, "users": 1, "example": "SHOP-3"},
        {"key": "ValueError", "issues": 2, "events": 12, "users": 3, "example": "SHOP-2"},
    ]


def test_no_more_groups_than_can_be_read_are_shown() -> None:
    issues = [issue(n, metadata={"type": f"Error{n}"}) for n in range(1, 30)]

    assert len(grouped(issues, error_type)) == TOP


def test_an_issue_without_the_key_is_left_out() -> None:
    assert grouped([issue(1, metadata={}, culprit="")], place) == []


def test_an_issue_has_a_type_and_a_place_also_without_an_exception() -> None:
    message = issue(1, metadata={"title": "hi"}, level="warning", culprit="shop.cart in total")

    assert error_type(message) == "warning message"
    assert place(message) == "shop.cart in total"
    assert place(issue(2)) == "shop/cart.py total"


def test_an_example_without_a_short_id_is_named_by_its_number() -> None:
    (group,) = grouped([issue(7, shortId=None)], error_type)

    assert group.example == "7"


def test_rows_of_events_are_summed_and_ranked() -> None:
    rows: list[dict[str, Any]] = [
        {"release": "a", "count()": 2},
        {"release": "b", "count()": 3},
        {"release": "a", "count()": "2"},
        {"release": None, "count()": 1},
        {},
    ]

    assert counted(rows, "release") == [
        {"key": "a", "events": 4},
        {"key": "b", "events": 3},
        {"key": "(none)", "events": 1},
    ]


def test_new_is_what_was_first_seen_since_then() -> None:
    issues = [
        issue(1, firstSeen="2026-08-20T10:00:00Z"),
        issue(2, firstSeen="2026-08-20T10:00:01.5Z", count="9"),
        issue(3, firstSeen="2026-08-20T09:59:59Z"),
        issue(4, firstSeen=None),
    ]

    assert [one.id for one in new_since(issues, "2026-08-20T10:00:00.000000Z")] == ["2", "1"]
    assert new_since(issues, "") == []


def test_harm_is_ranked_by_people_and_told_with_its_reasons() -> None:
    issues = [
        issue(1),
        issue(2, isUnhandled=True),
        issue(3, userCount=50, substatus="escalating"),
        issue(4, level="fatal", isUnhandled=True, substatus="regressed", userCount=2),
    ]

    ranked = [(one.id, why) for one, why in harmful(issues)]

    assert ranked == [
        ("3", "escalating, 50 users"),
        ("4", "unhandled, fatal, regressed, 2 users"),
        ("2", "unhandled"),
    ]


def test_noise_is_many_events_that_hurt_few() -> None:
    issues = [
        issue(1, count="500"),
        issue(2, count="500", userCount=100),
        issue(3, count="20", level="warning"),
        issue(4, count="9", level="info"),
        issue(5, count="5000", isUnhandled=True),
        issue(6, count="5000", level="fatal"),
    ]

    assert [(one.id, why) for one, why in noisy(issues)] == [
        ("1", "500 events for 1 users"),
        ("3", "20 events at level warning"),
    ]


def test_no_issue_is_both_harmful_and_noisy() -> None:
    kinds = [
        {"count": str(10**n), "userCount": n, "isUnhandled": bool(n % 2), "level": level}
        for n in range(6)
        for level in ("error", "warning", "fatal", "info")
    ]

    for at, kind in enumerate(kinds):
        one = issue(at + 1, **kind)

        assert not (harmful([one]) and noisy([one]))
