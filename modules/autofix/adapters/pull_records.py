"""Where it is kept what becomes of our pull requests."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from modules.autofix.ci_rounds import FOLLOWED, Followed, Phase, next_look
from modules.autofix.job import Job, Outcome, Status
from modules.autofix.ports import Clock
from modules.autofix.project import Budget, Project
from modules.jobs.adapters.database import insert_into

from . import budgets, job_rows
from .job_rows import ACCEPT, Queue
from .job_store import JobStore
from .tables import JOBS, PULLS, job_of

CLAIM: Final = timedelta(minutes=10)  # for a look; a worker that dies during one gives it up then
AT_ONCE: Final = 20  # pull requests
PROPOSED: Final = (Outcome.FIXED.value, Outcome.DRAFT.value)
OVER: Final = (Status.SUCCEEDED.value, Status.FAILED.value)


class PullRecords:
    """Implements Records (following.py) beside the jobs. Every method raises DatabaseAway."""

    def __init__(self, store: JobStore, queue: Queue, *, budget: Budget, now: Clock) -> None:
        self._store, self._queue, self._budget, self._now = store, queue, budget, now

    async def due(self) -> tuple[tuple[Followed, Job], ...]:
        def work(conn: sa.Connection) -> tuple[tuple[Followed, Job], ...]:
            job_rows.lock(conn, "pulls")
            _begin(conn, self._now())
            claimed = [_read(row) for row in _claimed(conn, self._now())]
            jobs = {pull.job_id: _job(conn, pull.job_id) for pull in claimed}
            # One whose job was forgotten must not keep the others from being looked at.
            return tuple((pull, job) for pull in claimed if (job := jobs[pull.job_id]))

        return await self._store.within(work)

    async def keep(self, pull: Followed) -> None:
        await self._store.within(lambda conn: _write(conn, pull, self._now()))

    async def mend(self, pull: Followed, job: Job, project: Project) -> str:
        """Sets aside what the attempt may cost, as its own step would."""

        def work(conn: sa.Connection) -> str:
            job_rows.lock(conn, ACCEPT)
            if other := job_rows.another_active(conn, job):
                return f"the issue has another job under way: {other}"
            if why := budgets.reserve(conn, job, project, self._budget, self._now()):
                return why
            now = {"updated_at": self._now(), "not_before": None}
            unchanged = (JOBS.c.run == job.run, JOBS.c.status.in_(OVER))
            queued = job_rows.again(
                conn, self._queue, job.model_copy(update=now), *unchanged, delay_s=0.0
            )
            if queued is None:
                raise _Changed
            _write(conn, pull, self._now())
            round_ = f"the checks of #{pull.number} failed: another attempt, round {pull.rounds}"
            job_rows.tell(conn, queued, round_, self._now())
            return ""

        try:
            return await self._store.within(work)
        except _Changed:
            return "the job went on meanwhile"

    async def stopped(self) -> str:
        return await self._store.within(budgets.stopped)

    async def all(self) -> tuple[Followed, ...]:
        """Newest first: what became of them."""
        return tuple(pull for pull, _ in await self.kept())

    async def kept(self) -> tuple[tuple[Followed, Job], ...]:
        """Newest first, each with its job."""
        rows = sa.select(PULLS, JOBS.c.data).join(JOBS, JOBS.c.id == PULLS.c.job_id)
        newest = rows.order_by(PULLS.c.opened_at.desc())

        def work(conn: sa.Connection) -> tuple[tuple[Followed, Job], ...]:
            return tuple((_read(row), job_of(row.data)) for row in conn.execute(newest))

        return await self._store.within(work)


def _job(conn: sa.Connection, job_id: str) -> Job | None:
    data = conn.scalar(sa.select(JOBS.c.data).where(JOBS.c.id == job_id))
    return job_of(data) if data is not None else None


class _Changed(Exception):
    """The transaction is taken back."""


def _begin(conn: sa.Connection, now: datetime) -> None:
    """Jobs that proposed one since the last look, and are not followed yet."""
    known = sa.select(PULLS.c.job_id, sa.func.max(PULLS.c.job_updated).label("at"))
    latest = known.group_by(PULLS.c.job_id).subquery()
    rows = sa.select(JOBS.c.data).select_from(
        sa.outerjoin(JOBS, latest, JOBS.c.id == latest.c.job_id)
    )
    fresh = JOBS.c.updated_at > sa.func.coalesce(latest.c.at, (now - FOLLOWED).timestamp())
    proposed = (JOBS.c.status == Status.SUCCEEDED.value, JOBS.c.outcome.in_(PROPOSED))
    for data in conn.scalars(rows.where(*proposed, fresh)).all():
        job = job_of(data)
        if job.pr_number is not None and job.outcome is not None:
            _add(conn, job, now)


def _add(conn: sa.Connection, job: Job, now: datetime) -> None:
    pull = Followed(
        job_id=job.id,
        project_key=job.project_key,
        number=job.pr_number or 0,
        url=job.pr_url or "",
        outcome=job.outcome or Outcome.DRAFT,
        opened_at=job.completed_at or now,
    )
    moment = {"job_updated": job.updated_at.timestamp(), "next_look": now.timestamp()}
    row = insert_into(conn, PULLS).values(**_columns(pull), **moment)
    conn.execute(row.on_conflict_do_update(index_elements=["job_id", "number"], set_=moment))


def _claimed(conn: sa.Connection, now: datetime) -> list[Any]:
    due = sa.and_(PULLS.c.phase != Phase.OVER.value, PULLS.c.next_look <= now.timestamp())
    first = sa.select(PULLS.c.job_id, PULLS.c.number).where(due)
    chosen = conn.execute(first.order_by(PULLS.c.next_look).limit(AT_ONCE)).all()
    claim = {"next_look": (now + CLAIM).timestamp()}
    return [
        conn.execute(
            sa.update(PULLS)
            .where(PULLS.c.job_id == job_id, PULLS.c.number == number)
            .values(**claim)
            .returning(PULLS)
        ).one()
        for job_id, number in chosen
    ]


def _write(conn: sa.Connection, pull: Followed, now: datetime) -> None:
    which = (PULLS.c.job_id == pull.job_id, PULLS.c.number == pull.number)
    look = next_look(pull, now).timestamp()
    conn.execute(sa.update(PULLS).where(*which).values(**_columns(pull), next_look=look))


def _columns(pull: Followed) -> dict[str, Any]:
    values = dict(vars(pull))
    ended = pull.ended_at
    values["opened_at"] = pull.opened_at.timestamp()
    values["ended_at"] = ended.timestamp() if ended else None
    values["outcome"], values["phase"] = pull.outcome.value, pull.phase.value
    return values


def _read(row: Any) -> Followed:
    values = {name: getattr(row, name) for name in Followed.__dataclass_fields__}
    ended = row.ended_at
    values["opened_at"] = datetime.fromtimestamp(row.opened_at, UTC)
    values["ended_at"] = datetime.fromtimestamp(ended, UTC) if ended is not None else None
    values["outcome"], values["phase"] = Outcome(row.outcome), Phase(row.phase)
    return Followed(**values)
