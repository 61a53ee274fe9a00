"""What may be spent on a day, and the kill switch; each function in the caller's transaction."""

from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from modules.autofix.job import Job
from modules.autofix.project import Budget, Project
from modules.autofix.reasons import sentence
from modules.jobs.adapters.database import insert_into

from .job_rows import lock
from .tables import BUDGET, SWITCH, plain

KILL: Final = "kill"
UNREADABLE: Final = "budget_day"  # the reason of a budget that cannot be read: it counts as spent


def reserve(conn: sa.Connection, job: Job, project: Project, budget: Budget, now: datetime) -> str:
    """Set the cap of the next attempt aside; the reason why not, empty when done."""
    lock(conn, "budget")
    key, day = _next_attempt(job), _day(now)
    _cut_off(conn, key)
    held = conn.scalar(sa.select(BUDGET.c.reserved_usd).where(BUDGET.c.attempt == key))
    if held:
        return ""
    if why := _spent(conn, day, project, budget, new_run=held is None):
        return why
    cap = {"day": day, "reserved_usd": project.limits.usd}
    row = insert_into(conn, BUDGET).values(
        attempt=key, job_id=job.id, project_key=job.project_key, **cap
    )
    # An attempt that was parked runs again: what it cost already goes on counting.
    conn.execute(row.on_conflict_do_update(index_elements=["attempt"], set_=cap))
    return ""


def begin(conn: sa.Connection, job: Job) -> None:
    """The agent starts on what was set aside."""
    conn.execute(sa.update(BUDGET).where(BUDGET.c.attempt == _next_attempt(job)).values(begun=1))


def _cut_off(conn: sa.Connection, key: str) -> None:
    """An agent that was begun and never settled was cut off (a kill, a stop, a pause): nobody
    knows what it cost, so all that was set aside for it counts as spent."""
    cost = sa.func.coalesce(BUDGET.c.spent_usd, 0.0) + BUDGET.c.reserved_usd
    begun = sa.update(BUDGET).where(BUDGET.c.attempt == key, BUDGET.c.begun == 1)
    conn.execute(begun.values(spent_usd=cost, reserved_usd=0.0, begun=0))


def _next_attempt(job: Job) -> str:
    return f"{job.id}.{len(job.attempts) + 1}"


def _spent(
    conn: sa.Connection, day: str, project: Project, budget: Budget, *, new_run: bool
) -> str:
    usd = BUDGET.c.reserved_usd + sa.func.coalesce(BUDGET.c.spent_usd, 0.0)
    ours = sa.case((BUDGET.c.project_key == project.key, 1), else_=0)
    sums = sa.select(sa.func.count(), sa.func.sum(ours), sa.func.sum(usd))
    runs, runs_of_project, so_far = conn.execute(sums.where(BUDGET.c.day == day)).one()
    if new_run and (runs_of_project or 0) >= project.limits.runs_a_day:
        return "budget_project"
    if new_run and runs >= budget.runs_a_day:
        return "budget_day"
    return "budget_day" if (so_far or 0.0) + project.limits.usd > budget.usd_a_day else ""


def settle(conn: sa.Connection, job: Job, usd: float, now: datetime) -> None:
    """Put the real cost in the place of what the job has set aside."""
    lock(conn, "budget")
    cost = sa.func.coalesce(BUDGET.c.spent_usd, 0.0) + usd
    held = sa.update(BUDGET).where(BUDGET.c.job_id == job.id, BUDGET.c.reserved_usd > 0)
    settled = held.values(reserved_usd=0.0, spent_usd=cost, begun=0).returning(BUDGET.c.attempt)
    if conn.execute(settled).first() is None:
        _spent_without_leave(conn, job, usd, now)


def _spent_without_leave(conn: sa.Connection, job: Job, usd: float, now: datetime) -> None:
    """Money that nothing was set aside for is spent all the same."""
    row = insert_into(conn, BUDGET).values(
        attempt=f"{job.id}.{len(job.attempts)}",
        job_id=job.id,
        project_key=job.project_key,
        day=_day(now),
        reserved_usd=0.0,
        spent_usd=usd,
    )
    more = sa.func.coalesce(BUDGET.c.spent_usd, 0.0) + usd
    conn.execute(row.on_conflict_do_update(index_elements=["attempt"], set_={"spent_usd": more}))


def switch(
    conn: sa.Connection, now: datetime, *, on: bool, at_once: bool, note: str, by: str
) -> None:
    conn.execute(sa.delete(SWITCH).where(SWITCH.c.name == KILL))
    if on:
        row = {"name": KILL, "since": now.timestamp(), "by": plain(by), "note": plain(note)}
        conn.execute(sa.insert(SWITCH).values(**row, at_once=at_once))


def stopped(conn: sa.Connection) -> str:
    """Why nothing may run; empty when it may."""
    row = conn.execute(sa.select(SWITCH).where(SWITCH.c.name == KILL)).first()
    if row is None:
        return ""
    since = datetime.fromtimestamp(row.since, UTC)
    facts = " ".join(filter(None, (f"since {since:%Y-%m-%d %H:%M} UTC", row.by and f"by {row.by}")))
    return f"{sentence('paused')} On {facts}" + (f": {row.note}" if row.note else ".")


def ends_at_once(conn: sa.Connection) -> bool:
    return bool(conn.scalar(sa.select(SWITCH.c.at_once).where(SWITCH.c.name == KILL)))


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()
