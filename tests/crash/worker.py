"""The processes that are killed: a worker of the program's own parts, and one that takes a job in.

They are forked from a process that has imported everything and has one thread; so what is measured
from the fork is what a worker does, and its imports are measured by themselves.
"""

import asyncio
import os
import random
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from mcp_servers.sentry_monitor.src.assembly import Workshop
from mcp_servers.sentry_monitor.src.bootstrap import open_services
from mcp_servers.sentry_monitor.src.settings import Settings
from modules.autofix.adapters.job_store import JobStore
from modules.autofix.job import Job
from modules.autofix.ports import Ports
from modules.autofix.project import Budget, Project
from modules.autofix.work import Work
from modules.jobs.adapters import dbos_worker
from modules.jobs.adapters.database import open_database
from modules.jobs.adapters.run_queue import RunQueue
from modules.outbound.clock import now
from modules.sentry.client import SentryClient

from .doom import die, die_at_commit, doomed
from .points import Point

TAKEN, UP, LOG = "taken", "up", "worker.log"
IMPORTS: Final = (  # of a worker, with what assembly.py imports at the first use
    "modules.autofix.adapters.command_agent",
    "modules.autofix.adapters.command_checks",
    "modules.autofix.adapters.git_worktrees",
    "modules.autofix.adapters.local_forge",
    "modules.autofix.adapters.sentry_issues",
    "modules.outbound.http_client",
    "modules.jobs.adapters.dbos_worker",
    "mcp_servers.sentry_monitor.src.bootstrap",
)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a worker is started with. Without `ttl_s` it is opened just as the program does it."""

    environ: Mapping[str, str]
    marks: Path
    point: Point | None = None
    nth: int = 1
    seed: str = ""
    ttl_s: float = 0.0
    poll_s: float = 0.5


class Noted(Work):
    """Notes when a run is taken."""

    def __init__(self, real: Work, marks: Path) -> None:
        self._real, self._marks = real, marks

    async def __call__(self, job_id: str, number: int) -> None:
        with (self._marks / TAKEN).open("a") as out:
            out.write(f"{time.monotonic()} {os.getpid()} {job_id}\n")
        await self._real(job_id, number)


class DoomedWorkshop(Workshop):
    """The program's composition, with a port that kills."""

    def __init__(self, settings: Settings, order: Order) -> None:
        super().__init__(settings)
        self._order = order

    def ports(self, project: Project, sentry: SentryClient) -> Ports:
        order = self._order
        return doomed(super().ports(project, sentry), order.point, order.nth, order.marks)

    def work(self, sentry: SentryClient, only: Collection[str] | None = None) -> Work:
        return Noted(super().work(sentry, only), self._order.marks)

    @asynccontextmanager
    async def worker(
        self, sentry: SentryClient, *, only: Collection[str] | None = None, poll_s: float = 0.5
    ) -> AsyncIterator[str]:
        if self._order.point is not None and self._order.point.port == "database":
            die_at_commit(self._open()[0], self._order.nth)
        if ttl_s := self._order.ttl_s:
            brief = partial(dbos_worker.worker, beat_s=ttl_s / 4, ttl_s=ttl_s)
            dbos_worker.worker = brief  # this process is ours alone
        async with super().worker(sentry, only=only, poll_s=poll_s) as executor:
            yield executor


def work(order: Order) -> None:
    """A process's life, until it is killed."""
    _quietly(order.marks)
    random.seed(order.seed)
    asyncio.run(_work(order))


def _quietly(marks: Path) -> None:
    """What it says, and its temporary files, go where the run's other things are."""
    os.dup2(os.open(marks / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    tempfile.tempdir = str(marks / "tmp")


async def _work(order: Order) -> None:
    settings = Settings.from_environ(order.environ)
    services = open_services(settings)
    async with DoomedWorkshop(settings, order).worker(services.sentry, poll_s=order.poll_s):
        (order.marks / f"{UP}-{os.getpid()}").touch()
        await asyncio.Event().wait()


class _DoomedQueue(RunQueue):
    def enqueue(self, *_: Any, **__: Any) -> None:
        die()


def accept(order: Order, url: str, job: Job, project: Project) -> None:
    """Take a job in, and be killed meanwhile."""
    _quietly(order.marks)
    engine = open_database(url)
    place = order.point.port if order.point else ""
    if place == "database":
        die_at_commit(engine, 1)
    queue = _DoomedQueue(engine) if place == "queue" else RunQueue(engine)
    store = JobStore(engine, queue, budget=Budget(), now=now, executor=uuid.uuid4().hex)
    asyncio.run(_accept(store, job, project))


async def _accept(store: JobStore, job: Job, project: Project) -> None:
    await store.accept(job, project)
    die()
