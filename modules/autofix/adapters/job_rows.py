"""Reading and writing the rows of jobs, each in the caller's transaction.

A transaction that reads before it writes takes the lock first: on SQLite the first write takes
the file's lock, on PostgreSQL the lock's row.
"""

import sqlite3
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import sqlalchemy as sa

from modules.autofix.errors import NoSuchJob
from modules.autofix.job import ACTIVE, Job, Status
from modules.jobs.adapters.database import insert_into

from .tables import EVENTS, JOBS, LOCKS, Event, columns, job_of, plain

ACCEPT: Final = "accept"  # the lock of whoever makes a job active


class Queue(Protocol):
    """Where runs wait for a worker."""

    def enqueue(
        self, conn: sa.Connection, run_id: str, partition: str, delay_s: float = 0.0
    ) -> None: ...

    def ended(self, run_ids: Collection[str]) -> Mapping[str, str]: ...

    def cancel(self, run_ids: Collection[str]) -> None: ...


def run_id(job: Job) -> str:
    return f"{job.id}.{job.run}"


def lock(conn: sa.Connection, key: str) -> None:
    """Until the transaction ends."""
    if conn.dialect.name == "sqlite" and _writes(conn):
        return  # the file is locked already
    row = insert_into(conn, LOCKS).values(key=key, n=0)
    conn.execute(row.on_conflict_do_update(index_elements=["key"], set_={"n": LOCKS.c.n + 1}))


def _writes(conn: sa.Connection) -> bool:
    raw = conn.connection.driver_connection
    return isinstance(raw, sqlite3.Connection) and raw.in_transaction


def add(conn: sa.Connection, job: Job, repository: str) -> None:
    fixed = {
        "id": job.id,
        "issue_key": job.issue_key,
        "project_key": job.project_key,
        "repository": repository,
        "created_at": job.created_at.timestamp(),
        "executor": "",
    }
    conn.execute(sa.insert(JOBS).values(**fixed, **columns(job)))


def change(conn: sa.Connection, job: Job, *where: Any, **values: Any) -> bool:
    """Whether the row was there to be changed."""
    update = sa.update(JOBS).where(JOBS.c.id == job.id, *where)
    found = conn.execute(update.values(**{**columns(job), **values}).returning(JOBS.c.id))
    return found.first() is not None


def again(conn: sa.Connection, queue: Queue, job: Job, *where: Any, delay_s: float) -> Job | None:
    """The job with its next run in the queue; None where the row is not as `where` says."""
    job = job.model_copy(update={"status": Status.QUEUED, "run": job.run + 1})
    if not change(conn, job, *where, executor=""):
        return None
    repository = conn.scalar(sa.select(JOBS.c.repository).where(JOBS.c.id == job.id)) or ""
    queue.enqueue(conn, run_id(job), repository, delay_s)
    return job


def read(conn: sa.Connection, job_id: str, *, hold: bool = False) -> Job:
    """Raises NoSuchJob. What is held stays as it is until the transaction ends."""
    row = sa.select(JOBS.c.data).where(JOBS.c.id == job_id)
    data = conn.scalar(row.with_for_update() if hold else row)
    if data is None:
        raise NoSuchJob(f"There is no job {plain(job_id)[:64]!r}.")
    return job_of(data)


def of_issue(conn: sa.Connection, issue_key: str) -> list[Job]:
    """Newest first."""
    rows = sa.select(JOBS.c.data).where(JOBS.c.issue_key == issue_key)
    return [job_of(data) for data in conn.scalars(rows.order_by(JOBS.c.created_at.desc()))]


def another_active(conn: sa.Connection, job: Job) -> str | None:
    """The id of another job of the same issue that is under way."""
    active = JOBS.c.status.in_([status.value for status in ACTIVE])
    others = sa.select(JOBS.c.id).where(JOBS.c.issue_key == job.issue_key, JOBS.c.id != job.id)
    found: str | None = conn.scalar(others.where(active))
    return found


def newest(
    conn: sa.Connection, *, status: Status | None, project: str | None, limit: int
) -> tuple[Job, ...]:
    rows = sa.select(JOBS.c.data).order_by(JOBS.c.created_at.desc(), JOBS.c.id).limit(limit)
    if status is not None:
        rows = rows.where(JOBS.c.status == status.value)
    if project is not None:
        rows = rows.where(JOBS.c.project_key == project)
    return tuple(job_of(data) for data in conn.scalars(rows))


def tell(conn: sa.Connection, job: Job, message: str, now: datetime) -> None:
    row = {"job_id": job.id, "at": now.timestamp(), "stage": job.stage.value}
    conn.execute(sa.insert(EVENTS).values(**row, message=plain(message)))


def told(conn: sa.Connection, job_id: str) -> tuple[Event, ...]:
    rows = sa.select(EVENTS).where(EVENTS.c.job_id == job_id).order_by(EVENTS.c.number)
    return tuple(
        Event(at=datetime.fromtimestamp(row.at, UTC), stage=row.stage, message=row.message)
        for row in conn.execute(rows)
    )
