"""Where jobs are kept: the ledger of the steps, and what front doors and workers ask.

A worker owns a job by its row's executor. Whatever changes a job names what it must be like, so a
worker that lost one (killed, cancelled, taken over) cannot write over what came after.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from modules.autofix.acceptance import Accepted, judge
from modules.autofix.decisions import cancelled, decided
from modules.autofix.errors import LostJob, NotWaiting
from modules.autofix.job import Decision, Job, Outcome, Status, Thread
from modules.autofix.job_log import log_event
from modules.autofix.ports import Clock
from modules.autofix.project import Budget, Project
from modules.autofix.reasons import sentence
from modules.jobs.errors import DatabaseAway
from modules.outbound import tracing

from . import budgets, job_rows
from .job_rows import ACCEPT, Queue, run_id
from .tables import JOBS, Event, job_of

T = TypeVar("T")
THREADS: Final = 4  # below the engine's pool, whose waiting is unfair
WAITS: Final = timedelta(days=7)  # then a job that waits for a decision is cancelled
logger = logging.getLogger(__name__)
OPEN: Final = (Status.QUEUED.value, Status.RUNNING.value)


class JobStore:
    """The jobs of one database, as one process sees them: `executor` is its own random token.

    Every method raises DatabaseAway, but `reserve`, for which the budget then counts as spent.
    """

    def __init__(
        self, engine: sa.Engine, queue: Queue, *, budget: Budget, now: Clock, executor: str
    ) -> None:
        self._engine, self._queue, self._budget = engine, queue, budget
        self._now, self._executor = now, executor
        # Threads of our own: the loop's belong to the engine while a worker runs.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="job-store")

    def close(self) -> None:
        self._threads.shutdown()

    async def within(self, work: Callable[[sa.Connection], T]) -> T:
        """What `work` does is one transaction, in a thread of ours."""

        def transaction() -> T:
            with self._engine.begin() as conn:
                return work(conn)

        return await self._in_thread(transaction)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except (sa.exc.OperationalError, sa.exc.TimeoutError):
            raise DatabaseAway from None

    # -- front doors

    async def accept(self, job: Job, project: Project, *, force: bool = False) -> Accepted:
        """Take a job in, and its first run into the queue, or say why not; all in one commit."""

        def work(conn: sa.Connection) -> Accepted:
            job_rows.lock(conn, ACCEPT)
            others = job_rows.of_issue(conn, job.issue_key)
            return self.accept_within(conn, job, project, others, force=force)

        return await self.within(work)

    def accept_within(
        self,
        conn: sa.Connection,
        job: Job,
        project: Project,
        others: Sequence[Job],
        *,
        force: bool = False,
    ) -> Accepted:
        """The same in the caller's transaction, which holds the lock of jobs and has read the
        issue's."""
        accepted = judge(job, others, self._budget, self._now(), force=force)
        if accepted.verdict == "queued":
            job_rows.add(conn, job, project.repository)
            job_rows.tell(conn, job, "queued", self._now())
            self._queue.enqueue(conn, run_id(job), project.repository)
        return accepted

    async def get(self, job_id: str) -> Job:
        """Raises NoSuchJob."""
        return await self.within(lambda conn: job_rows.read(conn, job_id))

    async def find(self, issue_key: str) -> Job | None:
        """The newest job of an issue."""
        jobs = await self.within(lambda conn: job_rows.of_issue(conn, issue_key))
        return jobs[0] if jobs else None

    async def list(
        self, status: Status | None = None, project: str | None = None, limit: int = 20
    ) -> tuple[Job, ...]:
        """Newest first; `project` is the key of one."""
        return await self.within(
            lambda conn: job_rows.newest(conn, status=status, project=project, limit=limit)
        )

    async def events(self, job_id: str) -> tuple[Event, ...]:
        """Its history, oldest first."""
        return await self.within(lambda conn: job_rows.told(conn, job_id))

    async def decide(self, job_id: str, decision: Decision) -> Job:
        """What a person wants done with it. A worker that has it notices by `watch`.

        Raises NoSuchJob, NotWaiting, DiffChanged.
        """

        def work(conn: sa.Connection) -> tuple[Job, bool]:
            job_rows.lock(conn, ACCEPT)
            before = job_rows.read(conn, job_id, hold=True)
            job = self._touched(decided(before, decision, self._now()))
            if job.status is Status.QUEUED:
                if other := job_rows.another_active(conn, job):
                    raise NotWaiting(f"Another job of the issue is under way: {other}.")
                job = job_rows.again(conn, self._queue, job, delay_s=0.0) or job
            else:
                job_rows.change(conn, job)
            job_rows.tell(conn, job, f"a person decided: {decision.kind}", self._now())
            return job, before.status is Status.QUEUED

        job, was_queued = await self.within(work)
        if was_queued and job.status is Status.CANCELLED:
            await self._in_thread(lambda: self._queue.cancel([run_id(job)]))
        return job

    async def switch(self, on: bool, now: bool = False, note: str = "", by: str = "") -> None:
        """The kill switch: on, nothing begins; with `now`, what runs is ended, too."""
        await self.within(
            lambda conn: budgets.switch(conn, self._now(), on=on, at_once=now, note=note, by=by)
        )

    # -- the worker

    async def take(self, job_id: str, run: int) -> Job | None:
        """At the start of a run: the job is ours now, whoever had it. None where there is nothing
        to do: it is over, waits, or a later run is in the queue."""
        mine = sa.update(JOBS).where(
            JOBS.c.id == job_id, JOBS.c.run == run, JOBS.c.status.in_(OPEN)
        )

        def work(conn: sa.Connection) -> Job | None:
            data = conn.scalar(mine.values(executor=self._executor).returning(JOBS.c.data))
            if data is None:
                return None
            job = job_of(data)
            update = {"status": Status.RUNNING, "started_at": job.started_at or self._now()}
            job = self._touched(job.model_copy(update=update))
            job_rows.change(conn, job)
            return job

        return await self.within(work)

    async def again(self, job: Job, *, delay_s: float = 0.0) -> Job:
        """End this run and put the next one into the queue. Raises LostJob."""
        not_before = self._now() + timedelta(seconds=delay_s) if delay_s > 0 else None
        later = self._touched(job.model_copy(update={"not_before": not_before}))
        queued = await self.within(
            lambda conn: job_rows.again(conn, self._queue, later, *self._ours(job), delay_s=delay_s)
        )
        if queued is None:
            raise LostJob
        return queued

    async def watch(self, job_id: str) -> str:
        """Why the run must end now: `lost`, `cancelled`, `paused`; empty when it may go on."""

        def work(conn: sa.Connection) -> str:
            row = sa.select(JOBS.c.executor, JOBS.c.status).where(JOBS.c.id == job_id)
            executor, status = conn.execute(row).one_or_none() or ("", "")
            if executor != self._executor:
                return "lost"
            if status == Status.CANCELLED:
                return "cancelled"
            return "paused" if budgets.ends_at_once(conn) else ""

        return await self.within(work)

    async def sweep(self) -> tuple[Job, ...]:
        """Give an end to jobs whose run ended without one, and to those nobody decided about."""
        return (*await self._sweep_runs(), *await self._sweep_waiting())

    async def _sweep_runs(self) -> tuple[Job, ...]:
        rows = sa.select(JOBS.c.data).where(JOBS.c.status.in_(OPEN))
        jobs = await self.within(lambda conn: [job_of(data) for data in conn.scalars(rows)])
        ended = await self._in_thread(lambda: self._queue.ended([run_id(job) for job in jobs]))
        dead = [(job, ended[run_id(job)]) for job in jobs if run_id(job) in ended]
        return tuple([job for one, why in dead if (job := await self._bury(one, why))])

    async def _bury(self, job: Job, why: str) -> Job | None:
        update = {
            "status": Status.FAILED,
            "outcome": Outcome.ERROR,
            "reason": "internal_error",
            "error_message": f"internal_error: {sentence('internal_error')} The run ended: {why}",
            "completed_at": self._now(),
        }
        return await self._end(job.model_copy(update=update), *OPEN)

    async def _sweep_waiting(self) -> tuple[Job, ...]:
        late = JOBS.c.updated_at < (self._now() - WAITS).timestamp()
        rows = sa.select(JOBS.c.data).where(JOBS.c.status == Status.WAITING.value, late)
        jobs = await self.within(lambda conn: [job_of(data) for data in conn.scalars(rows)])
        why = f"Nobody decided within {WAITS.days} days."
        expired = [cancelled(job, self._now(), why) for job in jobs]
        return tuple(
            [job for one in expired if (job := await self._end(one, Status.WAITING.value))]
        )

    async def _end(self, job: Job, *statuses: str) -> Job | None:
        """None where it went on meanwhile."""
        ended = self._touched(job)
        where = (JOBS.c.run == job.run, JOBS.c.status.in_(statuses))

        def work(conn: sa.Connection) -> Job | None:
            if not job_rows.change(conn, ended, *where, executor=""):
                return None
            job_rows.tell(conn, ended, ended.error_message or "", self._now())
            return ended

        return await self.within(work)

    # -- the ledger of the steps

    async def save(self, job: Job) -> Job:
        """Raises LostJob when it was cancelled or is another worker's."""
        saved = self._touched(job)
        if not await self.within(lambda conn: job_rows.change(conn, saved, *self._ours(job))):
            raise LostJob
        return saved

    async def tell(self, job: Job, message: str) -> None:
        tracing.event(job.stage.value)
        await self.within(lambda conn: job_rows.tell(conn, job, message, self._now()))
        log_event(logger, job, message)

    async def stopped(self) -> str:
        return await self.within(budgets.stopped)

    async def reserve(self, job: Job, project: Project) -> str:
        try:
            return await self.within(
                lambda conn: budgets.reserve(conn, job, project, self._budget, self._now())
            )
        except (DatabaseAway, sa.exc.SQLAlchemyError):
            return budgets.UNREADABLE

    async def agent_starts(self, job: Job) -> None:
        await self.within(lambda conn: budgets.begin(conn, job))

    async def settle(self, job: Job, *, usd: float) -> None:
        await self.within(lambda conn: budgets.settle(conn, job, usd, self._now()))

    async def others(self, job: Job) -> tuple[Job, ...]:
        jobs = await self.within(lambda conn: job_rows.of_issue(conn, job.issue_key))
        return tuple(one for one in jobs if one.id != job.id)

    async def keep_thread(self, job: Job, thread: Thread) -> None:
        def work(conn: sa.Connection) -> None:
            job_rows.lock(conn, ACCEPT)  # a decision may come meanwhile
            kept = job_rows.read(conn, job.id, hold=True)
            job_rows.change(conn, kept.model_copy(update={"thread": thread}))

        await self.within(work)

    def _ours(self, job: Job) -> tuple[Any, ...]:
        return (
            JOBS.c.executor == self._executor,
            JOBS.c.run == job.run,
            JOBS.c.status == Status.RUNNING.value,  # not one that ended, or was cancelled,
        )

    def _touched(self, job: Job) -> Job:
        return job.model_copy(update={"updated_at": self._now()})
