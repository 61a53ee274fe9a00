"""What is still to be done to trackers: kept with the decision, and gone when it is done."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from modules.tracker.ports import Filed
from modules.tracker.tracked import Effect, Tracked

from .tracked_rows import by_id
from .tracker_tables import EFFECTS, TRACKED, Within

LEASE: Final = timedelta(minutes=5)  # longer than any tracker takes; then somebody else may do it
UNDER_WAY: Final = "under way"
EARLIER: Final = EFFECTS.alias("earlier")
FIRST: Final = ~sa.exists().where(
    EARLIER.c.tracked_id == EFFECTS.c.tracked_id, EARLIER.c.number < EFFECTS.c.number
)
DUE: Final = EFFECTS.c.not_before <= sa.bindparam("now")
OF_ONE: Final = EFFECTS.c.tracked_id == sa.bindparam("tracked_id")
WHICH: Final = EFFECTS.c.number == sa.bindparam("which")
# Made once: to make a statement takes as long as to execute it.
SOME: Final = (
    sa.select(EFFECTS.c.number)
    .where(DUE, FIRST)
    .order_by(EFFECTS.c.number)
    .limit(sa.bindparam("some"))
)
SOME_OF_ONE: Final = SOME.where(OF_ONE)
IN_ORDER: Final = sa.select(EFFECTS).where(OF_ONE).order_by(EFFECTS.c.number)
FOLLOWING: Final = sa.select(EFFECTS.c.number).where(OF_ONE).order_by(EFFECTS.c.number).limit(1)
OVER: Final = sa.delete(EFFECTS).where(WHICH)
NAME: Final = sa.update(TRACKED).where(TRACKED.c.id == sa.bindparam("which"))
LATER: Final = sa.update(EFFECTS).where(WHICH).values(tries=EFFECTS.c.tries + 1)
CLAIM: Final = (
    sa.update(EFFECTS)
    # Said again: another may have claimed it since it was looked at.
    .where(EFFECTS.c.number.in_(sa.bindparam("numbers", expanding=True)), DUE)
    .values(not_before=sa.bindparam("until"), reason=UNDER_WAY)
    .returning(EFFECTS)
)
Claimed = tuple[Effect, Tracked]


class Outbox:
    """`within` runs a function in a transaction. Every method raises DatabaseAway."""

    def __init__(self, within: Within, *, now: Callable[[], datetime]) -> None:
        self._within, self._now = within, now

    async def claim(self, limit: int, *, tracked_id: str = "") -> tuple[Claimed, ...]:
        """Those that are due, of each tracked issue the first; nobody else gets them for a while."""
        now = self._now()
        asked = {"now": now.timestamp(), "some": limit, "tracked_id": tracked_id}

        def work(conn: sa.Connection) -> tuple[Claimed, ...]:
            # Looked at first: mostly nothing is due, and then nobody has to wait for a lock.
            numbers = conn.scalars(SOME_OF_ONE if tracked_id else SOME, asked).all()
            return _claimed(conn, numbers, now) if numbers else ()

        return await self._within(work)

    async def done(self, effect: Effect, filed: Filed | None = None) -> Claimed | None:
        """With what the tracker calls the issue, where it was filed. What is next to be done to it,
        if that is due: it is claimed, too."""
        now = self._now()

        def work(conn: sa.Connection) -> Claimed | None:
            conn.execute(OVER, {"which": effect.number})
            if filed is not None:
                named = {"which": effect.tracked_id, "key": filed.key, "url": filed.url}
                conn.execute(NAME, named)
            numbers = conn.scalars(FOLLOWING, {"tracked_id": effect.tracked_id}).all()
            return next(iter(_claimed(conn, numbers, now)), None) if numbers else None

        return await self._within(work)

    async def put_off(self, effect: Effect, until: datetime, reason: str, *, parked: bool) -> None:
        """Done later; `parked` is what waits for a person."""
        values = {"not_before": until.timestamp(), "reason": reason, "parked": parked}
        later = LATER.values({name: sa.bindparam(name) for name in values})
        await self._within(lambda conn: conn.execute(later, {"which": effect.number, **values}))

    async def add(self, effects: Iterable[Effect]) -> None:
        await self._within(lambda conn: added(conn, effects))

    async def of(self, tracked: Tracked) -> tuple[Effect, ...]:
        """What is still to be done, in order."""
        mine = {"tracked_id": tracked.id}
        return await self._within(lambda conn: tuple(map(_read, conn.execute(IN_ORDER, mine))))

    async def forget(self, tracked: Tracked) -> None:
        """Nothing is to be done any more."""
        gone = sa.delete(EFFECTS).where(EFFECTS.c.tracked_id == tracked.id)
        await self._within(lambda conn: conn.execute(gone))

    async def hurry(self, tracked: Tracked) -> None:
        """What waits is due now; what somebody is at is not touched."""
        waits = (EFFECTS.c.tracked_id == tracked.id, EFFECTS.c.reason != UNDER_WAY)
        mine = sa.update(EFFECTS).where(*waits)
        await self._within(lambda conn: conn.execute(mine.values(not_before=0.0, parked=False)))


def _claimed(conn: sa.Connection, numbers: Sequence[int], now: datetime) -> tuple[Claimed, ...]:
    asked = {"numbers": numbers, "now": now.timestamp(), "until": (now + LEASE).timestamp()}
    effects = sorted(map(_read, conn.execute(CLAIM, asked)), key=lambda one: one.number)
    tracked = by_id(conn, {one.tracked_id for one in effects}) if effects else {}
    return tuple((one, tracked[one.tracked_id]) for one in effects)


def added(conn: sa.Connection, effects: Iterable[Effect]) -> None:
    """In the caller's transaction."""
    rows = [
        {
            "tracked_id": one.tracked_id,
            "kind": one.kind,
            "args": json.dumps(one.args),
            "tries": 0,
            "reason": "",
            "parked": False,
            "not_before": 0.0,
        }
        for one in effects
    ]
    if rows:
        conn.execute(sa.insert(EFFECTS), rows)


def _read(row: Any) -> Effect:
    return Effect(
        number=row.number,
        tracked_id=row.tracked_id,
        kind=row.kind,
        args=json.loads(row.args),
        tries=row.tries,
        reason=row.reason,
        parked=row.parked,
        not_before=datetime.fromtimestamp(row.not_before, UTC),
    )
