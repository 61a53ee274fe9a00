"""What people are told of a repair, when, and how it reads."""

import re
from typing import Any

import pytest

from fakes.repairs import NOW, frame, job, problem
from modules.autofix.decisions import decided
from modules.autofix.job import Decision, Job, Outcome, Stage, Status, StopAt, Thread
from modules.autofix.notice_text import plain_text, safe_url, slack_text
from modules.autofix.notices import USUAL, Kind, kind_of, marked, notice, trial
from modules.autofix.project import Project

WEB = Project(key="web", slug="web", repository="/srv/web")
PUBLIC = WEB.model_copy(update={"public": True})
RUNNING = job(status=Status.RUNNING)


def fixed(**more: Any) -> Job:
    told: dict[str, Any] = {
        "status": Status.SUCCEEDED,
        "outcome": Outcome.FIXED,
        "stage": Stage.DONE,
        "issue_title": "TypeError: Cannot read property 'x' of undefined",
        "issue_url": "https://sentry.example.com/organizations/acme/issues/42/",
        "environment": "production",
        "branch_name": "sentry-autofix/web-1a-0a1b2c-g1",
        "pr_number": 123,
        "pr_url": "https://forge.example.com/acme/web/pull/123",
        "problem": problem(),
        **more,
    }
    return job(**told)


def failed(**more: Any) -> Job:
    told: dict[str, Any] = {
        "status": Status.FAILED,
        "outcome": Outcome.ERROR,
        "reason": "no_report",
        "error_message": "no_report: 2 tests failed",
        "retry_count": 3,
        "pr_number": None,
        "pr_url": None,
        **more,
    }
    return fixed(**told)


def test_a_created_pull_request_reads_as_documented() -> None:
    assert slack_text(notice(fixed(), Kind.PR_CREATED, WEB)) == (
        "🤖 Sentry Auto-Fix PR Created\n\n"
        "TypeError: Cannot read property 'x' of undefined\n\n"
        "Pull Request: <https://forge.example.com/acme/web/pull/123|#123>\n"
        "Environment: production\n"
        "Sentry Issue: <https://sentry.example.com/organizations/acme/issues/42/|View Issue>\n"
        "Branch: sentry-autofix/web-1a-0a1b2c-g1\n\n"
        "⚠️ Please review carefully before merging. This PR should never be auto-merged."
    )


def test_a_failure_reads_as_documented() -> None:
    assert slack_text(notice(failed(), Kind.FAILED, WEB)) == (
        "❌ Sentry Auto-Fix Failed\n\n"
        "TypeError: Cannot read property 'x' of undefined\n\n"
        "Sentry Issue: <https://sentry.example.com/organizations/acme/issues/42/|View Issue>\n"
        "Retry: 3 / 3\n\n"
        "Error:\n```\nno_report: 2 tests failed\n```"
    )


@pytest.mark.parametrize(
    ("stop_at", "what", "look", "decide"),
    [
        (StopAt.PLAN, "the plan of", "include=summary", "decision=approve"),
        (StopAt.DIFF, "the diff of", "include=diff", "decision=approve diff_sha256=…"),
    ],
)
def test_who_waits_says_what_is_to_be_decided_and_how(
    stop_at: StopAt, what: str, look: str, decide: str
) -> None:
    waiting = fixed(status=Status.WAITING, stop_at=stop_at, outcome=None, stage=Stage.PUBLISH)

    subject, body = plain_text(notice(waiting, Kind.WAITING, WEB))

    assert subject == "⏳ Sentry Auto-Fix Waits for a Decision"
    assert f"To decide: {what}" in body
    assert f"sentry-monitor call get-autofix-job job_id=j1 {look}" in body
    assert f"sentry-monitor call decide-autofix-job job_id=j1 {decide}" in body
    assert not re.search("[0-9a-f]{64}", body)  # nobody approves a diff that he was not shown


def test_a_draft_says_why_it_is_one() -> None:
    draft = fixed(outcome=Outcome.DRAFT, reason="suite_worse")

    assert "Draft: Tests that passed before fail with the fix." in slack_text(
        notice(draft, Kind.PR_CREATED, WEB)
    )


@pytest.mark.parametrize(
    ("outcome", "status", "kind"),
    [
        (Outcome.FIXED, Status.SUCCEEDED, Kind.PR_CREATED),
        (Outcome.DRAFT, Status.SUCCEEDED, Kind.PR_CREATED),
        (Outcome.DUPLICATE_PR, Status.SUCCEEDED, Kind.DUPLICATE),
        (Outcome.NOT_REPRODUCED, Status.SUCCEEDED, Kind.DECLINED),
        (Outcome.DECLINED, Status.SUCCEEDED, Kind.DECLINED),
        (Outcome.WONT_FIX, Status.CANCELLED, Kind.DECLINED),
        (Outcome.BLOCKED_PATH, Status.FAILED, Kind.FAILED),
        (Outcome.ERROR, Status.FAILED, Kind.FAILED),
    ],
)
def test_each_end_has_its_kind(outcome: Outcome, status: Status, kind: Kind) -> None:
    assert kind_of(RUNNING, fixed(outcome=outcome, status=status)) is kind


def test_a_step_on_the_way_tells_nothing() -> None:
    assert kind_of(RUNNING, job(status=Status.RUNNING, stage=Stage.PROVE)) is None
    assert marked(RUNNING, job(status=Status.RUNNING, stage=Stage.FIX), USUAL).notices == ()


def test_duplicates_and_declined_ones_are_told_only_where_they_are_chosen() -> None:
    duplicate = fixed(outcome=Outcome.DUPLICATE_PR)

    assert marked(RUNNING, duplicate, USUAL).notices == ()
    assert marked(RUNNING, duplicate, {Kind.DUPLICATE}).notices == ("duplicate",)


def test_what_was_marked_is_not_marked_again_until_a_person_decides() -> None:
    waiting = job(status=Status.WAITING, stage=Stage.PUBLISH, stop_at=StopAt.DIFF)
    once = marked(RUNNING, waiting, USUAL)
    assert once.notices == ("waiting",)
    assert marked(RUNNING, once, USUAL) is once

    guided = decided(once, Decision(kind="guide", at=NOW, text="no"), NOW)

    again = guided.model_copy(update={"status": Status.WAITING})
    assert marked(RUNNING, again, USUAL).notices == ("waiting",)


def test_a_thread_is_brought_up_to_date_by_what_is_not_told() -> None:
    known = fixed(outcome=Outcome.DECLINED, thread=Thread(channel="C1", message="1.0"))

    assert marked(RUNNING, known, USUAL).notices == ("declined",)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_public_project_shows_no_value_of_the_event(kind: Kind) -> None:
    secretive = failed(
        issue_title="ValueError: card 4111 of Jane",
        error_message="no_report: card 4111 of Jane",
        environment="jane-laptop",
        pr_number=3,
        problem=problem(title="ValueError: card 4111 of Jane", value="card 4111 of Jane"),
    )

    told = slack_text(notice(secretive, kind, PUBLIC))

    assert "ZeroDivisionError in average" in told
    assert not re.search("(?i)4111|jane", told)


def test_names_that_are_no_names_are_left_out_of_a_public_notice() -> None:
    odd = fixed(problem=problem(type="<!channel> x", frames=(frame(function="@here now"),)))

    assert "\n\nerror\n\n" in slack_text(notice(odd, Kind.PR_CREATED, PUBLIC))


HOSTILE = "<!channel> <@U1> @here <https://evil.test|View Issue> & ```\n>>> @everyone <@&7>"


def test_in_slack_strangers_write_no_mention_no_link_and_no_markup() -> None:
    told = slack_text(
        notice(
            failed(issue_title=HOSTILE, error_message=HOSTILE, environment=HOSTILE),
            Kind.FAILED,
            WEB,
        )
    )

    assert re.findall("<[^>]*>", told) == [
        "<https://sentry.example.com/organizations/acme/issues/42/|View Issue>"
    ]
    assert "&lt;!channel&gt;" in told
    assert told.count("```") == 2
    assert not re.search(r"@\w|https://evil", told)
    assert not re.search(r"(?m)^&gt;", told)


def test_in_plain_text_nothing_is_a_mention_or_a_tag() -> None:
    _, body = plain_text(
        notice(failed(issue_title=HOSTILE, error_message=HOSTILE), Kind.FAILED, WEB)
    )

    assert not re.search(r"[<>`]|@[\w&]|https://evil", body)


def test_long_text_is_capped_and_says_so() -> None:
    told = slack_text(notice(failed(error_message="x y " * 5000), Kind.FAILED, WEB))

    assert len(told) < 1500
    assert "more characters" in told


def test_our_own_secrets_are_in_no_notice() -> None:
    word = "the-bot-token-of-ours"
    leaky = failed(issue_title=f"saw {word}", error_message=f"env: {word}")

    told = slack_text(notice(leaky, Kind.FAILED, WEB, secrets=(word,)))

    assert word not in told
    assert told.count("[redacted:own-secret]") == 2


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://forge.test/a/pull/1?x=1&y=2", True),
        ("http://127.0.0.1:9000/organizations/acme/issues/1/", True),
        ("local://shop/pulls/1", False),
        ("https://forge.test/a|b>", False),
        ("https://forge.test/a b", False),
        ("javascript:alert(1)", False),
        ("https://user:pw@forge.test/", False),
        ("", False),
    ],
)
def test_only_a_plain_web_address_becomes_a_link(url: str, safe: bool) -> None:
    assert bool(safe_url(url)) is safe


def test_a_pull_request_of_the_local_forge_is_named_without_a_link() -> None:
    told = slack_text(
        notice(fixed(pr_url="local://shop/pulls/7", pr_number=7), Kind.PR_CREATED, WEB)
    )

    assert "Pull Request: #7\n" in told


def test_a_trial_says_that_it_is_one() -> None:
    subject, body = plain_text(trial())

    assert (subject, body) == (
        "🔔 Sentry Auto-Fix Test",
        "Notifications of sentry-monitor arrive here.",
    )
