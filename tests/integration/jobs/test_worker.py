"""The contract with the engine: what survives what."""

import asyncio
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from fakes.autofix_jobs import Shelf, a_job, a_project, runs
from modules.autofix.job import Status
from modules.jobs.adapters.database import open_database
from modules.jobs.adapters.dbos_worker import worker
from modules.jobs.adapters.lease import EXECUTORS, ExecutorLease
from modules.jobs.errors import WorkerRunning

ROOT = Path(__file__).parents[3]
TTL_S = 3.0  # shorter, and a busy machine takes a worker for dead


async def until(check: Callable[[], bool], *, within_s: float = 20.0) -> float:
    """How long it took."""
    started = time.monotonic()
    while not check():
        assert time.monotonic() - started < within_s, "it took too long"
        await asyncio.sleep(0.02)
    return time.monotonic() - started


def state(shelf: Shelf, run_id: str) -> str:
    row = sa.select(sa.column("status", sa.Text)).select_from(runs(shelf))
    with shelf.engine.connect() as conn:
        return conn.scalar(row.where(sa.column("workflow_uuid") == run_id)) or ""


class Workers:
    """Processes that work on one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.log, self.go = url, folder / "log", folder / "go"
        self.processes: list[subprocess.Popen[str]] = []

    def start(self) -> subprocess.Popen[str]:
        script = str(Path(__file__).with_name("working.py"))
        process = subprocess.Popen(
            [sys.executable, script, self.url, str(self.log), str(self.go), str(TTL_S)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        return process

    def told(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()


@pytest.fixture
def workers(url: str, tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(url, tmp_path)
    yield workers
    workers.end()


async def test_a_killed_worker_loses_nothing(shelf: Shelf, workers: Workers) -> None:
    first = workers.start()
    await shelf.store().accept(a_job(), a_project())
    await until(lambda: workers.told() == ["gather", "fix"])
    sqlite = shelf.engine.dialect.name == "sqlite"
    if not sqlite:
        workers.start()

    first.kill()
    first.wait()
    if sqlite:
        workers.start()
    killed = time.monotonic()
    await until(lambda: workers.told() == ["gather", "fix", "fix"])
    took = time.monotonic() - killed
    workers.go.touch()
    await until(lambda: state(shelf, "job-1.0") == "SUCCESS")

    assert workers.told() == ["gather", "fix", "fix", "fixed"]
    assert (await shelf.store("later").get("job-1")).status is Status.SUCCEEDED
    assert took < (5 if sqlite else 3 * TTL_S)


async def test_a_graceful_stop_leaves_the_run_in_the_queue(shelf: Shelf, workers: Workers) -> None:
    first = workers.start()
    await shelf.store().accept(a_job(), a_project())
    await until(lambda: workers.told() == ["gather", "fix"])

    first.terminate()

    assert first.wait(10) == 0
    assert state(shelf, "job-1.0") == "ENQUEUED"


async def test_workers_one_after_the_other_in_one_process(url: str, shelf: Shelf) -> None:
    store = shelf.store()
    done: list[tuple[str, int]] = []
    for number in range(2):
        await store.accept(a_job(f"job-{number}", str(number)), a_project())

        async def handler(job_id: str, run: int) -> None:
            await asyncio.to_thread(done.append, (job_id, run))

        async with worker(url, shelf.engine, handler, poll_s=0.05):
            await until(lambda: state(shelf, f"job-{number}.0") == "SUCCESS")  # noqa: B023
        assert await asyncio.to_thread(lambda: "threads work") == "threads work"

    assert done == [("job-0", 0), ("job-1", 0)]


async def test_later_runs_come_when_it_is_time(url: str, shelf: Shelf) -> None:
    store = shelf.store()
    seen: list[tuple[int, float]] = []

    async def handler(job_id: str, run: int) -> None:
        job = await store.take(job_id, run)
        assert job is not None
        seen.append((run, time.monotonic()))
        if run == 0:
            await store.again(job, delay_s=1.0)
        else:
            await store.save(job.model_copy(update={"status": Status.SUCCEEDED}))

    await store.accept(a_job(), a_project())
    async with worker(url, shelf.engine, handler, poll_s=0.05):
        await until(lambda: state(shelf, "job-1.1") == "SUCCESS")

    assert [run for run, _ in seen] == [0, 1]
    assert seen[1][1] - seen[0][1] > 0.9


@pytest.mark.logs_errors
async def test_a_handler_that_breaks_ends_its_run_in_one_line(
    url: str, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    async def handler(job_id: str, run: int) -> None:
        await store.take(job_id, run)
        if job_id == "job-1":
            raise asyncio.CancelledError
        raise ValueError("first\nsecond")

    store = shelf.store()
    await store.accept(a_job(), a_project())
    await store.accept(a_job("job-2", "2"), a_project())
    async with worker(url, shelf.engine, handler, poll_s=0.05):
        await until(lambda: state(shelf, "job-1.0") == state(shelf, "job-2.0") == "ERROR")
        # The engine logs after it has written the state.
        await until(lambda: len([one for one in caplog.records if one.levelname == "ERROR"]) > 1)

    swept = await store.sweep()
    assert [job.status for job in swept] == [Status.FAILED] * 2
    assert all("The run ended: ERROR: " in (job.error_message or "") for job in swept)
    told = [one for one in caplog.records if one.levelname == "ERROR"]
    assert {one.getMessage().rpartition(" ")[2] for one in told} == {"RuntimeError", "ValueError"}
    assert {one.exc_info for one in told} == {None}


async def test_one_worker_to_a_process(url: str, shelf: Shelf) -> None:
    async def handler(job_id: str, run: int) -> None: ...

    async with worker(url, shelf.engine, handler):
        with pytest.raises(WorkerRunning, match="This process"):
            await worker(url, shelf.engine, handler).__aenter__()


async def test_one_worker_to_a_file(tmp_path: Path) -> None:
    async def handler(job_id: str, run: int) -> None: ...

    url = f"sqlite:///{tmp_path}/jobs.sqlite"
    engine = open_database(url)
    with (tmp_path / "jobs.sqlite.worker.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(WorkerRunning, match=r"Another worker uses '.*/jobs\.sqlite'"):
            await worker(url, engine, handler).__aenter__()
    engine.dispose()


def test_a_lease_that_ran_out_is_never_renewed(postgres_url: str) -> None:
    engine = open_database(postgres_url)
    lost: list[str] = []
    taken: list[list[str]] = []

    def take_over(dead: Sequence[str]) -> int:
        taken.append([*dead])
        return len(dead)

    def lease(name: str, *owners: str) -> ExecutorLease:
        return ExecutorLease(
            engine,
            name,
            ttl_s=30,
            owners=lambda: set(owners),
            take_over=take_over,
            on_lost=lambda: lost.append(name),
        )

    late, alive = lease("late"), lease("alive", "late", "alive")
    late.register()
    alive.register()
    late.tick()
    alive.tick()
    assert (lost, taken) == ([], [])
    with engine.begin() as conn:
        ran_out = sa.update(EXECUTORS).where(EXECUTORS.c.executor_id == "late")
        conn.execute(ran_out.values(beat_at=EXECUTORS.c.beat_at - 31))

    late.tick()
    alive.tick()

    assert (lost, taken) == (["late"], [["late"]])
    engine.dispose()


async def test_a_lease_that_hangs_is_noticed(postgres_url: str) -> None:
    """No tick comes: the watch ends the process, before the lease runs out for others."""
    engine, lost = open_database(postgres_url), []
    lease = ExecutorLease(
        engine, "hangs", beat_s=60, ttl_s=1, owners=set, on_lost=lambda: lost.append(1)
    )
    lease.register()
    lease.start()

    took = await until(lambda: bool(lost))

    lease.close()
    engine.dispose()
    assert 0.5 < took < 1.0
