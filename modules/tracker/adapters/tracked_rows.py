"""Rows of tracked issues: how they are read and written."""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from modules.tracker.tracked import Tracked

from .tracker_tables import EXTERNAL, TRACKED

SAME: Final = sa.and_(
    EXTERNAL.c.source == TRACKED.c.source, EXTERNAL.c.external_id == TRACKED.c.external_id
)
LINKED: Final = sa.select(TRACKED, EXTERNAL.c.external_url, EXTERNAL.c.metadata).select_from(
    TRACKED.join(EXTERNAL, SAME)
)
CURRENT: Final = LINKED.where(EXTERNAL.c.issue_id == TRACKED.c.id)  # the newest generations
OF_LINK: Final = ("external_url", "metadata")
MOMENTS: Final = ("state_at", "created_at", "updated_at")
# Made once: to make a statement takes as long as to execute it.
CURRENT_OF: Final = CURRENT.where(
    EXTERNAL.c.external_id.in_(sa.bindparam("external_ids", expanding=True))
)
BY_ID: Final = LINKED.where(TRACKED.c.id.in_(sa.bindparam("ids", expanding=True)))
NAMED: Final = sa.and_(  # of an update: which one
    EXTERNAL.c.source == sa.bindparam("of_source"),
    EXTERNAL.c.external_id == sa.bindparam("of_external_id"),
)


def current_of(
    conn: sa.Connection, external_ids: Collection[str]
) -> dict[tuple[str, str], Tracked]:
    """The newest generations, by source and id there."""
    rows = conn.execute(CURRENT_OF, {"external_ids": list(external_ids)})
    return {(one.source, one.external_id): one for one in map(read_row, rows)}


def by_id(conn: sa.Connection, ids: Collection[str]) -> dict[str, Tracked]:
    """Of our ids, whichever generation."""
    rows = conn.execute(BY_ID, {"ids": list(ids)})
    return {one.id: one for one in map(read_row, rows)}


def insert(conn: sa.Connection, made: Sequence[Tracked]) -> None:
    """With a row of its own for each; what Sentry tells of it is the link's."""
    if made:
        rows = [
            {**_row(one), "id": one.id, "looked_at": one.created_at.timestamp()} for one in made
        ]
        conn.execute(sa.insert(TRACKED), rows)


def update(conn: sa.Connection, changed: Sequence[Tracked]) -> None:
    """Its name in the tracker is the outbox's to write, perhaps at this moment."""
    rows = [
        {name: value for name, value in _row(one).items() if name not in ("key", "url")}
        | {"which": one.id}
        for one in changed
    ]
    if rows:
        conn.execute(sa.update(TRACKED).where(TRACKED.c.id == sa.bindparam("which")), rows)


def link(conn: sa.Connection, linked: Sequence[Tracked], *, known: bool) -> None:
    """The issue of Sentry, `known` or not, points at these."""
    rows = [
        {"issue_id": one.id, "external_url": one.external_url, "metadata": json.dumps(one.metadata)}
        for one in linked
    ]
    if rows and known:
        names = [{"of_source": one.source, "of_external_id": one.external_id} for one in linked]
        both = [row | name for row, name in zip(rows, names, strict=True)]
        conn.execute(sa.update(EXTERNAL).where(NAMED), both)
    elif rows:
        firsts = [
            row
            | {
                "id": one.id,
                "source": one.source,
                "external_id": one.external_id,
                "created_at": one.created_at.timestamp(),
            }
            for row, one in zip(rows, linked, strict=True)
        ]
        conn.execute(sa.insert(EXTERNAL), firsts)


def read_row(row: Any) -> Tracked:
    known = {name: value for name, value in row._mapping.items() if name != "looked_at"}
    times = {name: datetime.fromtimestamp(known[name], UTC) for name in MOMENTS}
    return Tracked(**(known | times | {"metadata": json.loads(known["metadata"])}))


def _row(one: Tracked) -> dict[str, Any]:
    plain = {name: value for name, value in vars(one).items() if name not in (*OF_LINK, "id")}
    return plain | {name: plain[name].timestamp() for name in MOMENTS}
