"""Taking jobs in: once, within the limits, in one commit."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from fakes.autofix_jobs import Shelf, a_job, a_project
from modules.autofix.adapters.job_store import JobStore
from modules.autofix.adapters.tables import META
from modules.autofix.errors import NoSuchJob
from modules.autofix.job import Decision, Job, Outcome, Status
from modules.autofix.screening import never_to_be_fixed
from modules.jobs.adapters.database import migrate, open_database
from modules.jobs.adapters.run_queue import RunQueue

PROJECT = a_project()


async def ended(store: JobStore, job: Job, **changes: object) -> Job:
    running = await store.take(job.id, job.run)
    assert running is not None
    return await store.save(running.model_copy(update=changes))


async def test_two_who_accept_one_issue_make_one_job(shelf: Shelf) -> None:
    stores = [shelf.store(f"process-{n}") for n in range(4)]
    jobs = [a_job(f"job-{n}") for n in range(12)]

    accepted = await asyncio.gather(
        *(stores[n % 4].accept(job, PROJECT) for n, job in enumerate(jobs))
    )

    verdicts = sorted(one.verdict for one in accepted)
    assert verdicts == ["duplicate"] * 11 + ["queued"]
    (only,) = await stores[0].list()
    assert {one.job.id for one in accepted if one.job} == {only.id}
    assert RunQueue(shelf.engine).ended([f"{only.id}.0"]) == {}


async def test_a_crash_before_the_commit_leaves_nothing(shelf: Shelf) -> None:
    class Crash(BaseException):
        pass

    class Crashing(RunQueue):
        def enqueue(
            self, conn: sa.Connection, run_id: str, partition: str, delay_s: float = 0.0
        ) -> None:
            super().enqueue(conn, run_id, partition, delay_s)
            raise Crash

    store = shelf.store()
    real, store._queue = store._queue, Crashing(shelf.engine)
    with pytest.raises(Crash):
        await store.accept(a_job(), PROJECT)

    with pytest.raises(NoSuchJob):
        await store.get("job-1")
    assert real.ended(["job-1.0"]) == {"job-1.0": "MISSING"}
    store._queue = real
    assert (await store.accept(a_job(), PROJECT)).verdict == "queued"


async def test_windows_of_time_and_a_person_who_insists(shelf: Shelf) -> None:
    store = shelf.store()
    await store.accept(a_job("job-1"), PROJECT)
    await ended(store, a_job("job-1"), status=Status.FAILED)
    shelf.wait(minutes=20)
    assert (await store.accept(a_job("job-2"), PROJECT)).verdict == "duplicate"
    shelf.wait(minutes=20)
    limited = await store.accept(a_job("job-2"), PROJECT)
    assert (limited.verdict, limited.job and limited.job.id) == ("rate_limited", "job-1")
    other = await store.accept(a_job("job-3", issue="2"), PROJECT)
    assert other.verdict == "queued"

    forced = await store.accept(a_job("job-2", created_at=shelf.now), PROJECT, force=True)

    assert forced.verdict == "queued"
    assert (await store.accept(a_job("job-4"), PROJECT, force=True)).verdict == "duplicate"
    found = await store.find("sentry.example/acme/1")
    assert found is not None
    assert found.id == "job-2"


async def test_a_pull_request_stands_for_its_generation(shelf: Shelf) -> None:
    store = shelf.store()
    await store.accept(a_job("job-1"), PROJECT)
    await ended(store, a_job("job-1"), status=Status.SUCCEEDED, pr_url="https://forge/1")
    shelf.wait(days=30)

    assert (await store.accept(a_job("job-2"), PROJECT)).verdict == "duplicate"
    assert (await store.accept(a_job("job-3", generation=2), PROJECT)).verdict == "queued"


async def test_wont_fix_stands_for_its_generation(shelf: Shelf) -> None:
    store = shelf.store()
    await store.accept(a_job("job-1"), PROJECT)
    job = await store.decide("job-1", Decision(kind="wont_fix", at=shelf.now))
    assert (job.status, job.outcome) == (Status.CANCELLED, Outcome.WONT_FIX)
    shelf.wait(days=30)

    assert (await store.accept(a_job("job-2"), PROJECT, force=True)).verdict == "wont_fix"
    others = await store.others(a_job("job-2"))
    assert never_to_be_fixed(a_job("job-2"), others)
    assert not never_to_be_fixed(a_job("job-2", generation=2), others)
    assert (await store.accept(a_job("job-2", generation=2), PROJECT)).verdict == "queued"


async def test_lists_tell_the_newest_first(shelf: Shelf) -> None:
    store = shelf.store()
    for n in range(4):
        shelf.wait(minutes=1)
        await store.accept(a_job(f"job-{n}", issue=str(n), created_at=shelf.now), PROJECT)
    await store.decide("job-2", Decision(kind="cancel", at=shelf.now))

    assert [job.id for job in await store.list(limit=2)] == ["job-3", "job-2"]
    assert [job.id for job in await store.list(Status.CANCELLED)] == ["job-2"]
    assert await store.list(project="other") == ()
    assert [one.message for one in await store.events("job-2")] == [
        "queued",
        "a person decided: cancel",
    ]


def test_processes_that_start_at_once_make_the_tables_once(empty_url: str) -> None:
    def start() -> None:
        engine = open_database(empty_url)
        migrate(empty_url, engine, META)
        engine.dispose()

    with ThreadPoolExecutor(4) as threads:
        starts = [threads.submit(start) for _ in range(4)]

    assert [one.exception() for one in starts] == [None] * 4


def test_a_new_file_is_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "made" / "jobs.sqlite"
    engine = open_database(f"sqlite:///{path}")
    with engine.connect() as conn:
        mode = conn.exec_driver_sql("PRAGMA journal_mode").scalar()
    engine.dispose()

    assert mode == "wal"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
