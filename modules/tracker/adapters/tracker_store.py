"""Tracked issues in the database: what deliveries came to is one commit, with what they ask for."""

import json
import zlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from modules.jobs.adapters.inbox_tables import INBOX
from modules.tracker.errors import NoSuchTracked
from modules.tracker.tracked import SENTRY, Case, Decision, Tracked

from .outbox import added
from .tracked_rows import CURRENT, LINKED, current_of, insert, link, read_row, update
from .tracker_tables import DUE, EFFECTS, EXTERNAL, TRACKED, Within

ISSUE_LOCK: Final = 7_240_013  # of PostgreSQL's advisory locks, with a number for each issue
WHICH: Final = DUE.c.delivery_id.in_(sa.bindparam("ids", expanding=True))
DONE: Final = sa.delete(DUE).where(WHICH).returning(DUE.c.delivery_id)
MINE: Final = sa.select(DUE.c.delivery_id).where(WHICH).order_by(DUE.c.delivery_id)


class TrackerStore:
    """`within` runs a function in a transaction. Every method raises DatabaseAway."""

    def __init__(self, within: Within) -> None:
        self._within = within

    async def settle(self, *cases: Case) -> tuple[Decision | None, ...]:
        """Decide about them, in order, and keep what was decided, with the deliveries that asked
        for it; all in one commit. None where somebody else has decided about that already."""

        def work(conn: sa.Connection) -> tuple[Decision | None, ...]:
            # A write comes first, so that SQLite's lock is held while it is decided.
            due = _taken(conn, {one.delivery_id for one in cases})
            open_ = [one for one in cases if not one.delivery_id or one.delivery_id in due]
            _lock(conn, {one.external_id for one in open_})
            known = current_of(conn, {one.external_id for one in open_})
            decided = _decided(open_, dict(known))
            _keep(conn, decided, known)
            found = {id(case): decision for case, decision in zip(open_, decided, strict=True)}
            return tuple(found.get(id(one)) for one in cases)

        return await self._within(work)

    async def current(self, source: str, external_id: str) -> Tracked | None:
        """The newest generation of an issue of Sentry."""
        return await self._within(lambda conn: _current(conn, source, external_id))

    async def of_delivery(self, delivery_id: str) -> Tracked | None:
        """Of the issue that a delivery is about."""
        issue = sa.select(INBOX.c.issue_id).where(INBOX.c.id == delivery_id)

        def work(conn: sa.Connection) -> Tracked | None:
            return _current(conn, SENTRY, conn.scalar(issue) or "")

        return await self._within(work)

    async def get(self, tracked_id: str) -> Tracked:
        """By our id. Raises NoSuchTracked."""
        return await self._found(TRACKED.c.id == tracked_id)

    async def named(self, name: str) -> Tracked:
        """By what people call it: the tracker's key, Sentry's number or short id, our id; of the
        newest generation. Raises NoSuchTracked."""
        bare = name.strip()
        short = f'"shortId": {json.dumps(bare.upper())}'
        return await self._found(
            TRACKED.c.key.in_((bare, bare.upper())),
            TRACKED.c.external_id == bare,
            TRACKED.c.id == bare,
            EXTERNAL.c.metadata.contains(short, autoescape=True),
        )

    async def _found(self, *ways: Any) -> Tracked:
        def work(conn: sa.Connection) -> Tracked | None:
            found = (_one(conn, way) for way in ways)
            return next((one for one in found if one is not None), None)

        tracked = await self._within(work)
        if tracked is None:
            raise NoSuchTracked
        return tracked

    async def list(
        self, *, state: str | None = None, project: str | None = None, limit: int = 50
    ) -> tuple[Tracked, ...]:
        """Newest first; of each issue of Sentry the newest generation."""
        rows = CURRENT.order_by(TRACKED.c.created_at.desc(), TRACKED.c.id).limit(limit)
        if state is not None:
            rows = rows.where(TRACKED.c.state == state)
        if project is not None:
            rows = rows.where(TRACKED.c.project == project)
        return await self._within(lambda conn: tuple(map(read_row, conn.execute(rows))))

    async def longest_unseen(self, before: datetime, limit: int) -> tuple[Tracked, ...]:
        """Those that nobody looked at since, the longest first."""
        rows = CURRENT.where(TRACKED.c.looked_at < before.timestamp(), TRACKED.c.key != "")
        some = rows.order_by(TRACKED.c.looked_at).limit(limit)
        return await self._within(lambda conn: tuple(map(read_row, conn.execute(some))))

    async def looked(self, tracked_id: str, at: datetime) -> None:
        change = sa.update(TRACKED).where(TRACKED.c.id == tracked_id)
        seen = change.values(looked_at=at.timestamp())
        await self._within(lambda conn: conn.execute(seen))

    async def counts(self) -> dict[str, int]:
        """Tracked issues by state; effects that wait, effects that are parked."""
        rows = sa.select(TRACKED.c.state, sa.func.count().label("n")).group_by(TRACKED.c.state)
        parked = sa.select(EFFECTS.c.parked, sa.func.count().label("n")).group_by(EFFECTS.c.parked)

        def work(conn: sa.Connection) -> dict[str, int]:
            found = {row.state: row.n for row in conn.execute(rows)}
            left = {"parked" if row.parked else "waiting": row.n for row in conn.execute(parked)}
            return found | left

        return await self._within(work)


def _taken(conn: sa.Connection, ids: Collection[str]) -> set[str]:
    """Those that are nobody else's. On PostgreSQL in one order everywhere: so two that take some of
    the same wait, and never for each other."""
    asked = {"ids": list(ids)}
    if conn.dialect.name == "postgresql":
        conn.execute(MINE.with_for_update(), asked)
    return set(conn.scalars(DONE, asked))


def _lock(conn: sa.Connection, external_ids: Collection[str]) -> None:
    """One at a time decides about an issue; on SQLite the file is locked by now."""
    if conn.dialect.name == "postgresql":
        for number in sorted({zlib.crc32(one.encode()) - 2**31 for one in external_ids}):
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock(ISSUE_LOCK, number)))


def _decided(cases: Sequence[Case], known: dict[tuple[str, str], Tracked]) -> list[Decision]:
    """Each knows what was decided before it."""
    decided = []
    for case in cases:
        named = (case.source, case.external_id)
        decision = case.decide(known.get(named))
        if decision.tracked is not None:
            known[named] = decision.tracked
        decided.append(decision)
    return decided


def _keep(
    conn: sa.Connection, decided: Sequence[Decision], known: dict[tuple[str, str], Tracked]
) -> None:
    """Of each tracked issue what was decided last: several may be of one issue of Sentry."""
    last = {one.tracked.id: one.tracked for one in decided if one.tracked is not None}
    made = {
        one.tracked.id for one in decided if one.tracked is not None and one.answer == "created"
    }
    before = {one.id: one for one in known.values()}
    insert(conn, [one for one in last.values() if one.id in made])
    changed = [one for one in last.values() if one.id not in made and one != before.get(one.id)]
    update(conn, changed)
    # The link goes to the newest of each.
    newest = {(one.source, one.external_id): one for one in last.values()}
    moved = [one for name, one in newest.items() if one != known.get(name)]
    link(conn, [one for one in moved if (one.source, one.external_id) in known], known=True)
    link(conn, [one for one in moved if (one.source, one.external_id) not in known], known=False)
    added(conn, [effect for one in decided for effect in one.effects])


def _current(conn: sa.Connection, source: str, external_id: str) -> Tracked | None:
    named = (EXTERNAL.c.source == source, EXTERNAL.c.external_id == external_id)
    row = conn.execute(CURRENT.where(*named)).one_or_none()
    return read_row(row) if row is not None else None


def _one(conn: sa.Connection, way: Any) -> Tracked | None:
    """Of a generation that another one followed, too."""
    row = conn.execute(LINKED.where(way).order_by(TRACKED.c.created_at.desc()).limit(1)).first()
    return read_row(row) if row is not None else None
