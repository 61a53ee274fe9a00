"""One run: enqueue, start, be killed, start again, wait for the end, judge."""

import asyncio
import multiprocessing
import random
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from mcp_servers.sentry_monitor.src.assembly import Workshop
from modules.autofix.adapters.job_store import JobStore
from modules.autofix.job import ACTIVE, Job

from .doom import SLOW, STARTED
from .ground import Place, Sentry, copy_database, new_place
from .points import Point
from .verdict import Found, judge, living
from .worker import IMPORTS, TAKEN, Order, accept, work

PATIENCE_S: Final = 90.0
A_JOB_S: Final = 1.2
LINGERS_S: Final = 3.0  # a call of git that a killed worker began may end by itself
FORKS: Final = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([work.__module__, *IMPORTS])


class NotReached(Exception):
    """A process did not come to where it was to be killed."""


def fork(target: Callable[..., None], *given: Any) -> BaseProcess:
    process = FORKS.Process(target=target, args=given)
    process.start()
    return process


async def until(check: Callable[[], bool], *, within_s: float = PATIENCE_S) -> bool:
    """Whether it came to be."""
    ends = time.monotonic() + within_s
    while not check():
        if time.monotonic() > ends:
            return False
        await asyncio.sleep(0.02)
    return True


async def ended(process: BaseProcess, *, by: int) -> None:
    """Raises NotReached when it ended otherwise."""
    await until(lambda: process.exitcode is not None, within_s=30)
    if process.exitcode != by:
        raise NotReached(f"the process ended with {process.exitcode}, not {by}")


def end(process: BaseProcess) -> None:
    if process.exitcode is None:
        process.kill()
    process.join()


@asynccontextmanager
async def store_of(workshop: Workshop) -> AsyncIterator[JobStore]:
    engine, store = workshop._open()[0], workshop.jobs
    try:
        yield store
    finally:
        store.close()
        engine.dispose()


def taken(place: Place) -> list[tuple[float, int, str]]:
    """When which process took which job."""
    path = place.marks / TAKEN
    lines = path.read_text().splitlines() if path.exists() else []
    return [(float(at), int(pid), job) for at, pid, job in (line.split() for line in lines)]


async def all_over(store: JobStore, jobs: Sequence[Job]) -> tuple[Job, ...]:
    """As they are at their end, or when patience ends."""
    ends = time.monotonic() + PATIENCE_S
    while True:
        now = tuple([await store.get(job.id) for job in jobs])
        if time.monotonic() > ends or not any(job.status in ACTIVE for job in now):
            return now
        await asyncio.sleep(0.05)


async def on_sqlite(
    folder: Path,
    sentry: Sentry,
    migrated: Path,
    point: Point,
    run: int = 0,
    *,
    worker: Callable[[Order], None] = work,
) -> Found:
    """A worker is killed at the point, another one goes on."""
    place = new_place(folder, sentry)
    copy_database(migrated, place)
    fingerprints = [place.clone(0).fingerprint()]
    async with store_of(place.workshop()) as store:
        job = place.job(0)
        await store.accept(job, place.workshop().projects.projects[0])
        await _killed(place, point, run, worker)
        return await resumed(place, store, [job], fingerprints, worker)


async def _killed(place: Place, point: Point, run: int, worker: Callable[[Order], None]) -> None:
    seed = f"{point.name} {run}"
    how: dict[str, Any] = {"point": point, "nth": point.at(run), "seed": seed, "poll_s": 0.1}
    process = fork(worker, Order(environ=place.environ, marks=place.marks, **how))
    try:
        if point.port == "outside":
            await until(lambda: bool(taken(place)))
            await asyncio.sleep(random.Random(seed).uniform(0, A_JOB_S))  # noqa: S311
            process.kill()
        await ended(process, by=-signal.SIGKILL)
    finally:
        end(process)
    for name in (SLOW, STARTED):
        (place.marks / name).unlink(missing_ok=True)


async def resumed(
    place: Place,
    store: JobStore,
    jobs: Sequence[Job],
    fingerprints: Sequence[str],
    worker: Callable[[Order], None] = work,
) -> Found:
    """Judge what a new worker makes of it. The time counts from before its fork."""
    started = time.monotonic()
    process = fork(worker, Order(environ=place.environ, marks=place.marks))
    try:
        last = await all_over(store, jobs)
        await until(lambda: all(run_over(store, job) for job in last), within_s=5)
    finally:
        end(process)
    await until(lambda: not living(place.folder), within_s=LINGERS_S)
    found = await judge(place, last, fingerprints)
    again = [at for at, pid, _ in taken(place) if pid == process.pid]
    found.slowest_s = max(again, default=started) - started  # none, where nothing was to be done
    return found


def run_over(store: JobStore, job: Job) -> bool:
    """The engine knows it, too."""
    name = f"{job.id}.{job.run}"
    return name in store._queue.ended([name])


async def accepting(
    folder: Path, sentry: Sentry, migrated: Path, point: Point, run: int = 0
) -> Found:
    """The process that takes the job in is killed; whoever asked asks again."""
    place = new_place(folder, sentry)
    copy_database(migrated, place)
    fingerprints = [place.clone(0).fingerprint()]
    project = place.workshop().projects.projects[0]
    order = Order(environ=place.environ, marks=place.marks, point=point)
    process = fork(accept, order, place.url, place.job(0), project)
    try:
        await ended(process, by=-signal.SIGKILL)
    finally:
        end(process)
    async with store_of(place.workshop()) as store:
        accepted = await store.accept(place.job(0), project)
        jobs = await store.list()
        assert (accepted.verdict == "queued") == (point.port != "accept")
        assert len(jobs) == 1
        return await resumed(place, store, jobs, fingerprints)
