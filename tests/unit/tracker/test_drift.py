from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.tracked import AT, an_issue, news
from modules.sentry.models import Issue
from modules.tracker.drift import Seen, repair
from modules.tracker.ports import Filed
from modules.tracker.rules import Ask, Rules
from modules.tracker.step import decide
from modules.tracker.tracked import Tracked

OPEN = Filed(key="OPS-1", url="", state="open", title="t")
CLOSED = replace(OPEN, state="closed")
RESOLVED = an_issue(status="resolved")
NEXT = an_issue(status="resolved", statusDetails={"inNextRelease": True})


@pytest.fixture
def known() -> Tracked:
    first = decide(news(Ask.NEW), None).tracked
    assert first is not None
    return replace(first, key="OPS-1")


def seen(issue: Issue | None, filed: Filed | None, rules: Rules | None = None) -> Seen:
    return Seen(issue=issue, filed=filed, rules=rules or Rules(), at=AT + timedelta(hours=1))


def test_what_is_in_step_stays_as_it_is(known: Tracked) -> None:
    decision, words = repair(seen(an_issue(), OPEN), known)

    assert (decision.tracked, decision.effects, words) == (known, (), ())


def test_what_sentry_resolved_is_closed(known: Tracked) -> None:
    decision, words = repair(seen(RESOLVED, OPEN), known)

    assert words == ("resolved-in-sentry",)
    assert [one.args for one in decision.effects] == [{"state": "closed"}]


def test_what_waits_for_a_release_stays_open_until_it_is_out(known: Tracked) -> None:
    waits = replace(known, waits="next_release")

    before, words = repair(seen(NEXT, OPEN), waits)
    after, now = repair(seen(RESOLVED, OPEN), waits)

    assert (before.effects, words) == ((), ())
    assert now == ("resolved-in-sentry",)
    assert after.tracked is not None
    assert (after.tracked.state, after.tracked.waits) == ("closed", "")


def test_what_people_closed_is_resolved_in_sentry_only_where_that_is_configured(
    known: Tracked,
) -> None:
    plain, words = repair(seen(an_issue(), CLOSED), known)
    back, _ = repair(seen(an_issue(), CLOSED, Rules(close_resolves_in_sentry=True)), known)

    assert words == ("closed-in-tracker",)
    assert plain.tracked is not None
    assert (plain.tracked.state, plain.effects) == ("closed", ())
    assert [one.kind for one in back.effects] == ["resolve_in_sentry"]


def test_what_was_deleted_is_filed_anew_where_it_is_open(known: Tracked) -> None:
    opened, words = repair(seen(an_issue(), None), known)
    closed, gone = repair(seen(an_issue(), None), replace(known, state="closed"))

    assert ([one.kind for one in opened.effects], words) == (["file"], ("filed-anew",))
    assert (closed.effects, gone) == ((), ("deleted",))


def test_who_is_assigned_in_sentry_is_assigned_here(known: Tracked) -> None:
    jo = an_issue(assignedTo={"type": "user", "name": "Jo"})

    decision, words = repair(seen(jo, OPEN, Rules(assignees={"Jo": "jo-gh"})), known)

    assert words == ("assigned-in-sentry",)
    assert [one.args for one in decision.effects] == [{"assignee": "jo-gh"}]
