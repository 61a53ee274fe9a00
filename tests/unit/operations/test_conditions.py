"""Whether a condition that was asked for is there."""

from typing import Any

import pytest

from mcp_servers.sentry_monitor.src.operations.changes import Change
from mcp_servers.sentry_monitor.src.operations.conditions import are_met, conditions
from modules.sentry.models import Issue, read_issue


def an_issue(status: str, **details: Any) -> Issue:
    return read_issue({"id": "1", "status": status, "statusDetails": details})


@pytest.mark.parametrize(
    ("asked", "told", "met"),
    [
        ({"inNextRelease": True}, {"inNextRelease": True}, True),
        ({"inNextRelease": True}, {"inUpcomingRelease": True}, True),
        ({"inNextRelease": True}, {"inRelease": "1.0"}, False),
        ({"inRelease": "1.0"}, {"inRelease": "1.0"}, True),
        ({"inRelease": "2.0"}, {"inRelease": "1.0"}, False),
        ({"inRelease": "latest"}, {"inRelease": "1.0"}, True),
        ({"inCommit": {"commit": "a", "repository": "b"}}, {"inCommit": {"id": "a"}}, True),
        ({"inCommit": {"commit": "a", "repository": "b"}}, {"inCommit": None}, False),
        ({"ignoreDuration": 30}, {"ignoreUntil": "2026-01-01T00:00:00Z"}, True),
        ({"ignoreDuration": 30}, {"ignoreCount": 3}, False),
        ({"ignoreCount": 5}, {"ignoreCount": 5}, True),
        ({"ignoreCount": 5}, {"ignoreCount": 10}, False),
        ({"ignoreCount": 5}, {"actor": {"id": "1"}}, False),
        ({}, {}, True),
        ({}, {"actor": {"id": "1"}}, True),
        ({}, {"inNextRelease": True}, False),
        ({}, {"inNextRelease": False}, True),
    ],
)
def test_a_condition_is_met_by_itself_and_by_no_other(
    asked: dict[str, Any], told: dict[str, Any], met: bool
) -> None:
    assert are_met(asked, an_issue("resolved", **told)) is met


def test_who_did_it_is_no_condition() -> None:
    assert conditions(an_issue("resolved", actor={"id": "1"}, info={})) == {}


def test_a_change_shows_in_the_status_or_in_a_condition_that_moved() -> None:
    change = Change("ignored", details={"ignoreCount": 5})

    assert change.shows(an_issue("unresolved"), an_issue("ignored"))
    assert change.shows(an_issue("ignored", ignoreCount=9), an_issue("ignored", ignoreCount=5))
    assert not change.shows(an_issue("ignored", ignoreCount=9), an_issue("ignored", ignoreCount=9))
    assert not change.shows(an_issue("ignored", ignoreCount=5), an_issue("ignored", ignoreCount=5))
    assert not change.shows(an_issue("unresolved"), an_issue("unresolved"))
