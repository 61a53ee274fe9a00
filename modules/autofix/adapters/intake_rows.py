"""Deliveries and the jobs they begin, in the transaction that keeps the delivery."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from modules.autofix.acceptance import Accepted, Past, foreseen, generation
from modules.autofix.job import Job, Outcome, Status
from modules.autofix.ports import Clock
from modules.autofix.project import Budget, Project

from . import job_rows
from .job_rows import ACCEPT
from .job_store import JobStore
from .tables import JOBS, PULLS

PAST: Final = (JOBS.c.status, JOBS.c.outcome, JOBS.c.created_at, JOBS.c.generation)
PAST_OF: Final = (  # made once: to make a statement takes as long as to execute it
    sa.select(JOBS.c.id, JOBS.c.issue_key, *PAST)
    .where(JOBS.c.issue_key.in_(sa.bindparam("keys", expanding=True)))
    .order_by(JOBS.c.created_at)
)
HOUR: Final = timedelta(hours=1)


class IntakeRows:
    """What the inbox asks of the table of jobs. No method begins a transaction of its own."""

    def __init__(self, store: JobStore, *, budget: Budget, now: Clock) -> None:
        self._store, self._budget, self._now = store, budget, now

    def begin(
        self,
        conn: sa.Connection,
        job: Job,
        project: Project,
        *,
        regressed_at: datetime | None = None,
    ) -> Accepted:
        """A job that nobody asked for: once for each generation of the issue."""
        job_rows.lock(conn, ACCEPT)
        others = job_rows.of_issue(conn, job.issue_key)
        number = generation(
            others, regressed_at=regressed_at, open_pull=_open_pull(conn, others[:1])
        )
        job = job.model_copy(update={"generation": number})
        return self._store.accept_within(conn, job, project, others)

    def foresee(
        self, conn: sa.Connection, asked: Sequence[tuple[str, bool]]
    ) -> list[tuple[str, str | None]]:
        """Why deliveries come to nothing, as far as it is certain, and the id of the issue's last
        job: each is an issue's key, and whether it came back. One question for all of them."""
        keys = {key for key, _ in asked}
        past: dict[str, list[Past]] = {}
        last: dict[str, str] = {}
        for row in conn.execute(PAST_OF, {"keys": list(keys)}):
            past.setdefault(row.issue_key, []).append(_past(row))
            last[row.issue_key] = row.id
        now = self._now()
        return [
            (foreseen(past.get(key, ()), self._budget, now, regressed=back), last.get(key))
            for key, back in asked
        ]

    def newest(self, conn: sa.Connection, issue_key: str) -> tuple[str | None, datetime | None]:
        """The id of an issue's last job, and when it was made."""
        rows = sa.select(JOBS.c.id, JOBS.c.created_at).where(JOBS.c.issue_key == issue_key)
        row = conn.execute(rows.order_by(JOBS.c.created_at.desc()).limit(1)).first()
        return (row.id, datetime.fromtimestamp(row.created_at, UTC)) if row else (None, None)

    def knows(self, conn: sa.Connection, job_id: str) -> bool:
        return conn.scalar(sa.select(JOBS.c.id).where(JOBS.c.id == job_id)) is not None

    def full(self, conn: sa.Connection, project: Project) -> bool:
        """Whether a project has had as many jobs within the hour as it may."""
        job_rows.lock(conn, ACCEPT)
        since = (self._now() - HOUR).timestamp()
        count = sa.select(sa.func.count()).where(
            JOBS.c.project_key == project.key, JOBS.c.created_at > since
        )
        return (conn.scalar(count) or 0) >= self._budget.jobs_an_hour > 0


def _past(row: Any) -> Past:
    return Past(
        status=Status(row.status),
        outcome=Outcome(row.outcome) if row.outcome else None,
        created_at=datetime.fromtimestamp(row.created_at, UTC),
        generation=row.generation,
    )


def _open_pull(conn: sa.Connection, newest: list[Job]) -> bool:
    """Whether the pull request of an issue's newest job is still open, as far as was looked."""
    for job in newest:
        state = sa.select(PULLS.c.state).where(PULLS.c.job_id == job.id)
        states = conn.scalars(state).all()
        return "open" in states if states else job.pr_url is not None
    return False
