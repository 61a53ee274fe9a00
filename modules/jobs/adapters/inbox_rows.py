"""Rows of the inbox: how deliveries are written and read, and the statements for it."""

import json
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from modules.jobs.deliveries import Delivery, Settled, State

from .inbox_tables import INBOX

LOOKED_AT: Final = 50  # in that commit, for those of which it is certain what becomes
DRAIN_LOCK: Final = 7_240_012  # of PostgreSQL's advisory locks
HEAD: Final = tuple(column for column in INBOX.c if column.name not in ("body", "not_before"))
# Made once: to make a statement takes as long as to execute it.
KNOWN: Final = sa.select(INBOX.c.id).where(INBOX.c.id.in_(sa.bindparam("ids", expanding=True)))
PUT_OFF: Final = sa.select(INBOX.c.issue_id).where(
    INBOX.c.issue_id.in_(sa.bindparam("issues", expanding=True)),
    INBOX.c.state == State.NEW.value,
    INBOX.c.reason == sa.bindparam("reason"),
    INBOX.c.not_before > sa.bindparam("now"),
)
DUE: Final = (
    sa.select(*HEAD)
    .where(INBOX.c.state == State.NEW.value, INBOX.c.not_before <= sa.bindparam("now"))
    .order_by(INBOX.c.received_at)
    .limit(LOOKED_AT)
)


def settled(how: Settled | None) -> dict[str, Any]:
    """The columns of one that is settled when it comes; none of one that is still to be decided."""
    if how is None or how.state is State.NEW:
        return {}
    return {"state": how.state.value, "reason": how.reason, "job_id": how.job_id}


def locked(conn: sa.Connection) -> bool:
    """Two that drain one database go one after the other; nobody waits for one that hangs."""
    if conn.dialect.name == "postgresql":
        return bool(conn.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(DRAIN_LOCK))))
    conn.execute(sa.update(INBOX).where(INBOX.c.id == "").values(attempts=0))  # the file's lock
    return True


class Bounds(NamedTuple):
    """How much is kept of what is settled, the newest first."""

    bodies: int = 20_000
    rows: int = 200_000
    body_bytes: int = 1_000_000_000

    def oldest_row(self, conn: sa.Connection) -> float:
        """Rows from before this moment are too many; 0 where none is."""
        return _moment_of(conn, self.rows)

    def oldest_body(self, conn: sa.Connection) -> float:
        """The same of bodies, by their number and by what they weigh."""
        newest = INBOX.c.received_at.desc()
        weight = sa.func.sum(sa.func.length(INBOX.c.body)).over(order_by=newest)
        weighed = sa.select(INBOX.c.received_at, weight.label("weight"))
        bodies = weighed.where(INBOX.c.body.is_not(None)).subquery()
        fit = sa.select(sa.func.min(bodies.c.received_at)).where(bodies.c.weight <= self.body_bytes)
        return max(_moment_of(conn, self.bodies), conn.scalar(fit) or 0.0)


def _moment_of(conn: sa.Connection, place: int) -> float:
    """When the delivery at this place arrived, counted from the newest; 0 where there are fewer."""
    newest = sa.select(INBOX.c.received_at).order_by(INBOX.c.received_at.desc())
    return conn.scalar(newest.offset(place).limit(1)) or 0.0


def row_of(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "source": one.source,
        "resource": one.resource,
        "action": one.action,
        "issue_id": one.issue_id,
        "project": one.project,
        "told": json.dumps(one.told),
        "headers": json.dumps(one.headers),
        "body": one.body,
        "received_at": one.received_at.timestamp(),
        "state": one.state.value,
        "reason": one.reason,
        "job_id": None,
        "attempts": 0,
        "not_before": 0.0,
    }


def delivery_of(row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        source=row.source,
        resource=row.resource,
        action=row.action,
        issue_id=row.issue_id,
        project=row.project,
        told=json.loads(row.told),
        received_at=datetime.fromtimestamp(row.received_at, UTC),
        state=State(row.state),
        reason=row.reason,
        job_id=row.job_id,
        attempts=row.attempts,
        headers=json.loads(row.headers),
        body=(row.body or b"") if hasattr(row, "body") else b"",
    )
