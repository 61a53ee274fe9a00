"""Counts over the table of jobs, for pages and metrics; and its emptying."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from modules.autofix.job import Job, Outcome, Status
from modules.autofix.ports import Clock

from .job_store import OPEN, JobStore
from .tables import BUDGET, EVENTS, JOBS, PULLS, job_of

LOOKED_AT: Final = 50  # jobs at once
LATELY: Final = timedelta(hours=24)
OVER: Final = (Status.SUCCEEDED.value, Status.FAILED.value, Status.CANCELLED.value)


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What agents took on one day of UTC, what is set aside included."""

    runs: int
    usd: float


class JobFigures:
    """Every method raises DatabaseAway."""

    def __init__(self, store: JobStore, *, now: Clock) -> None:
        self._store, self._now = store, now

    async def pulse(self) -> tuple[float, int]:
        """Another value whenever something about a job changed."""

        def work(conn: sa.Connection) -> tuple[float, int]:
            changed = conn.scalar(sa.select(sa.func.max(JOBS.c.updated_at)))
            told = conn.scalar(sa.select(sa.func.max(EVENTS.c.number)))
            return changed or 0.0, told or 0

        return await self._store.within(work)

    async def counts(self) -> dict[tuple[str, str, str], int]:
        """By project, status and outcome (empty for none)."""
        what = (JOBS.c.project_key, JOBS.c.status, sa.func.coalesce(JOBS.c.outcome, ""))
        rows = sa.select(*what, sa.func.count()).group_by(*what)
        return await self._store.within(
            lambda conn: {(key, status, end): n for key, status, end, n in conn.execute(rows)}
        )

    async def page(
        self,
        *,
        status: Status | None = None,
        project: str | None = None,
        text: str = "",
        before: str = "",
        limit: int = 50,
    ) -> tuple[Job, ...]:
        """Newest first: those whose title holds `text`, in any letter case, and that are older
        than the job `before`."""
        rows = sa.select(JOBS.c.data).order_by(JOBS.c.created_at.desc(), JOBS.c.id)
        if status is not None:
            rows = rows.where(JOBS.c.status == status.value)
        if project is not None:
            rows = rows.where(JOBS.c.project_key == project)
        if before:
            rows = rows.where(_after(before))
        wanted = text.casefold()

        def work(conn: sa.Connection) -> tuple[Job, ...]:
            # A search looks at every title: a row at a time, since each may hold a megabyte.
            some = rows.execution_options(yield_per=LOOKED_AT) if wanted else rows.limit(limit)
            with conn.execute(some) as cursor:
                every = cursor.scalars()
                found = (data for data in every if not wanted or wanted in _title(data))
                return tuple(map(job_of, islice(found, limit)))

        return await self._store.within(work)

    async def ended_lately(self, limit: int) -> tuple[Job, ...]:
        """Those of the last 24 hours, the newest first."""
        rows = sa.select(JOBS.c.data).where(self._over()).order_by(JOBS.c.updated_at.desc())
        some = rows.limit(limit)
        return await self._store.within(lambda conn: tuple(map(job_of, conn.scalars(some))))

    async def took_lately(self) -> list[float | None]:
        """Seconds from start to end of each job that ended in the last 24 hours; None where it was
        never started. Of the jobs, which may hold a megabyte each, only two moments are read."""

        def work(conn: sa.Connection) -> list[float | None]:
            moments = sa.select(_field(conn, "startedAt"), _field(conn, "completedAt"))
            rows = conn.execute(moments.where(self._over()))
            return [_seconds(started, ended) for started, ended in rows]

        return await self._store.within(work)

    def _over(self) -> sa.ColumnElement[bool]:
        since = (self._now() - LATELY).timestamp()
        return sa.and_(JOBS.c.status.in_(OVER), JOBS.c.updated_at >= since)

    async def spent_today(self) -> Spent:
        day = self._now().astimezone(UTC).date().isoformat()
        usd = sa.func.sum(BUDGET.c.reserved_usd + sa.func.coalesce(BUDGET.c.spent_usd, 0.0))
        row = sa.select(sa.func.count(), usd).where(BUDGET.c.day == day)
        runs, dollars = await self._store.within(lambda conn: tuple(conn.execute(row).one()))
        return Spent(runs=runs, usd=round(dollars or 0.0, 4))

    async def queued(self, limit: int) -> Sequence[str]:
        """The ids of jobs that may run now, oldest first: not those that are parked for a reason."""
        rows = sa.select(JOBS.c.data).where(JOBS.c.status.in_(OPEN)).order_by(JOBS.c.created_at)

        def work(conn: sa.Connection) -> list[str]:
            jobs = map(job_of, conn.scalars(rows))
            now = self._now()
            due = (o for o in jobs if not o.reason or o.not_before is None or o.not_before <= now)
            return [one.id for one, _ in zip(due, range(limit), strict=False)]

        return await self._store.within(work)

    async def clear(self) -> tuple[int, int]:
        """Forget the jobs that are over, so that their issues may have new ones; (how many went,
        how many stay). What a person decided never to fix stays, as do jobs under way."""
        followed = sa.select(PULLS.c.job_id).where(PULLS.c.state == "open")
        over = sa.and_(
            JOBS.c.status.in_(OVER),
            sa.func.coalesce(JOBS.c.outcome, "") != Outcome.WONT_FIX.value,
            JOBS.c.id.not_in(followed),  # people have its pull request still
        )

        def work(conn: sa.Connection) -> tuple[int, int]:
            gone = conn.scalars(sa.delete(JOBS).where(over).returning(JOBS.c.id)).all()
            for some in _parts(gone):
                conn.execute(sa.delete(EVENTS).where(EVENTS.c.job_id.in_(some)))
            return len(gone), conn.scalar(sa.select(sa.func.count()).select_from(JOBS)) or 0

        return await self._store.within(work)


def _title(data: str) -> str:
    return str(json.loads(data).get("issueTitle", "")).casefold()


def _field(conn: sa.Connection, name: str) -> sa.ColumnElement[str | None]:
    """Of the job's JSON."""
    if conn.dialect.name == "postgresql":
        field: sa.ColumnElement[str | None] = sa.cast(JOBS.c.data, sa.JSON)[name].as_string()
        return field
    return sa.func.json_extract(JOBS.c.data, f"$.{name}", type_=sa.Text)


def _seconds(started: str | None, ended: str | None) -> float | None:
    if not started or not ended:
        return None
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


def _after(job_id: str) -> sa.ColumnElement[bool]:
    """What comes after a job, newest first."""
    other = JOBS.alias()
    created = sa.select(other.c.created_at).where(other.c.id == job_id).scalar_subquery()
    same = sa.and_(JOBS.c.created_at == created, JOBS.c.id > job_id)
    return sa.or_(JOBS.c.created_at < created, same)


def _parts(ids: Sequence[Any], size: int = 500) -> list[Sequence[Any]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]
