"""Beginning a repair, and deciding about it."""

import pytest

from fakes.job_door import ISSUE, OLD, Door, jobs, shop_job, waiting
from fakes.job_ports import NOW, SHOP, an_autofix
from fakes.sender import missing
from modules.autofix.job import Job, Outcome, Stage, Status, StopAt

# -- autofix-issue


async def test_a_repair_is_enqueued_with_its_undo() -> None:
    door = Door()

    output = await door.ask("autofix-issue", issue_id="42")

    data = output.data or {}
    assert output.error is None
    assert (data["verdict"], data["status"], data["stage"]) == ("queued", "queued", "gather")
    assert output.recommendations == ("a worker runs the jobs",)
    (effect,) = output.side_effects
    assert effect.action == "enqueue-job"
    undone = await door.ask("decide-autofix-job", job_id=data["job"], decision="cancel")
    assert effect.undo == f"decide-autofix-job job_id={data['job']} decision=cancel"
    assert (undone.data or {})["status"] == "cancelled"


async def test_the_job_has_the_project_and_what_was_asked() -> None:
    door = Door(an_autofix(projects=(SHOP.model_copy(update={"stop_at": StopAt.DIFF}),)))

    plain, _ = await door.read("autofix-issue", issue_id="42")
    job = await door.autofix.jobs.get(plain["job"])

    assert (job.project_key, job.host, job.stop_at) == ("web", "sentry.test", StopAt.DIFF)
    assert job.issue_key == "sentry.test/acme/42"


async def test_where_it_stops_can_be_asked_for() -> None:
    data, _ = await Door().read("autofix-issue", issue_id="42", stop_at="plan")

    assert data["stop_at"] == "plan"


async def test_a_disabled_autofix_is_told_before_sentry_is_asked() -> None:
    door = Door(an_autofix(enabled=False))

    error = await door.refusal("autofix-issue", issue_id="42")

    assert error.code == "autofix_disabled"
    assert "SENTRY_FIXER_ENABLED=true" in str(error.recovery_suggestion)
    assert door.sender.paths == []


async def test_an_unmapped_project_is_told_with_those_that_are_mapped() -> None:
    door = Door(project={"id": "9", "slug": "other"})

    error = await door.refusal("autofix-issue", issue_id="42")

    assert error.code == "unmapped_project"
    assert "mapped are: shop" in error.message
    assert "SENTRY_PROJECTS" in str(error.recovery_suggestion)


async def test_an_unknown_issue_enqueues_nothing() -> None:
    door = Door()
    door.sender.answers[ISSUE] = missing()

    error = await door.refusal("autofix-issue", issue_id="42")

    assert error.category == "not_found"
    assert await door.autofix.jobs.list() == ()


@pytest.mark.parametrize(
    ("there", "verdict", "told"),
    [
        (shop_job(status=Status.RUNNING, created_at=NOW - OLD), "duplicate", "job for this issue"),
        (
            shop_job(status=Status.FAILED, created_at=NOW - OLD / 3),
            "rate_limited",
            "a short while ago",
        ),
        (
            shop_job(status=Status.CANCELLED, outcome=Outcome.WONT_FIX, created_at=NOW - 9 * OLD),
            "wont_fix",
            "decided not to fix",
        ),
    ],
)
async def test_a_job_in_the_way_is_shown_and_nothing_changes(
    there: Job, verdict: str, told: str
) -> None:
    door = Door(jobs(there))

    output = await door.ask("autofix-issue", issue_id="42")
    data, text = await door.read("autofix-issue", issue_id="42")

    assert (data["verdict"], data["job"]) == (verdict, "j1")
    assert output.side_effects == ()
    assert told in " ".join(output.warnings)
    assert text.startswith(f"{verdict}: ")
    assert len(await door.autofix.jobs.list()) == 1


async def test_instructions_insist_past_the_time_but_not_past_a_decision() -> None:
    recent = Door(jobs(shop_job(status=Status.FAILED)))
    wont = Door(jobs(shop_job(status=Status.CANCELLED, outcome=Outcome.WONT_FIX)))

    insisted, _ = await recent.read("autofix-issue", issue_id="42", instructions="mind the cart")
    refused, _ = await wont.read("autofix-issue", issue_id="42", instructions="mind the cart")

    assert insisted["verdict"] == "queued"
    assert refused["verdict"] == "wont_fix"


# -- decide-autofix-job


@pytest.mark.parametrize(
    ("decision", "status"),
    [
        ("approve", "queued"),
        ("guide", "queued"),
        ("wont_fix", "cancelled"),
        ("cancel", "cancelled"),
    ],
)
async def test_a_decision_is_told_with_before_and_after(decision: str, status: str) -> None:
    door = Door(jobs(waiting()))
    seen, _ = await door.read("get-autofix-job", job_id="j1")
    more = {"approve": {"diff_sha256": seen["diff_sha256"]}, "guide": {"text": "mind the cart"}}
    named = more.get(decision, {})

    output = await door.ask("decide-autofix-job", job_id="j1", decision=decision, **named)

    (effect,) = output.side_effects
    assert effect.action == f"decide-{decision.replace('_', '-')}"
    assert (effect.before, effect.after) == ({"status": "waiting"}, {"status": status})
    assert effect.undo is None
    assert (output.data or {})["status"] == status


async def test_a_failed_job_can_be_retried_and_hears_why() -> None:
    door = Door(jobs(waiting(status=Status.FAILED, outcome=Outcome.ERROR)))

    await door.ask("decide-autofix-job", job_id="j1", decision="retry", text="mind the cart")

    job = await door.autofix.jobs.get("j1")
    assert (job.status, job.stage, job.instructions) == (
        Status.QUEUED,
        Stage.GATHER,
        "mind the cart",
    )


@pytest.mark.parametrize(
    ("status", "decision", "more", "code"),
    [
        (Status.RUNNING, "approve", {}, "autofix_not_waiting"),
        (Status.FAILED, "guide", {"text": "mind the cart"}, "autofix_not_waiting"),
        (Status.WAITING, "guide", {}, "invalid_parameters"),
        (Status.WAITING, "guide", {"text": " "}, "invalid_parameters"),
        (Status.SUCCEEDED, "cancel", {}, "autofix_not_waiting"),
        (Status.RUNNING, "retry", {}, "autofix_not_waiting"),
        (Status.WAITING, "approve", {"diff_sha256": "0" * 64}, "autofix_diff_changed"),
        (Status.WAITING, "approve", {"diff_sha256": "short"}, "invalid_parameters"),
        (Status.WAITING, "merge", {}, "invalid_parameters"),
    ],
)
async def test_a_decision_that_does_not_fit_changes_nothing(
    status: Status, decision: str, more: dict[str, str], code: str
) -> None:
    before = waiting(status=status)
    door = Door(jobs(before))

    error = await door.refusal("decide-autofix-job", job_id="j1", decision=decision, **more)

    assert error.code == code
    assert error.recovery_suggestion
    assert await door.autofix.jobs.get("j1") == before


async def test_guidance_without_a_word_is_refused_with_what_is_missing() -> None:
    error = await Door(jobs(waiting())).refusal("decide-autofix-job", job_id="j1", decision="guide")

    assert error.message == "decide-autofix-job: guide needs text: what to do differently"


async def test_a_job_that_was_cancelled_says_how_it_is_taken_up_again() -> None:
    door = Door(jobs(shop_job(status=Status.CANCELLED)))

    output = await door.ask("autofix-issue", issue_id="42")

    assert "decide-autofix-job job_id=j1 decision=retry" in " ".join(output.warnings)


async def test_the_diff_that_was_read_is_approved() -> None:
    door = Door(jobs(waiting()))
    seen, _ = await door.read("get-autofix-job", job_id="j1", include="diff")

    await door.ask(
        "decide-autofix-job", job_id="j1", decision="approve", diff_sha256=seen["diff_sha256"]
    )

    assert (await door.autofix.jobs.get("j1")).approved


async def test_an_unknown_job_is_not_decided_about() -> None:
    error = await Door().refusal("decide-autofix-job", job_id="j9", decision="cancel")

    assert error.code == "autofix_no_such_job"
