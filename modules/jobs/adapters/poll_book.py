"""What the last polls found, and how far each of them had looked."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from .inbox_tables import POLLS

KEPT: Final = 100
Within = Callable[[Callable[[sa.Connection], Any]], Awaitable[Any]]


class PollBook:
    """`within` runs a function in a transaction. Every method raises DatabaseAway."""

    def __init__(self, within: Within) -> None:
        self._within = within

    async def last(self) -> tuple[datetime | None, dict[str, str]]:
        """When the last poll was, and how far it looked in each project."""
        newest = sa.select(POLLS).order_by(POLLS.c.number.desc()).limit(1)
        row = await self._within(lambda conn: conn.execute(newest).first())
        if row is None:
            return None, {}
        return datetime.fromtimestamp(row.at, UTC), json.loads(row.seen)

    async def recent(self, limit: int = 20) -> list[dict[str, Any]]:
        """What was found, newest first."""
        rows = sa.select(POLLS.c.found).order_by(POLLS.c.number.desc()).limit(limit)
        found: list[str] = await self._within(lambda conn: list(conn.scalars(rows)))
        return [json.loads(one) for one in found]

    async def missed(self, since: datetime) -> int:
        """How many changes no webhook told of, by the polls since then that are kept."""
        rows = sa.select(POLLS.c.found).where(POLLS.c.at >= since.timestamp())
        found: list[str] = await self._within(lambda conn: list(conn.scalars(rows)))
        return sum(json.loads(one).get("missed", 0) for one in found)

    async def forget(self) -> None:
        """The next poll looks at everything again."""
        await self._within(lambda conn: conn.execute(sa.delete(POLLS)))

    async def add(self, at: datetime, seen: dict[str, str], found: dict[str, Any]) -> None:
        row = {"at": at.timestamp(), "seen": json.dumps(seen), "found": json.dumps(found)}

        def work(conn: sa.Connection) -> None:
            added = sa.insert(POLLS).values(**row).returning(POLLS.c.number)
            number = conn.execute(added).scalar_one()
            conn.execute(sa.delete(POLLS).where(POLLS.c.number <= number - KEPT))

        await self._within(work)
