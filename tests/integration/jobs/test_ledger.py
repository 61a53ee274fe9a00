"""Who has a job, what a person decides about it, what it may spend."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from fakes.autofix_jobs import NOW, Shelf, a_job, a_project, an_attempt, runs
from modules.autofix.adapters.job_store import JobStore
from modules.autofix.adapters.tables import BUDGET
from modules.autofix.decisions import diff_sha256
from modules.autofix.errors import DiffChanged, LostJob, NoSuchJob, NotWaiting
from modules.autofix.job import Decision, Job, Outcome, Stage, Status, Thread
from modules.jobs.adapters.database import open_database
from modules.jobs.adapters.run_queue import RunQueue
from modules.jobs.errors import DatabaseAway
from modules.outbound.clock import now

PROJECT = a_project()


async def running(store: JobStore, name: str = "job-1", issue: str = "1") -> Job:
    await store.accept(a_job(name, issue), PROJECT)
    job = await store.take(name, 0)
    assert job is not None
    return job


async def waiting(store: JobStore) -> Job:
    job = await running(store)
    update = {
        "status": Status.WAITING,
        "stage": Stage.PUBLISH,
        "attempts": (an_attempt(diff="+1"),),
    }
    return await store.save(job.model_copy(update=update))


def decision(kind: str, **more: object) -> Decision:
    return Decision.model_validate({"kind": kind, "at": "2026-03-04T12:00:00Z", **more})


async def test_a_job_that_another_worker_took_is_lost(shelf: Shelf) -> None:
    first, second = shelf.store("first"), shelf.store("second")
    job = await running(first)
    shelf.wait(minutes=5)

    taken = await second.take("job-1", 0)

    assert taken is not None
    assert (taken.started_at, taken.updated_at) == (job.started_at, shelf.now)
    assert await first.watch("job-1") == "lost"
    assert await second.watch("job-1") == ""
    with pytest.raises(LostJob):
        await first.save(job)
    with pytest.raises(LostJob):
        await first.again(job)
    assert (await second.save(taken)).status is Status.RUNNING


async def test_a_run_that_is_over_is_not_taken_again(shelf: Shelf) -> None:
    store = shelf.store()
    job = await running(store)

    queued = await store.again(job, delay_s=60)

    assert (queued.run, queued.status) == (1, Status.QUEUED)
    assert queued.not_before is not None
    assert await store.take("job-1", 0) is None
    assert RunQueue(shelf.engine).ended(["job-1.0", "job-1.1"]) == {}
    assert await store.watch("job-1") == "lost"
    assert (await running_again(store, 1)).run == 1


async def running_again(store: JobStore, run: int) -> Job:
    job = await store.take("job-1", run)
    assert job is not None
    return job


async def test_an_approval_names_the_diff(shelf: Shelf) -> None:
    store = shelf.store()
    job = await waiting(store)

    with pytest.raises(DiffChanged):
        await store.decide("job-1", decision("approve", diff_sha256="0" * 64))
    approved = await store.decide("job-1", decision("approve", diff_sha256=diff_sha256(job)))

    assert (approved.status, approved.approved, approved.run) == (Status.QUEUED, True, 1)
    assert (await running_again(store, 1)).stage is Stage.PUBLISH
    with pytest.raises(NotWaiting, match="is running; only one that waits"):
        await store.decide("job-1", decision("approve"))


async def test_a_thread_is_kept_whatever_was_decided_meanwhile(shelf: Shelf) -> None:
    store, thread = shelf.store(), Thread(channel="C1", message="1.0")
    stale = await waiting(store)
    guided = await store.decide(stale.id, decision("guide", text="smaller"))

    await store.keep_thread(stale, thread)

    kept = await store.get(stale.id)
    assert kept == guided.model_copy(update={"thread": thread})
    taken = await store.take(stale.id, kept.run)
    assert taken is not None
    assert taken.thread == thread


async def test_guidance_goes_to_the_next_attempt(shelf: Shelf) -> None:
    store = shelf.store()
    await waiting(store)

    guided = await store.decide("job-1", decision("guide", text="Look at the cart. "))

    assert (guided.stage, guided.instructions) == (Stage.FIX, "Look at the cart.")
    assert (await running_again(store, 1)).attempts == guided.attempts


async def test_a_running_job_that_is_cancelled_is_noticed(shelf: Shelf) -> None:
    store = shelf.store()
    job = await running(store)

    cancelled = await shelf.store("elsewhere").decide("job-1", decision("cancel"))

    assert (cancelled.status, cancelled.reason) == (Status.CANCELLED, "cancelled")
    assert await store.watch("job-1") == "cancelled"
    with pytest.raises(LostJob):
        await store.save(job)
    assert await store.take("job-1", 0) is None


async def test_a_queued_job_that_is_cancelled_leaves_the_queue(shelf: Shelf) -> None:
    store = shelf.store()
    await store.accept(a_job(), PROJECT)

    await store.decide("job-1", decision("cancel"))

    assert RunQueue(shelf.engine).ended(["job-1.0"]) == {"job-1.0": "CANCELLED"}
    with pytest.raises(NotWaiting, match="was cancelled already"):
        await store.decide("job-1", decision("cancel"))
    with pytest.raises(NoSuchJob):
        await store.decide("job-9", decision("cancel"))


async def test_a_retry_begins_again_and_keeps_the_attempts(shelf: Shelf) -> None:
    store = shelf.store()
    job = await running(store)
    failed = {"status": Status.FAILED, "outcome": Outcome.ERROR, "retry_count": 3}
    await store.save(job.model_copy(update={**failed, "attempts": (an_attempt(),)}))

    again = await store.decide("job-1", decision("retry"))

    assert (again.status, again.stage, again.outcome) == (Status.QUEUED, Stage.GATHER, None)
    assert (again.retry_count, len(again.attempts), again.run) == (0, 1, 1)
    with pytest.raises(NotWaiting):
        await store.decide("job-1", decision("retry"))


async def test_no_retry_beside_another_job_of_the_issue(shelf: Shelf) -> None:
    store = shelf.store()
    await running(store)
    await store.decide("job-1", decision("cancel"))
    await store.accept(a_job("job-2"), PROJECT, force=True)

    with pytest.raises(NotWaiting, match="job-2"):
        await store.decide("job-1", decision("retry"))


async def test_the_switch_stops_and_ends(shelf: Shelf) -> None:
    store = shelf.store()
    await running(store)
    assert await store.stopped() == ""

    await store.switch(on=True, note="deploy", by="ann")
    assert "by ann: deploy" in await store.stopped()
    assert await store.watch("job-1") == ""
    await store.switch(on=True, now=True)
    assert await store.watch("job-1") == "paused"

    await store.switch(on=False)
    assert await store.stopped() == await store.watch("job-1") == ""


async def test_budgets_hold_against_many_at_once(shelf: Shelf) -> None:
    stores = [shelf.store(f"process-{n}", runs_a_day=4, usd_a_day=50) for n in range(3)]
    jobs = [a_job(f"job-{n}", str(n)) for n in range(12)]
    project = a_project(runs_a_day=12)

    whys = await asyncio.gather(
        *(stores[n % 3].reserve(job, project) for n, job in enumerate(jobs))
    )

    assert sorted(whys) == [""] * 4 + ["budget_day"] * 8
    ok = jobs[whys.index("")]
    assert await stores[0].reserve(ok, project) == ""


async def test_money_and_runs_of_a_project(shelf: Shelf) -> None:
    store = shelf.store(usd_a_day=5)
    project = a_project(usd=2, runs_a_day=3)
    assert await store.reserve(a_job("job-1"), project) == ""
    assert await store.reserve(a_job("job-2"), project) == ""
    assert await store.reserve(a_job("job-3"), project) == "budget_day"

    await store.settle(a_job("job-1"), usd=0.5)
    assert await store.reserve(a_job("job-3"), project) == ""
    await store.settle(a_job("job-3"), usd=0.1)
    assert await store.reserve(a_job("job-4"), project) == "budget_project"
    shelf.wait(days=1)
    assert await store.reserve(a_job("job-4"), project) == ""


async def test_a_parked_attempt_costs_what_it_cost(shelf: Shelf) -> None:
    store = shelf.store(usd_a_day=3)
    project = a_project(usd=2)
    await store.reserve(a_job(), project)
    await store.settle(a_job(), usd=0.75)
    assert await store.reserve(a_job(), project) == ""
    await store.settle(a_job(), usd=0.75)

    assert await store.reserve(a_job(), project) == "budget_day"


async def test_an_agent_that_was_cut_off_is_paid_in_full(shelf: Shelf) -> None:
    """A kill, a stop, a pause: nobody knows what it cost, and it may happen again and again."""
    store = shelf.store(usd_a_day=5.0)
    project = a_project(usd=2.0)
    job = await running(store)

    verdicts = []
    for _ in range(3):
        verdicts.append(await store.reserve(job, project))
        await store.agent_starts(job)

    assert verdicts == ["", "", "budget_day"]


async def test_what_was_set_aside_and_not_begun_is_not_spent(shelf: Shelf) -> None:
    store = shelf.store(usd_a_day=2.0)
    project = a_project(usd=2.0)
    job = await running(store)

    assert [await store.reserve(job, project) for _ in range(3)] == ["", "", ""]


async def test_a_budget_that_cannot_be_read_is_spent(shelf: Shelf) -> None:
    store = shelf.store()
    with shelf.engine.begin() as conn:
        BUDGET.drop(conn)

    assert await store.reserve(a_job(), PROJECT) == "budget_day"


async def test_a_run_that_ended_without_its_job_ends_it(shelf: Shelf) -> None:
    store = shelf.store()
    await running(store)
    await running(store, "job-2", "2")
    await store.accept(a_job("job-3", "3"), PROJECT)
    RunQueue(shelf.engine).cancel(["job-1.0"])
    with shelf.engine.begin() as conn:
        conn.execute(sa.delete(runs(shelf)).where(sa.column("workflow_uuid") == "job-3.0"))

    swept = await store.sweep()

    assert {job.id for job in swept} == {"job-1", "job-3"}
    job = await store.get("job-1")
    assert (job.status, job.outcome, job.reason) == (
        Status.FAILED,
        Outcome.ERROR,
        "internal_error",
    )
    assert "CANCELLED" in (job.error_message or "")
    assert await store.watch("job-1") == "lost"
    assert (await store.get("job-2")).status is Status.RUNNING


async def test_nobody_decides_for_a_week(shelf: Shelf) -> None:
    store = shelf.store()
    await waiting(store)
    shelf.wait(days=6)
    assert await store.sweep() == ()
    shelf.wait(days=2)

    (job,) = await store.sweep()

    assert (job.status, job.reason) == (Status.CANCELLED, "cancelled")
    assert (await store.events("job-1"))[-1].message.startswith("cancelled: Nobody decided")


async def test_text_that_no_database_takes_is_told(shelf: Shelf) -> None:
    store = shelf.store()
    await store.accept(a_job(issue_title="nul \0 here"), PROJECT)

    await store.tell(a_job(), "half \ud800 and \0 nul")

    assert (await store.get("job-1")).issue_title == "nul \0 here"
    assert (await store.events("job-1"))[-1].message == "half ? and  nul"


async def test_runs_that_ended_are_forgotten_in_time(shelf: Shelf) -> None:
    store, queue = shelf.store(), RunQueue(shelf.engine)
    await store.accept(a_job(), PROJECT)
    await store.accept(a_job("job-2", "2"), PROJECT)
    await store.decide("job-1", decision("cancel"))
    present = now()  # the engine reads the clock itself

    assert queue.prune(present - timedelta(days=1)) == 0
    assert queue.prune(present + timedelta(days=1)) == 1
    assert queue.ended(["job-1.0", "job-2.0"]) == {"job-1.0": "MISSING"}


async def test_a_database_that_is_away_is_said_in_our_words() -> None:
    engine = open_database("postgresql://nobody@127.0.0.1:1/nothing")
    shelf = Shelf(engine, now=NOW)

    with pytest.raises(DatabaseAway):
        await shelf.store().list()
    with pytest.raises(DatabaseAway):  # else a worker would tidy up no more
        RunQueue(engine).prune(NOW)

    assert await shelf.store().reserve(a_job(), PROJECT) == "budget_day"
    shelf.close()
    engine.dispose()
