"""The tables of tracked issues in memory, for tests that make many of them."""

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

from modules.jobs.adapters.inbox_tables import META as INBOX
from modules.tracker.adapters.tracker_tables import META as TRACKER
from modules.tracker.adapters.tracker_tables import Within

T = TypeVar("T")


def in_memory() -> Within:
    """Runs a function in a transaction of a new database."""
    engine = sa.create_engine(
        "sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False}
    )
    for one in (INBOX, TRACKER):
        one.create_all(engine)

    async def within(work: Callable[[sa.Connection], T]) -> T:
        with engine.begin() as conn:
            return work(conn)

    return within
