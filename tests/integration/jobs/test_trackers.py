"""The suite of trackers over ours and over its fake, and what is our own's alone."""

import pytest
import sqlalchemy as sa

from fakes.autofix_jobs import Shelf
from fakes.tracked import LooseTracker
from fakes.tracker_contract import MARKER, OTHER, TrackerContract, ticket
from modules.tracker.adapters.builtin import BuiltinTracker
from modules.tracker.adapters.tracker_tables import COMMENTS, TICKETS


class OurGround:
    ada = "ada"

    def __init__(self, shelf: Shelf) -> None:
        self._within = shelf.store().within
        self.tracker = BuiltinTracker(self._within, prefix="OPS", now=lambda: shelf.now)

    async def delete(self, key: str) -> None:
        number = int(key.partition("-")[2])

        def work(conn: sa.Connection) -> None:
            conn.execute(sa.delete(COMMENTS).where(COMMENTS.c.ticket == number))
            conn.execute(sa.delete(TICKETS).where(TICKETS.c.number == number))

        await self._within(work)

    async def said(self, key: str) -> int:
        return len(await self.tracker.comments(key))


class FakeGround:
    ada = "ada"

    def __init__(self) -> None:
        self.tracker = LooseTracker()

    async def delete(self, key: str) -> None:
        del self.tracker.tickets[key]

    async def said(self, key: str) -> int:
        return sum(of == key for of, _ in self.tracker.comments)


class TestOurs(TrackerContract):
    @pytest.fixture
    def ground(self, shelf: Shelf) -> OurGround:
        return OurGround(shelf)


class TestFake(TrackerContract):
    @pytest.fixture
    def ground(self) -> FakeGround:
        return FakeGround()


async def test_numbers_go_up_and_the_prefix_is_chosen(shelf: Shelf) -> None:
    bugs = BuiltinTracker(shelf.store().within, prefix="BUG", now=lambda: shelf.now)

    keys = [(await bugs.create(ticket(marker))).key for marker in (MARKER, OTHER)]
    again = await bugs.create(ticket(MARKER, title="another title"))

    assert keys == ["BUG-1", "BUG-2"]
    assert (again.key, again.title) == ("BUG-1", ticket().title)
