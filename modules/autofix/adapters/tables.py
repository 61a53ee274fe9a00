"""Our tables, and the values that go into them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from modules.autofix.job import Job

META: Final = sa.MetaData()
ACTIVE_ONLY: Final = sa.text("status in ('queued', 'running', 'waiting')")
JOBS: Final = sa.Table(
    "autofix_jobs",
    META,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("issue_key", sa.Text, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("project_key", sa.Text, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),  # runs of one go one after the other
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("updated_at", sa.Float, nullable=False),
    sa.Column("executor", sa.Text, nullable=False),  # the process that runs it; empty for none
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("data", sa.Text, nullable=False),  # the whole job as JSON
    sa.Index(
        "autofix_jobs_one_active",
        "issue_key",
        unique=True,
        sqlite_where=ACTIVE_ONLY,
        postgresql_where=ACTIVE_ONLY,
    ),
    sa.Index("autofix_jobs_issue", "issue_key", "created_at"),
    sa.Index("autofix_jobs_status", "status", "created_at"),
)
EVENTS: Final = sa.Table(
    "autofix_events",
    META,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("job_id", sa.Text, nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
)
BUDGET: Final = sa.Table(
    "autofix_budget",
    META,
    sa.Column("attempt", sa.Text, primary_key=True),  # job.number
    sa.Column("job_id", sa.Text, nullable=False, index=True),
    sa.Column("project_key", sa.Text, nullable=False),
    sa.Column("day", sa.Text, nullable=False, index=True),  # of UTC
    sa.Column("reserved_usd", sa.Float, nullable=False),  # 0 when it is settled
    sa.Column("spent_usd", sa.Float),
    sa.Column("begun", sa.Integer, nullable=False, default=0),  # 1: the agent runs, or was cut off
)
SWITCH: Final = sa.Table(
    "autofix_switch",
    META,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("since", sa.Float, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("at_once", sa.Boolean, nullable=False),  # ends what runs, too
)
PULLS: Final = sa.Table(  # what becomes of our pull requests: a row for each, never deleted
    "autofix_pulls",
    META,
    sa.Column("job_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("project_key", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),  # when it was proposed first: fixed, draft
    sa.Column("opened_at", sa.Float, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # open, closed, merged
    sa.Column("light", sa.Text),  # of the checks: pending, green, red
    sa.Column("pushed_sha", sa.Text, nullable=False),
    sa.Column("head_sha", sa.Text, nullable=False),
    sa.Column("merge_sha", sa.Text, nullable=False),
    sa.Column("ended_at", sa.Float),
    sa.Column("rounds", sa.Integer, nullable=False),
    sa.Column("tried_sha", sa.Text, nullable=False),
    sa.Column("next_look", sa.Float, nullable=False),
    sa.Column("job_updated", sa.Float, nullable=False),
    sa.Index("autofix_pulls_due", "phase", "next_look"),
)
LESSONS: Final = sa.Table(
    "autofix_lessons",
    META,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("project_key", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False),  # proposed, approved, dropped
    sa.Column("created_at", sa.Float, nullable=False),
)
LOCKS: Final = sa.Table(
    "autofix_locks",
    META,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, nullable=False),
)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of a job's history."""

    at: datetime
    stage: str
    message: str


def columns(job: Job) -> dict[str, Any]:
    """What changes when a job is saved."""
    return {
        "status": job.status.value,
        "outcome": job.outcome.value if job.outcome else None,
        "generation": job.generation,
        "run": job.run,
        "updated_at": job.updated_at.timestamp(),
        "data": job.model_dump_json(by_alias=True),
    }


def job_of(data: str) -> Job:
    return Job.model_validate_json(data)


def plain(text: str) -> str:
    """PostgreSQL stores no NUL, and neither stores half a character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
