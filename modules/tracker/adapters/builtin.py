"""A tracker of our own, beside the jobs: issues OPS-1, OPS-2, … with comments. No account needed."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from modules.jobs.adapters.database import insert_into
from modules.tracker.errors import NoSuchTicket
from modules.tracker.ports import Comment, Filed, Priority, Ticket, TicketState

from .tracker_tables import COMMENTS, TICKETS, Within

LARGEST: Final = 2**31


class BuiltinTracker:
    """Implements Tracker. `within` runs a function in a transaction. Raises DatabaseAway."""

    name = "builtin"

    def __init__(self, within: Within, *, prefix: str, now: Callable[[], datetime]) -> None:
        self._within, self._prefix, self._now = within, prefix, now

    async def find(self, marker: str) -> Filed | None:
        """Open or closed."""
        one = sa.select(TICKETS).where(TICKETS.c.marker == marker)
        row = await self._within(lambda conn: conn.execute(one).one_or_none())
        return self._filed(row) if row is not None else None

    async def create(self, ticket: Ticket) -> Filed:
        """Of two at the same time, one is made, and both get it: the marker is unique."""
        at = self._now().timestamp()
        values = {
            "marker": ticket.marker,
            "title": ticket.title,
            "body": ticket.body,
            "state": "open",
            "priority": ticket.priority,
            "assignee": "",
            "labels": json.dumps(ticket.labels),
            "created_at": at,
            "updated_at": at,
        }

        def work(conn: sa.Connection) -> Any:
            row = insert_into(conn, TICKETS).values(**values)
            conn.execute(row.on_conflict_do_nothing(index_elements=["marker"]))
            return conn.execute(sa.select(TICKETS).where(TICKETS.c.marker == ticket.marker)).one()

        return self._filed(await self._within(work))

    async def get(self, key: str) -> Filed:
        """Raises NoSuchTicket."""
        one = sa.select(TICKETS).where(TICKETS.c.number == self._number(key))
        return self._there(await self._within(lambda conn: conn.execute(one).one_or_none()))

    async def comment(self, key: str, text: str, marker: str) -> None:
        """Raises NoSuchTicket."""
        number, at = self._number(key), self._now().timestamp()
        values = {"ticket": number, "marker": marker, "text": text, "created_at": at}
        touched = sa.update(TICKETS).where(TICKETS.c.number == number).values(updated_at=at)

        def work(conn: sa.Connection) -> bool:
            if not conn.execute(touched).rowcount:
                return False
            row = insert_into(conn, COMMENTS).values(**values)
            conn.execute(row.on_conflict_do_nothing(index_elements=["ticket", "marker"]))
            return True

        if not await self._within(work):
            raise NoSuchTicket

    async def change(
        self,
        key: str,
        *,
        state: TicketState | None = None,
        priority: Priority | None = None,
        assignee: str | None = None,
        labels: tuple[str, ...] | None = None,
    ) -> Filed:
        """Raises NoSuchTicket."""
        listed = json.dumps(labels) if labels is not None else None
        given = {"state": state, "priority": priority, "assignee": assignee, "labels": listed}
        values: dict[str, Any] = {name: one for name, one in given.items() if one is not None}
        change = (
            sa.update(TICKETS)
            .where(TICKETS.c.number == self._number(key))
            .values(**values, updated_at=self._now().timestamp())
            .returning(TICKETS)
        )
        return self._there(await self._within(lambda conn: conn.execute(change).one_or_none()))

    async def comments(self, key: str) -> tuple[Comment, ...]:
        """Oldest first."""
        rows = (
            sa.select(COMMENTS)
            .where(COMMENTS.c.ticket == self._number(key))
            .order_by(COMMENTS.c.number)
        )
        found = await self._within(lambda conn: conn.execute(rows).all())
        return tuple(
            Comment(datetime.fromtimestamp(row.created_at, UTC), row.text) for row in found
        )

    def _number(self, key: str) -> int:
        """Raises NoSuchTicket."""
        found = re.fullmatch(rf"{re.escape(self._prefix)}-([0-9]{{1,10}})", key)
        number = int(found[1]) if found else LARGEST
        if number >= LARGEST:
            raise NoSuchTicket
        return number

    def _there(self, row: Any) -> Filed:
        if row is None:
            raise NoSuchTicket
        return self._filed(row)

    def _filed(self, row: Any) -> Filed:
        return Filed(
            key=f"{self._prefix}-{row.number}",
            url="",
            state=row.state,
            title=row.title,
            assignee=row.assignee,
            priority=row.priority,
            labels=tuple(json.loads(row.labels)),
        )
