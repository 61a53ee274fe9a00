"""Tracked issues in the database: what a delivery came to is one commit, with what it asks for."""

import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from modules.jobs.adapters.inbox_tables import INBOX
from modules.tracker.errors import NoSuchTracked
from modules.tracker.tracked import SENTRY, Decision, Tracked

from .outbox import added
from .tracker_tables import DUE, EFFECTS, EXTERNAL, TRACKED, Within

Decide = Callable[[Tracked | None], Decision]
ISSUE_LOCK: Final = 7_240_013  # of PostgreSQL's advisory locks, with a number for each issue
SAME: Final = sa.and_(
    EXTERNAL.c.source == TRACKED.c.source, EXTERNAL.c.external_id == TRACKED.c.external_id
)
LINKED: Final = sa.select(TRACKED, EXTERNAL.c.external_url, EXTERNAL.c.metadata).select_from(
    TRACKED.join(EXTERNAL, SAME)
)
CURRENT: Final = LINKED.where(EXTERNAL.c.issue_id == TRACKED.c.id)  # the newest generations
OF_LINK: Final = ("external_url", "metadata")
MOMENTS: Final = ("state_at", "created_at", "updated_at")


class TrackerStore:
    """`within` runs a function in a transaction. Every method raises DatabaseAway."""

    def __init__(self, within: Within) -> None:
        self._within = within

    async def settle(
        self, source: str, external_id: str, decide: Decide, *, delivery_id: str = ""
    ) -> Decision | None:
        """Decide about an issue, and keep what was decided; with the delivery that asked for it.
        None where somebody else has decided about that already."""

        def work(conn: sa.Connection) -> Decision | None:
            # A write comes first, so that SQLite's lock is held while it is decided.
            done = sa.delete(DUE).where(DUE.c.delivery_id == delivery_id)
            if not conn.execute(done).rowcount and delivery_id:
                return None
            _lock(conn, external_id)
            found = _current(conn, source, external_id)
            decision = decide(found)
            _keep(conn, decision, found)
            return decision

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
        return await self._within(lambda conn: tuple(map(_read, conn.execute(rows))))

    async def longest_unseen(self, before: datetime, limit: int) -> tuple[Tracked, ...]:
        """Those that nobody looked at since, the longest first."""
        rows = CURRENT.where(TRACKED.c.looked_at < before.timestamp(), TRACKED.c.key != "")
        some = rows.order_by(TRACKED.c.looked_at).limit(limit)
        return await self._within(lambda conn: tuple(map(_read, conn.execute(some))))

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


def _lock(conn: sa.Connection, external_id: str) -> None:
    """One at a time decides about an issue; on SQLite the file is locked by now."""
    if conn.dialect.name == "postgresql":
        number = zlib.crc32(external_id.encode()) - 2**31
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(ISSUE_LOCK, number)))


def _current(conn: sa.Connection, source: str, external_id: str) -> Tracked | None:
    named = (EXTERNAL.c.source == source, EXTERNAL.c.external_id == external_id)
    row = conn.execute(CURRENT.where(*named)).one_or_none()
    return _read(row) if row is not None else None


def _one(conn: sa.Connection, way: Any) -> Tracked | None:
    """Of a generation that another one followed, too."""
    row = conn.execute(LINKED.where(way).order_by(TRACKED.c.created_at.desc()).limit(1)).first()
    return _read(row) if row is not None else None


def _keep(conn: sa.Connection, decision: Decision, found: Tracked | None) -> None:
    one = decision.tracked
    if one is None:
        return
    if decision.answer == "created":
        conn.execute(
            sa.insert(TRACKED).values(**_row(one), id=one.id, looked_at=one.created_at.timestamp())
        )
        _link(conn, one, found)
    elif one != found:
        # Its name in the tracker is the outbox's to write, perhaps at this moment.
        mine = {name: value for name, value in _row(one).items() if name not in ("key", "url")}
        conn.execute(sa.update(TRACKED).where(TRACKED.c.id == one.id).values(**mine))
        _link(conn, one, found)
    added(conn, decision.effects)


def _link(conn: sa.Connection, one: Tracked, found: Tracked | None) -> None:
    named = {"source": one.source, "external_id": one.external_id}
    values = {
        "issue_id": one.id,
        "external_url": one.external_url,
        "metadata": json.dumps(one.metadata),
    }
    if found is None:
        made = {"id": one.id, "created_at": one.created_at.timestamp()}
        conn.execute(sa.insert(EXTERNAL).values(**named, **values, **made))
        return
    mine = (EXTERNAL.c.source == one.source, EXTERNAL.c.external_id == one.external_id)
    conn.execute(sa.update(EXTERNAL).where(*mine).values(**values))


def _row(one: Tracked) -> dict[str, Any]:
    plain = {name: value for name, value in vars(one).items() if name not in (*OF_LINK, "id")}
    return plain | {name: plain[name].timestamp() for name in MOMENTS}


def _read(row: Any) -> Tracked:
    known = {name: value for name, value in row._mapping.items() if name != "looked_at"}
    times = {name: datetime.fromtimestamp(known[name], UTC) for name in MOMENTS}
    return Tracked(**(known | times | {"metadata": json.loads(known["metadata"])}))
