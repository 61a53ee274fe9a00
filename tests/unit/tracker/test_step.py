from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from fakes.tracked import AT, news
from modules.sentry.webhooks import Told
from modules.tracker.reading import Heard, incident_of
from modules.tracker.rules import Ask, Rules
from modules.tracker.step import News, decide
from modules.tracker.tracked import ALERT, Decision, Tracked

LATER, EARLIER = AT + timedelta(hours=1), AT - timedelta(hours=1)


@pytest.fixture
def known() -> Tracked:
    first = decide(news(Ask.NEW), None).tracked
    assert first is not None
    return replace(first, key="OPS-1")


def done(decision: Decision) -> list[tuple[str, dict[str, str]]]:
    """What is to be done, without the words of comments."""
    return [(one.kind, {} if one.kind == "comment" else dict(one.args)) for one in decision.effects]


@pytest.mark.parametrize("ask", [Ask.NEW, Ask.REGRESSED, Ask.ESCALATING])
def test_what_is_not_tracked_yet_is_filed(ask: Ask) -> None:
    decision = decide(news(ask), None)

    assert (decision.answer, done(decision)) == ("created", [("file", {})])
    assert decision.tracked is not None
    assert decision.tracked.marker.endswith("acme/7 generation 1 -->")


@pytest.mark.parametrize("ask", [Ask.RESOLVED, Ask.UNRESOLVED, Ask.ASSIGNED])
def test_other_news_of_what_is_not_tracked_begin_nothing(ask: Ask) -> None:
    assert decide(news(ask), None) == Decision(answer="skipped", reason="not_tracked")


def test_what_is_new_twice_is_tracked_once(known: Tracked) -> None:
    decision = decide(news(Ask.NEW, LATER), known)

    assert (decision.answer, decision.tracked, done(decision)) == ("deduplicated", known, [])


def test_resolved_closes_and_regressed_opens_again(known: Tracked) -> None:
    closed = decide(news(Ask.RESOLVED, LATER), known)
    assert closed.tracked is not None
    back = decide(news(Ask.REGRESSED, LATER + timedelta(hours=1)), closed.tracked)

    assert done(closed) == [("comment", {}), ("change", {"state": "closed"})]
    assert done(back) == [("change", {"state": "open"}), ("comment", {})]
    assert back.tracked is not None
    assert (back.tracked.state, back.tracked.generation) == ("open", 1)


def test_regressed_begins_another_generation_where_that_is_configured(known: Tracked) -> None:
    rules = Rules(new_issue_on_regression=True)
    closed = replace(known, state="closed")

    decision = decide(news(Ask.REGRESSED, LATER, rules=rules), closed)

    assert (decision.answer, done(decision)) == ("created", [("file", {})])
    assert decision.tracked is not None
    assert decision.tracked.previous == known.id != decision.tracked.id
    assert decision.tracked.marker.endswith("generation 2 -->")


def test_what_is_older_than_what_is_known_changes_no_state(known: Tracked) -> None:
    closed = replace(known, state="closed")

    resolved = decide(news(Ask.RESOLVED, EARLIER), known)
    regressed = decide(news(Ask.REGRESSED, EARLIER), closed)

    assert (resolved.reason, resolved.effects) == ("late", ())
    assert (regressed.reason, regressed.effects) == ("late", ())


def test_an_open_issue_is_told_that_its_error_came_back(known: Tracked) -> None:
    assert done(decide(news(Ask.REGRESSED, LATER), known)) == [("comment", {})]


def test_escalating_raises_the_priority_and_says_so(known: Tracked) -> None:
    low = replace(known, priority="P3")

    decision = decide(news(Ask.ESCALATING, LATER, priority="medium"), low)

    assert done(decision) == [("comment", {}), ("change", {"priority": "P2"})]


def test_resolved_in_the_next_release_waits_for_it(known: Tracked) -> None:
    waits = decide(news(Ask.RESOLVED, LATER, statusDetails={"inNextRelease": True}), known)

    assert done(waits) == [("comment", {})]
    assert waits.tracked is not None
    assert (waits.tracked.state, waits.tracked.waits) == ("open", "next_release")


def test_assignments_are_mapped_and_unknown_people_change_nothing(known: Tracked) -> None:
    rules = Rules(assignees={"jo@acme.example": "jo-gh"})
    jo = {"type": "user", "name": "Jo", "email": "jo@acme.example"}
    eve = {"type": "user", "name": "Eve", "email": "eve@acme.example"}

    mapped = decide(news(Ask.ASSIGNED, LATER, rules=rules, assignedTo=jo), known)
    unknown = decide(news(Ask.ASSIGNED, LATER, rules=rules, assignedTo=eve), known)

    assert done(mapped) == [("change", {"assignee": "jo-gh"})]
    assert (unknown.reason, unknown.effects) == ("assignee_not_mapped", ())


def test_a_project_that_is_not_tracked_comes_to_nothing(known: Tracked) -> None:
    decision = decide(news(Ask.RESOLVED, LATER, rules=Rules(enabled=False)), known)

    assert decision == Decision(answer="skipped", reason="project_not_tracked")


def test_news_of_the_second_in_which_somebody_looked_is_not_late(known: Tracked) -> None:
    looked = AT + timedelta(seconds=5, microseconds=700_000)
    closed = replace(known, state="closed", state_at=looked)

    same = decide(news(Ask.REGRESSED, AT + timedelta(seconds=5)), closed)
    before = decide(news(Ask.REGRESSED, AT + timedelta(seconds=4)), closed)

    assert ("change", {"state": "open"}) in done(same)
    assert before.reason == "late"


def test_an_issue_of_its_own_names_what_it_was_tracked_as_before(known: Tracked) -> None:
    closed = replace(known, state="closed", key="17", url="https://forge.example/acme/shop/17")
    rules = Rules(new_issue_on_regression=True)

    second = decide(news(Ask.REGRESSED, LATER, rules=rules), closed).tracked
    unfiled = decide(news(Ask.REGRESSED, LATER, rules=rules), replace(closed, key="")).tracked

    assert second is not None
    assert "**Tracked before as:** [17](https://forge.example/acme/shop/17)" in second.body
    assert unfiled is not None
    assert "Tracked before" not in unfiled.body


def alert(level: str, at: datetime = AT) -> News:
    """A metric alert fired, changed its level, or is over."""
    told = Told(resource="metric_alert", action=level, project="shop")
    data = {"description_title": "Error rate", "metric_alert": {"identifier": "3", "status": 20}}
    said = Heard(told=told, source=ALERT, external_id="3", at=at, alert=data)
    ask = said.ask(None)
    assert ask is not None
    one = incident_of(said, "sentry.example/acme/alert-3", tracked_id="a", tracker="builtin")
    return News(
        ask=ask, delivery_id=level, at=at, name="", fresh=lambda: one, issue=None, rules=Rules()
    )


def words(decision: Decision) -> list[str]:
    return [one.args["text"] for one in decision.effects if one.kind == "comment"]


def test_an_alert_that_gets_worse_raises_the_priority_and_one_that_calms_down_does_not() -> None:
    warning = decide(alert("warning"), None).tracked
    assert warning is not None
    critical = decide(alert("critical", LATER), warning)
    assert critical.tracked is not None
    calmer = decide(alert("warning", LATER + timedelta(hours=1)), critical.tracked)

    assert (warning.priority, critical.tracked.priority) == ("P2", "P1")
    assert ("change", {"priority": "P1"}) in done(critical)
    assert done(calmer) == [("comment", {})]
    assert words(critical) == ["The alert is critical now."]
    assert words(calmer) == ["The alert is a warning now."]


def test_what_is_told_late_of_an_alert_says_nothing() -> None:
    critical = decide(alert("critical"), None).tracked

    decision = decide(alert("warning", EARLIER), critical)

    assert (decision.reason, decision.effects) == ("late", ())


def test_an_incident_says_its_level_in_words_and_when_it_is_over() -> None:
    open_one = decide(alert("critical"), None).tracked
    assert open_one is not None

    over = decide(alert("resolved", LATER), open_one)

    assert "**Status:** critical" in open_one.body
    assert words(over) == ["The alert is over."]
