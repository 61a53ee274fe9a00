"""The steps in order, and every way out of them."""

import errno
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from fakes.pipeline_ports import BASE, FIX, MemoryAgent, MemoryIssues, World, right
from fakes.repairs import NOW, job, problem, report
from modules.autofix.describe import branch_name, note, pull_marker
from modules.autofix.errors import LostJob, Parked
from modules.autofix.job import Attempt, Job, Outcome, Problem, Report, Stage, Status, StopAt
from modules.autofix.pipeline import STEPS, run
from modules.autofix.ports import AgentResult, Change, Note, PullRequest, TestRun
from modules.outbound.errors import Unreachable
from modules.sentry.errors import NotFound


def running(**more: Any) -> Job:
    return job(status=Status.RUNNING, **more)


def stages(world: World) -> list[str]:
    return [text.partition("\n")[0] for text in world.issues.written]


async def test_a_right_fix_becomes_one_pull_request() -> None:
    world = World()

    done = await run(running(), world.ports)

    assert (done.status, done.outcome, done.reason) == ("succeeded", "fixed", "proven")
    (pull,) = world.forge.pulls
    assert not pull.draft
    assert (done.pr_number, done.pr_url) == (pull.number, pull.url)
    assert world.repository.heads == {done.branch_name: FIX}
    assert stages(world) == [
        "🤖 Investigating",
        "🤖 Applying fix and running tests",
        "🤖 Reproduced ✅",
        "🤖 Fixed ✅",
    ]
    assert done.completed_at == NOW
    assert [attempt.number for attempt in done.attempts] == [1]


async def test_every_step_may_run_twice() -> None:
    """What a kill between an effect and its record leaves: the step runs again."""
    world = World()
    current = running()
    while current.stage is not Stage.DONE:
        await STEPS[current.stage](current, world.ports)
        current = await STEPS[current.stage](current, world.ports)

    assert current.outcome is Outcome.FIXED
    assert len(world.forge.pulls) == 1
    assert len(stages(world)) == len(set(stages(world)))


@pytest.mark.parametrize(
    ("report_", "outcome", "reason"),
    [
        (report(no_fix_reason="not_reproducible"), "not_reproduced", "not_reproducible"),
        (report(no_fix_reason="suspicious_input"), "declined", "suspicious_input"),
        (report(no_fix_reason="blocked_path"), "blocked_path", "blocked_path"),
        (report(classification="cause_only"), "declined", "cause_only"),
        (
            report(classification="action_recommended", no_fix_reason="configuration"),
            "declined",
            "configuration",
        ),
    ],
)
async def test_an_agent_without_a_fix_is_asked_once(
    report_: Report, outcome: str, reason: str
) -> None:
    world = World()
    world.agent.results = [AgentResult(report=report_)]

    done = await run(running(), world.ports)

    assert (done.outcome, done.reason, len(world.agent.tasks)) == (outcome, reason, 1)
    assert world.forge.pulls == []
    assert done.attempts[0].report == report_


async def test_a_failed_attempt_is_told_to_the_next() -> None:
    world = World()
    world.agent.results = [
        AgentResult(failure="agent_crashed", message="it fell over", usd=0.5),
        AgentResult(report=report(), usd=0.25),
    ]

    done = await run(running(), world.ports)

    assert (done.outcome, done.retry_count, done.cost_usd) == ("fixed", 1, 0.75)
    assert "it fell over" in (world.agent.tasks[1].previous_failure or "")
    assert world.ledger.spent == [0.5, 0.25]


async def test_after_the_last_attempt_it_has_failed() -> None:
    world = World()
    world.agent.results = [AgentResult(failure="timeout", message="too slow")]

    done = await run(running(max_retries=2), world.ports)

    assert (done.status, done.outcome, done.reason) == ("failed", "error", "timeout")
    assert len(world.agent.tasks) == 3
    assert stages(world)[-1] == "🤖 Stopped"


async def test_what_no_attempt_can_mend_is_not_tried_again() -> None:
    world = World()
    world.agent.results = [AgentResult(failure="agent_missing", message="no such program")]

    done = await run(running(), world.ports)

    assert (done.status, len(world.agent.tasks)) == ("failed", 1)


async def test_an_unproven_fix_ends_as_a_draft() -> None:
    world = World()
    world.checks.outcome = lambda commit: (
        TestRun(tests={"tests/test_old.py::t": ("failed", "")}, exit_code=1, output="boom")
        if commit == FIX
        else right(commit)
    )

    done = await run(running(max_retries=1), world.ports)

    assert (done.status, done.outcome) == ("succeeded", "draft")
    assert len(world.agent.tasks) == 2
    assert world.forge.pulls[0].draft
    assert stages(world)[-1] == "🤖 Tests failed ⚠️"


async def test_without_tests_it_is_a_draft_at_once() -> None:
    world = World()
    world.project = world.project.model_copy(update={"run_tests": False})

    done = await run(running(), world.ports)

    assert (done.outcome, done.reason, len(world.agent.tasks)) == ("draft", "tests_not_run", 1)


@pytest.mark.parametrize(
    ("change", "outcome", "reason"),
    [
        ({"path": ".github/workflows/x.yml"}, "blocked_path", "blocked_path"),
        ({"new_mode": "120000"}, "blocked_path", "symlink"),
        ({"added": None}, "blocked_path", "binary"),
        ({"added": 700}, "blocked_path", "too_large"),
        ({"path": "tests/test_b.py"}, "declined", "no_change"),
    ],
)
async def test_guardrails_end_the_job(change: dict[str, Any], outcome: str, reason: str) -> None:
    world = World()
    first = Change(path="src/a.py", old_mode="100644", new_mode="100644", status="M", added=1)
    world.repository.changed = (replace(first, **change),)

    done = await run(running(), world.ports)

    assert (done.outcome, done.reason) == (outcome, reason)
    assert world.forge.pulls == []
    assert world.repository.heads == {}


async def test_our_own_secret_in_a_report_ends_the_job() -> None:
    world = World(secrets=("sntryu_0123456789abcdef",))
    leaky = report(explanation="the token is sntryu_0123456789abcdef")
    world.agent.results = [AgentResult(report=leaky)]

    done = await run(running(), world.ports)

    assert (done.outcome, done.reason) == ("blocked_path", "secret_in_diff")
    assert world.forge.pulls == []


async def test_a_plan_waits_and_goes_on_when_it_is_approved() -> None:
    world = World()

    waiting = await run(running(stop_at=StopAt.PLAN), world.ports)
    assert (waiting.status, waiting.stage) == ("waiting", "fix")
    assert world.agent.tasks[0].plan_only

    approved = waiting.model_copy(update={"status": Status.RUNNING, "approved": True})
    done = await run(approved, world.ports)
    assert (done.outcome, world.agent.tasks[1].plan_only) == ("fixed", False)


async def test_a_diff_waits_unpushed() -> None:
    world = World()

    waiting = await run(running(stop_at=StopAt.DIFF), world.ports)

    assert (waiting.status, waiting.stage) == ("waiting", "publish")
    assert world.repository.heads == {}
    done = await run(
        waiting.model_copy(update={"status": Status.RUNNING, "approved": True}), world.ports
    )
    assert done.outcome is Outcome.FIXED


@pytest.mark.parametrize(
    ("bend", "outcome", "reason"),
    [
        (
            lambda w: setattr(w.ledger, "earlier", (job(id="e", outcome=Outcome.WONT_FIX),)),
            "wont_fix",
            "wont_fix",
        ),
        (lambda w: setattr(w.ledger, "refusal", "budget_day"), "declined", "budget_day"),
        (
            lambda w: setattr(w.issues, "told", problem(status="resolved")),
            "declined",
            "not_unresolved",
        ),
        (
            lambda w: w.issues.written.append(note(job(id="other"), "investigating", NOW)),
            "declined",
            "in_progress_elsewhere",
        ),
    ],
)
async def test_reasons_not_to_begin_cost_nothing(bend: Any, outcome: str, reason: str) -> None:
    world = World()
    bend(world)
    before = len(stages(world))

    done = await run(running(), world.ports)

    assert (done.outcome, done.reason) == (outcome, reason)
    assert world.agent.tasks == []
    assert len(stages(world)) == before


async def test_a_mapped_folder_that_is_not_there_is_told_as_such() -> None:
    world = World()
    ports = replace(
        world.ports, project=world.ports.project.model_copy(update={"folder": "backend"})
    )

    done = await run(running(), ports)

    assert (done.outcome, done.reason) == ("error", "folder_missing")
    assert "'backend'" in (done.error_message or "")


@pytest.mark.parametrize("marked", [True, False])
async def test_a_pull_request_that_is_there_is_linked(marked: bool) -> None:
    world = World()
    own = running()
    other = pull_marker(job(id="earlier"))
    head = "elsewhere" if marked else branch_name(own, problem())
    world.forge.pulls.append(
        PullRequest(number=7, url="memory://7", title="x", body=other, head=head, base="main")
    )

    done = await run(own, world.ports)

    assert (done.outcome, done.pr_number) == ("duplicate_pr", 7)
    assert done.reason == ("our_marker" if marked else "our_branch")
    assert stages(world) == ["🤖 Existing fix found"]
    assert len(world.forge.pulls) == 1


@pytest.mark.parametrize("state", ["closed", "merged"])
async def test_a_person_who_asks_anew_gets_a_new_generation(state: str) -> None:
    world = World()
    earlier = pull_marker(job(id="earlier"))
    head = branch_name(job(), problem())
    world.forge.pulls.append(
        PullRequest(
            number=7, url="m://7", title="x", body=earlier, head=head, base="main", state=state
        )
    )

    unasked = await run(running(), world.ports)
    asked = await run(running(id="j2", instructions="another way, please"), world.ports)

    assert (unasked.outcome, unasked.pr_number) == ("duplicate_pr", 7)
    assert (asked.outcome, asked.generation, asked.pr_number) == ("fixed", 2, 2)
    assert asked.branch_name != head


async def test_an_open_pull_request_stands_whatever_is_asked() -> None:
    world = World()
    head = branch_name(job(), problem())
    world.forge.pulls.append(
        PullRequest(number=7, url="m://7", title="x", body="", head=head, base="main")
    )

    done = await run(running(instructions="another way, please"), world.ports)

    assert (done.outcome, done.generation) == ("duplicate_pr", 1)


async def test_a_branch_on_which_somebody_works_is_left_alone() -> None:
    world = World()
    own = running()
    world.repository.heads[branch_name(own, problem())] = "d" * 40

    done = await run(own, world.ports)

    assert (done.outcome, done.reason) == ("error", "branch_moved")
    assert list(world.repository.heads.values()) == ["d" * 40]


async def test_a_branch_on_which_somebody_works_costs_no_agent() -> None:
    world = World()
    world.repository.heads[branch_name(running(), problem())] = "d" * 40

    await run(running(), world.ports)

    assert world.agent.tasks == []


async def test_a_branch_that_an_earlier_job_left_is_ours() -> None:
    """It was cancelled between its push and its pull request."""
    world = World()
    left = Attempt(number=1, started_at=NOW, commit="d" * 40)
    world.repository.heads[branch_name(running(), problem())] = "d" * 40
    world.ledger.earlier = (job(id="e", status=Status.CANCELLED, attempts=(left,)),)

    done = await run(running(), world.ports)

    assert done.outcome is Outcome.FIXED
    assert list(world.repository.heads.values()) == [FIX]


async def test_a_cancelled_job_does_not_hold_the_next_one_up() -> None:
    world = World()
    world.issues.written.append(note(job(id="e"), "investigating", NOW))
    world.ledger.earlier = (job(id="e", status=Status.CANCELLED),)

    done = await run(running(), world.ports)

    assert done.outcome is Outcome.FIXED


async def test_too_many_open_pull_requests() -> None:
    world = World()
    for number in range(5):
        head = f"sentry-autofix/x-{number}-g1"
        world.forge.pulls.append(
            PullRequest(number=number, url="u", title="t", body="", head=head, base="main")
        )

    done = await run(running(), world.ports)

    assert (done.outcome, done.reason) == ("declined", "budget_open_prs")


async def test_an_outage_parks_the_job_and_costs_no_attempt() -> None:
    world = World()
    world.issues.error = Unreachable()

    with pytest.raises(Parked) as parked:
        await run(running(), world.ports)

    assert parked.value.until == NOW + timedelta(minutes=5)
    assert world.ledger.jobs == {}


@pytest.mark.parametrize("kind", ["usage_limit", "auth", "model_unavailable"])
async def test_a_usage_limit_parks_it_until_the_stated_time(kind: str) -> None:
    world = World()
    until = NOW + timedelta(hours=2)
    world.agent.results = [AgentResult(failure=kind, until=until)]

    with pytest.raises(Parked) as parked:
        await run(running(), world.ports)

    assert (parked.value.reason, parked.value.until) == (kind, until)
    assert world.ledger.jobs["j1"].attempts == ()


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(hours=1)])
async def test_a_limit_that_is_over_already_is_asked_again_in_a_minute(until: datetime) -> None:
    world = World()
    world.agent.results = [AgentResult(failure="usage_limit", until=until)]

    with pytest.raises(Parked) as parked:
        await run(running(), world.ports)

    assert parked.value.until == NOW + timedelta(minutes=1)


async def test_no_agent_parks_a_job_for_years() -> None:
    world = World()
    world.agent.results = [AgentResult(failure="usage_limit", until=NOW + timedelta(days=4000))]

    with pytest.raises(Parked) as parked:
        await run(running(), world.ports)

    assert parked.value.until == NOW + timedelta(days=7)


async def test_the_kill_switch_parks_what_is_under_way() -> None:
    world = World()
    world.ledger.pause = "a person said so"

    with pytest.raises(Parked) as parked:
        await run(running(stage=Stage.FIX, problem=problem(), base_sha=BASE), world.ports)

    assert parked.value.reason == "paused"
    assert world.agent.tasks == []


async def test_a_full_disk_is_told_as_one() -> None:
    world = World(agent=NoRoom())

    done = await run(running(), world.ports)

    assert (done.status, done.reason) == ("failed", "disk_full")


class NoRoom(MemoryAgent):
    """Its request cannot be written down."""

    async def run(self, *_: object) -> AgentResult:
        raise OSError(errno.ENOSPC, "No space left on device")


async def test_an_unknown_issue_ends_the_job() -> None:
    world = World()
    world.issues.error = NotFound("There is no issue 42.")

    done = await run(running(), world.ports)

    assert (done.status, done.outcome, done.reason) == ("failed", "error", "issue_missing")


async def test_a_lost_job_is_left_at_once() -> None:
    world = World()
    world.ledger.lost = True

    with pytest.raises(LostJob):
        await run(running(), world.ports)


async def test_notes_that_fail_hold_no_job_up() -> None:
    world = World(issues=Mute())

    done = await run(running(), world.ports)

    assert done.outcome is Outcome.FIXED
    assert any("no note in Sentry" in line for line in world.ledger.history)


class Mute(MemoryIssues):
    """A Sentry whose comments are out of order."""

    async def notes(self, problem: Problem) -> tuple[Note, ...]:
        raise Unreachable


async def test_a_full_repository_costs_no_agent() -> None:
    world = World()
    heads = [f"sentry-autofix/x-{number}-g1" for number in range(5)]
    world.forge.pulls = [
        PullRequest(number=n, url="u", title="t", body="", head=head, base="main")
        for n, head in enumerate(heads)
    ]

    done = await run(running(), world.ports)

    assert (done.reason, world.agent.tasks) == ("budget_open_prs", [])


async def test_what_the_agent_says_holds_no_secret_of_ours() -> None:
    world = World(secrets=("correct-horse-battery",))
    said = "cannot log in with correct-horse-battery"
    world.agent.results = [AgentResult(failure="agent_crashed", message=said, log=said)]

    done = await run(running(max_retries=0), world.ports)

    assert "correct-horse" not in done.model_dump_json()
    assert not any("correct-horse" in text for text in world.issues.written)


async def test_a_server_without_comments_is_no_failure() -> None:
    world = World()
    world.issues.comments = False

    done = await run(running(), world.ports)

    assert done.outcome is Outcome.FIXED
    assert any("no note in Sentry" in line for line in world.ledger.history)
