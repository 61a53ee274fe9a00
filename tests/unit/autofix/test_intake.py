"""What a webhook or a poll means for repairs."""

from datetime import timedelta
from typing import Any

import pytest

from fakes.repairs import NOW, job
from modules.autofix.acceptance import Past, foreseen, generation, judge
from modules.autofix.intake import job_of, regressed, snapshot, why_not
from modules.autofix.job import Job, Outcome, Status
from modules.autofix.project import Budget, Project
from modules.sentry.webhooks import Told

LONG_AGO = NOW - timedelta(days=3)
PROJECT = Project(key="web", slug="web", repository="/srv/web", max_retries=2)


def told(resource: str = "issue", action: str = "created", **more: Any) -> Told:
    return Told(resource=resource, action=action, **{"issue_id": "42", **more})


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (told(), ""),
        (told("event_alert", "triggered"), ""),
        (told("error"), ""),
        (told("legacy", "triggered"), ""),
        (told("service_hook", "triggered"), ""),
        (told(action="unresolved", substatus="regressed"), ""),
        (told(action="unresolved", substatus="escalating"), ""),
        (told("poll"), ""),
        (told("poll", "unresolved", substatus="regressed"), ""),
        (told(action="unresolved", substatus="ongoing"), "not_acted_on"),
        (told(action="resolved"), "not_acted_on"),
        (told(action="assigned"), "not_acted_on"),
        (told(action="archived"), "not_acted_on"),
        (told(action="ignored"), "not_acted_on"),
        (told("comment"), "not_acted_on"),
        (told("metric_alert", "critical"), "not_acted_on"),
        (told("installation"), "not_acted_on"),
        (told("seer", "pr_created"), "not_acted_on"),
        (told(issue_id=""), "no_issue"),
        (told(by_application=True), "own_action"),
        (told("comment", by_application=True), "own_action"),
    ],
    ids=lambda one: "-".join(map(str, one.to_json().values())) if isinstance(one, Told) else one,
)
def test_what_begins_a_repair(one: Told, reason: str) -> None:
    assert why_not(one) == reason


def test_only_a_regression_came_back() -> None:
    assert regressed(told(action="unresolved", substatus="regressed"))
    assert not regressed(told(action="unresolved", substatus="escalating"))
    assert not regressed(told(substatus="regressed"))


def test_the_job_of_a_delivery_is_the_same_however_often_it_is_made() -> None:
    def make(delivery: str) -> Job:
        return job_of(
            told(event_id="e" * 32),
            PROJECT,
            delivery=delivery,
            turn="0",
            trigger="webhook",
            payload={"token": "ghp_" + "a" * 36, "title": "x" * 5000},
            host="sentry.example",
            organization="acme",
            now=NOW,
        )

    first = make("d1")

    assert first.id == make("d1").id
    assert first.id != make("d2").id
    assert (first.trigger, first.max_retries, first.sentry_event_id) == ("webhook", 2, "e" * 32)
    assert first.issue_key == "sentry.example/acme/42"


def test_a_snapshot_keeps_no_secret_and_is_short() -> None:
    kept = str(snapshot({"token": "ghp_" + "a" * 36, "title": "x" * 5000, "n": list(range(900))}))

    assert "ghp_aaaa" not in kept
    assert len(kept) < 3000


# ----------------------------------------------------------------------------- one for each error


def past(**more: Any) -> Job:
    return job(id="old", created_at=LONG_AGO, **{"status": Status.SUCCEEDED, **more})


@pytest.mark.parametrize(
    ("others", "verdict"),
    [
        ([], "queued"),
        ([past(outcome=Outcome.FIXED, pr_url="u")], "duplicate"),
        ([past(outcome=Outcome.NOT_REPRODUCED)], "duplicate"),
        ([past(status=Status.FAILED, outcome=Outcome.ERROR)], "duplicate"),
        ([past(status=Status.CANCELLED)], "duplicate"),
        ([past(outcome=Outcome.DECLINED, reason="no_in_app_frames")], "duplicate"),
        ([past(outcome=Outcome.DECLINED, reason="below_threshold")], "queued"),
        ([past(outcome=Outcome.DECLINED, reason="budget_day")], "queued"),
        ([past(status=Status.RUNNING)], "duplicate"),
        ([past(status=Status.CANCELLED, outcome=Outcome.WONT_FIX, generation=1)], "wont_fix"),
    ],
)
def test_what_nobody_asked_for_happens_once(others: list[Job], verdict: str) -> None:
    webhook = job(id="new", trigger="webhook")

    assert judge(webhook, others, Budget(), NOW).verdict == verdict


def test_wont_fix_is_remembered_also_for_an_error_that_came_back() -> None:
    webhook = job(id="new", trigger="webhook", generation=2)
    refused = past(status=Status.CANCELLED, outcome=Outcome.WONT_FIX)

    assert judge(webhook, [refused], Budget(), NOW).verdict == "wont_fix"


@pytest.mark.parametrize(
    ("others", "back", "open_pull", "number"),
    [
        ([], True, False, 1),
        ([past(outcome=Outcome.FIXED)], True, False, 2),
        ([past(outcome=Outcome.FIXED)], True, True, 1),
        ([past(outcome=Outcome.FIXED)], False, False, 1),
        ([past(status=Status.RUNNING)], True, False, 1),
        ([past(outcome=Outcome.FIXED, generation=4)], True, False, 5),
        ([past(outcome=Outcome.FIXED, generation=4)], False, False, 4),
    ],
)
def test_an_error_that_came_back_is_another_one(
    others: list[Job], number: int, *, back: bool, open_pull: bool
) -> None:
    moment = NOW if back else None

    assert generation(others, regressed_at=moment, open_pull=open_pull) == number


def test_what_came_back_before_the_last_job_began_is_known() -> None:
    before = LONG_AGO - timedelta(hours=1)

    assert generation([past(outcome=Outcome.FIXED)], regressed_at=before, open_pull=False) == 1


AGES = [timedelta(minutes=5), timedelta(minutes=45), timedelta(days=3)]
KINDS: list[tuple[Status, Outcome | None]] = [
    (Status.SUCCEEDED, one) for one in Outcome if one is not Outcome.WONT_FIX
]
KINDS += [(Status.FAILED, Outcome.ERROR), (Status.CANCELLED, Outcome.WONT_FIX)]
KINDS += [(Status.CANCELLED, None), (Status.QUEUED, None), (Status.WAITING, None)]


@pytest.mark.parametrize("back", [True, False])
@pytest.mark.parametrize("age", AGES, ids=str)
@pytest.mark.parametrize("kind", KINDS, ids=lambda one: f"{one[0]}-{one[1]}")
def test_what_is_foreseen_is_what_is_decided(
    kind: tuple[Status, Outcome | None], age: timedelta, *, back: bool
) -> None:
    status, outcome = kind
    old = job(id="old", created_at=NOW - age, status=status, outcome=outcome, reason="no_frames")
    row = Past(status=status, outcome=outcome, created_at=old.created_at)

    likely = foreseen([row], Budget(), NOW, regressed=back)

    number = generation([old], regressed_at=NOW if back else None, open_pull=False)
    webhook = job(id="new", trigger="webhook", generation=number)
    decided = judge(webhook, [old], Budget(), NOW).verdict
    assert likely in ("", decided)
