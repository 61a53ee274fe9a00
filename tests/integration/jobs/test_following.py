"""What happens to an open pull request of ours: its checks, its people, and what became of it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from fakes.autofix_jobs import Shelf, a_job, an_attempt, runs
from modules.autofix.adapters import job_rows
from modules.autofix.adapters.job_store import JobStore
from modules.autofix.adapters.lesson_store import LessonStore
from modules.autofix.adapters.pull_records import PullRecords
from modules.autofix.ci_rounds import Followed, Phase
from modules.autofix.errors import NoSuchLesson, Parked
from modules.autofix.following import Following
from modules.autofix.job import Decision, Job, Outcome, Stage, Status, StopAt
from modules.autofix.learning import Fate, LessonState, fate, taught
from modules.autofix.project import Budget, Project
from modules.autofix.review import CheckRun, Remark, Standing
from modules.jobs.adapters.run_queue import RunQueue

PROJECT = Project(key="shop", slug="shop", repository="/srv/shop")
FIRST, SECOND, FOREIGN = "a" * 40, "b" * 40, "f" * 40
SECRET = "ghp_" + "a1B2" * 9
RED = (
    CheckRun(name="tests", light="red", told=f"1 failed\ntoken {SECRET}"),
    CheckRun(name="lint", light="green"),
)


@dataclass
class ReviewInMemory:
    """Implements Review: one pull request."""

    now: Standing = field(default_factory=lambda: Standing(state="open", head=FIRST))
    runs: tuple[CheckRun, ...] = ()
    said: list[Remark] = field(default_factory=list)

    async def standing(self, project: Project, number: int) -> Standing:
        return self.now

    async def remarks(self, project: Project, number: int) -> tuple[Remark, ...]:
        return tuple(self.said)

    async def checks(self, project: Project, commit: str) -> tuple[CheckRun, ...]:
        return self.runs

    async def comment(self, project: Project, number: int, text: str) -> None:
        self.said.append(Remark(text=text, mine=True))


@dataclass
class Desk:
    """One worker's view, and the job whose pull request is followed."""

    shelf: Shelf
    store: JobStore
    project: Project = PROJECT
    review: ReviewInMemory = field(default_factory=ReviewInMemory)
    budget: Budget = field(default_factory=Budget)

    @property
    def records(self) -> PullRecords:
        queue = RunQueue(self.shelf.engine)
        return PullRecords(self.store, queue, budget=self.budget, now=lambda: self.shelf.now)

    @property
    def lessons(self) -> LessonStore:
        return LessonStore(self.store, now=lambda: self.shelf.now)

    async def look(self) -> Followed:
        following = Following(
            self.records,
            review_of=lambda _: self.review,
            project_of={"shop": self.project}.get,
            lessons=self.lessons,
            now=lambda: self.shelf.now,
        )
        self.shelf.wait(seconds=90)
        await following.once()
        (pull,) = await self.records.all()
        return pull

    async def job(self) -> Job:
        return await self.store.get("job-1")

    async def ends(self, *commits: str, outcome: Outcome = Outcome.FIXED, **more: Any) -> None:
        """The worker's part of it: a run that proposes the last of the commits."""
        job = await self.job()
        running = await self.store.take(job.id, job.run)
        assert running is not None
        attempts = tuple(an_attempt(n, commit=one) for n, one in enumerate(commits, 1))
        update = {
            "attempts": attempts,
            "status": Status.SUCCEEDED,
            "outcome": outcome,
            "stage": Stage.DONE,
            "pr_number": 7,
            "pr_url": "https://github.com/acme/shop/pull/7",
            "completed_at": self.shelf.now,
        }
        await self.store.save(running.model_copy(update={**update, **more}))

    async def ends_again(self, **more: Any) -> None:
        """The job as a later run leaves it."""
        self.shelf.wait(seconds=1)
        update = {"updated_at": self.shelf.now, **more}
        job = (await self.job()).model_copy(update=update)
        await self.store.within(lambda conn: job_rows.change(conn, job))


@pytest.fixture
async def desk(shelf: Shelf) -> Desk:
    desk = Desk(shelf, shelf.store())
    await desk.store.accept(a_job(), PROJECT)
    await desk.ends(FIRST)
    return desk


async def test_green_checks_leave_it_to_people(desk: Desk) -> None:
    desk.review.runs = (CheckRun(name="tests", light="green"),)

    pull = await desk.look()

    assert (pull.phase, pull.light, pull.rounds) == ("watched", "green", 0)
    assert (pull.pushed_sha, pull.head_sha, pull.outcome) == (FIRST, FIRST, "fixed")
    assert (await desk.job()).status is Status.SUCCEEDED


async def test_pending_checks_are_waited_for(desk: Desk) -> None:
    desk.review.runs = (*RED, CheckRun(name="slow", light="pending"))

    assert (await desk.look()).phase is Phase.WATCHED
    assert (await desk.job()).status is Status.SUCCEEDED


async def test_red_checks_begin_an_attempt_that_is_told_which(desk: Desk) -> None:
    desk.review.runs = RED

    pull = await desk.look()

    job = await desk.job()
    assert (pull.phase, pull.rounds, pull.tried_sha) == ("mending", 1, FIRST)
    assert (job.status, job.stage, job.run, job.outcome) == ("queued", "fix", 1, None)
    assert job.last is not None
    assert job.last.failure is not None
    assert {"tests", "1 failed"} <= set(job.last.failure.splitlines())
    assert "lint" not in job.last.failure
    assert SECRET not in job.model_dump_json()
    assert job.retry_count == job.max_retries
    assert _queued(desk) == ["job-1.0", "job-1.1"]


def _queued(desk: Desk) -> list[str]:
    table = runs(desk.shelf)
    rows = sa.select(sa.column("workflow_uuid", sa.Text)).select_from(table)
    with desk.shelf.engine.connect() as conn:
        return sorted(conn.scalars(rows))


async def test_two_rounds_then_one_comment_and_it_is_peoples(desk: Desk) -> None:
    desk.review.runs = RED
    assert (await desk.look()).rounds == 1
    assert (await desk.look()).phase is Phase.MENDING
    await desk.ends(FIRST, SECOND)
    desk.review.now = Standing(state="open", head=SECOND)
    assert (await desk.look()).rounds == 2
    third = "c" * 40
    await desk.ends(FIRST, SECOND, third)
    desk.review.now = Standing(state="open", head=third)

    pull = await desk.look()
    again = await desk.look()

    assert (pull.phase, pull.why, pull.rounds) == ("theirs", "ci_not_mended", 2)
    assert again.phase is Phase.THEIRS
    (comment,) = desk.review.said
    assert f"ci={third}" in comment.text
    assert (await desk.job()).status is Status.SUCCEEDED


async def test_an_attempt_that_pushed_nothing_is_not_repeated(desk: Desk) -> None:
    desk.review.runs = RED
    await desk.look()
    await desk.ends(FIRST, outcome=Outcome.ERROR, status=Status.FAILED)

    pull = await desk.look()

    assert (pull.phase, pull.why, pull.rounds) == ("theirs", "ci_not_mended", 1)
    assert len(desk.review.said) == 1


@pytest.mark.parametrize(
    "remark",
    [
        Remark(text="wait, I am on it"),
        Remark(text="by hand, with the token we have", mine=True),
    ],
)
async def test_a_person_who_wrote_has_it(desk: Desk, remark: Remark) -> None:
    desk.review.runs, desk.review.said = RED, [remark]

    pull = await desk.look()

    assert (pull.phase, pull.why, pull.rounds) == ("theirs", "people_at_work", 0)
    assert desk.review.said == [remark]
    assert (await desk.job()).status is Status.SUCCEEDED


async def test_a_bots_words_stop_nothing(desk: Desk) -> None:
    desk.review.runs, desk.review.said = RED, [Remark(text="coverage fell", bot=True)]

    assert (await desk.look()).rounds == 1


async def test_a_person_who_pushed_has_it(desk: Desk) -> None:
    desk.review.runs, desk.review.now = RED, Standing(state="open", head=FOREIGN)

    pull = await desk.look()

    assert (pull.phase, pull.why) == ("theirs", "people_at_work")
    assert (pull.pushed_sha, pull.head_sha) == ("", FOREIGN)


async def test_what_became_of_it_is_kept(desk: Desk) -> None:
    await desk.look()
    ended = desk.shelf.now
    desk.review.now = Standing(state="merged", head=SECOND, merge_sha="d" * 40, closed_at=ended)
    desk.shelf.wait(hours=1)

    pull = await desk.look()

    assert (pull.phase, pull.state, pull.merge_sha) == ("over", "merged", "d" * 40)
    assert (pull.pushed_sha, pull.head_sha, pull.ended_at) == (FIRST, SECOND, ended)


async def test_the_kill_switch_keeps_it_from_starting_anything(desk: Desk) -> None:
    desk.review.runs = RED
    await desk.store.switch(True)

    assert (await desk.look()).rounds == 0
    assert desk.review.said == []
    await desk.store.switch(False)
    assert (await desk.look()).rounds == 1


async def test_without_money_it_waits_for_the_next_day(desk: Desk) -> None:
    desk.review.runs, desk.budget = RED, Budget(usd_a_day=1.0)

    pull = await desk.look()

    assert (pull.phase, pull.rounds) == ("watched", 0)
    assert (await desk.job()).status is Status.SUCCEEDED
    desk.budget = Budget()
    assert (await desk.look()).rounds == 1


async def test_zero_rounds_switch_it_off(desk: Desk) -> None:
    desk.review.runs = RED
    desk.project = PROJECT.model_copy(update={"ci_rounds": 0})

    pull = await desk.look()

    assert (pull.phase, pull.light) == ("watched", "red")
    assert desk.review.said == []


async def test_an_old_one_starts_nothing_and_at_last_is_left(desk: Desk) -> None:
    await desk.look()
    desk.review.runs = RED
    desk.shelf.wait(days=8)
    assert (await desk.look()).rounds == 0
    desk.shelf.wait(days=30)

    assert (await desk.look()).phase is Phase.OVER


async def test_an_approved_diff_does_not_approve_the_next_one(desk: Desk) -> None:
    await desk.ends_again(stop_at=StopAt.DIFF, approved=True)
    desk.review.runs = RED

    await desk.look()

    assert not (await desk.job()).approved


async def test_workers_that_look_at_once_begin_one_round(desk: Desk) -> None:
    desk.review.runs = RED
    others = [Desk(desk.shelf, desk.shelf.store(f"w{n}"), review=desk.review) for n in range(4)]

    await asyncio.gather(*(one.look() for one in (desk, *others)))

    (pull,) = await desk.records.all()
    assert (pull.rounds, (await desk.job()).run) == (1, 1)


async def test_a_job_that_a_person_retried_is_not_begun_beside(desk: Desk) -> None:
    await desk.look()
    await desk.ends_again(outcome=Outcome.DRAFT)
    await desk.store.decide("job-1", Decision(kind="retry", at=desk.shelf.now))
    desk.review.runs = RED

    pull = await desk.look()

    assert (pull.phase, pull.rounds, (await desk.job()).run) == ("mending", 0, 1)


async def test_one_that_cannot_be_looked_at_is_tried_again(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    class Away(ReviewInMemory):
        async def standing(self, project: Project, number: int) -> Standing:
            raise Parked("forge_unavailable", "GitHub is away.", until=desk.shelf.now)

    real, desk.review = desk.review, Away()
    await desk.look()
    assert "GitHub is away." in caplog.text

    desk.review, real.runs = real, RED
    desk.shelf.wait(minutes=15)
    assert (await desk.look()).rounds == 1


async def test_a_new_pull_request_of_the_same_job_is_followed_too(desk: Desk) -> None:
    await desk.look()
    desk.review.now = Standing(state="closed", head=FIRST, closed_at=desk.shelf.now)
    desk.shelf.wait(hours=1)
    await desk.look()

    await desk.ends_again(pr_number=8)
    desk.shelf.wait(hours=1)
    await desk.records.due()

    assert {pull.number for pull in await desk.records.all()} == {7, 8}


async def test_what_people_said_where_they_closed_it_waits_as_a_lesson(desk: Desk) -> None:
    await desk.look()
    desk.review.said = [Remark(text="Never catch KeyError here", writer=True)]
    desk.review.now = Standing(state="closed", head=FIRST)

    await desk.look()
    await desk.look()

    (lesson,) = await desk.lessons.all()
    assert (lesson.text, lesson.state) == ("Never catch KeyError here", LessonState.PROPOSED)
    assert lesson.source.endswith("/pull/7")
    approved = await desk.lessons.decide(lesson.id, LessonState.APPROVED)
    assert taught(await desk.lessons.all(), "shop") == (approved.text,)
    with pytest.raises(NoSuchLesson):
        await desk.lessons.decide("none", LessonState.DROPPED)


async def test_one_that_is_merged_as_it_was_teaches_nothing(desk: Desk) -> None:
    await desk.look()
    desk.review.said = [Remark(text="Thank you", writer=True)]
    desk.review.now = Standing(state="merged", head=FIRST, merge_sha=SECOND)

    await desk.look()

    assert await desk.lessons.all() == ()
    ((pull, job),) = await desk.records.kept()
    assert (fate(pull), job.id) == (Fate.MERGED, "job-1")
