"""Which deliveries of the inbox the tracker has not decided about. They are noted in the commit
that keeps a delivery, and gone in the commit that keeps what it came to."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from modules.jobs.adapters.database import insert_into
from modules.jobs.adapters.inbox_rows import delivery_of
from modules.jobs.adapters.inbox_tables import INBOX
from modules.jobs.deliveries import Delivery
from modules.sentry.webhooks import Told
from modules.tracker.rules import concerns

from .tracker_tables import DUE, Within

FIRST: Final = timedelta(seconds=2)  # for whoever took it, to decide and to answer
ROWS: Final = sa.select(INBOX).join(DUE, DUE.c.delivery_id == INBOX.c.id)
# Made once: to make a statement takes as long as to execute it.
ONE: Final = ROWS.where(DUE.c.delivery_id == sa.bindparam("which"))
SOME: Final = (
    ROWS.where(DUE.c.not_before <= sa.bindparam("now"))
    .order_by(DUE.c.received_at, DUE.c.delivery_id)
    .limit(sa.bindparam("some"))
)


def hand_on(conn: sa.Connection, deliveries: Sequence[Delivery]) -> None:
    """In the transaction that keeps them."""
    rows = [
        {
            "delivery_id": one.id,
            "received_at": one.received_at.timestamp(),
            "tries": 0,
            "not_before": (one.received_at + FIRST).timestamp(),
            "reason": "",
        }
        for one in deliveries
        if concerns(Told.from_json(one.told))
    ]
    if rows:
        insert = insert_into(conn, DUE).on_conflict_do_nothing(index_elements=["delivery_id"])
        conn.execute(insert, rows)


class Arrivals:
    """`within` runs a function in a transaction. Every method raises DatabaseAway."""

    def __init__(self, within: Within, *, now: Callable[[], datetime]) -> None:
        self._within, self._now = within, now

    async def due(self, limit: int) -> tuple[Delivery, ...]:
        """With their bodies, in the order in which they came."""
        asked = {"now": self._now().timestamp(), "some": limit}
        return await self._within(lambda conn: tuple(map(delivery_of, conn.execute(SOME, asked))))

    async def find(self, delivery_id: str) -> Delivery | None:
        """None where it was decided about."""
        which = {"which": delivery_id}
        row = await self._within(lambda conn: conn.execute(ONE, which).one_or_none())
        return delivery_of(row) if row is not None else None

    async def put_off(self, delivery_id: str, reason: str) -> None:
        """Decided later: after 4 s, 8 s, … 10 minutes."""
        now = self._now().timestamp()
        mine = (DUE.c.delivery_id == delivery_id,)

        def work(conn: sa.Connection) -> None:
            tries = conn.scalar(sa.select(DUE.c.tries).where(*mine)) or 0
            later = now + min(600, 4 * 2 ** min(tries, 10))
            values = {"tries": tries + 1, "not_before": later, "reason": reason}
            conn.execute(sa.update(DUE).where(*mine).values(**values))

        await self._within(work)

    async def waiting(self) -> int:
        count = sa.select(sa.func.count()).select_from(DUE)
        return await self._within(lambda conn: conn.scalar(count) or 0)
