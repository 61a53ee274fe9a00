"""A bridge to a tracker of our own, with its tables in memory, for tests that make many of them; and
deliveries on the real way into it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa

from modules.jobs.adapters.inbox_tables import META as INBOX
from modules.jobs.deliveries import Delivery, State
from modules.sentry.client import SentryClient
from modules.sentry.webhooks import BadWebhook, parse, read
from modules.tracker.adapters.arrivals import Arrivals, hand_on
from modules.tracker.adapters.builtin import BuiltinTracker
from modules.tracker.adapters.outbox import Outbox
from modules.tracker.adapters.sentry_side import SentrySide
from modules.tracker.adapters.tracker_store import TrackerStore
from modules.tracker.adapters.tracker_tables import META as TRACKER
from modules.tracker.bridge import Bridge
from modules.tracker.history import Cause
from modules.tracker.rules import AllRules
from modules.tracker.tracked import Tracked

T = TypeVar("T")


@dataclass(frozen=True)
class Tables:
    """Runs a function in a transaction of a new database."""

    engine: sa.Engine

    async def __call__(self, work: Callable[[sa.Connection], T]) -> T:
        with self.engine.begin() as conn:
            return work(conn)

    def kept(self) -> str:
        """Everything that is in them."""
        with self.engine.begin() as conn:
            rows = [list(map(tuple, conn.execute(sa.select(one)))) for one in TRACKER.sorted_tables]
        return json.dumps(rows, ensure_ascii=False)


def in_memory() -> Tables:
    engine = sa.create_engine(
        "sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False}
    )
    for one in (INBOX, TRACKER):
        one.create_all(engine)
    return Tables(engine)


def a_bridge(tables: Tables, sentry: SentryClient, cause: Cause, *, now: datetime) -> Bridge:
    """Of the organization acme; each issue has the cause."""

    async def causes(_: Tracked) -> Cause:
        return cause

    async def acme() -> str:
        return "acme"

    builtin = BuiltinTracker(tables, prefix="OPS", now=lambda: now)
    return Bridge(
        arrivals=Arrivals(tables, now=lambda: now),
        store=TrackerStore(tables),
        outbox=Outbox(tables, now=lambda: now),
        tracker=builtin,
        said=builtin.comments,
        issues=SentrySide(sentry, acme),
        rules=AllRules(),
        host="sentry.test",
        org="acme",
        now=lambda: now,
        causes=causes,
    )


async def tell(
    bridge: Bridge, tables: Tables, resource: str, body: bytes, *, now: datetime, second: int
) -> None:
    """One webhook, decided about; what the door turns away comes to nothing."""
    try:
        told = read(resource, parse(body))
    except BadWebhook:
        return
    delivery = Delivery(
        id=f"{second:032x}",
        source="webhook",
        resource=resource,
        action=told.action,
        issue_id=told.issue_id,
        project=told.project,
        told=told.to_json(),
        received_at=now + timedelta(seconds=second),
        state=State.SKIPPED,
        reason="disabled",
        headers={},
        body=body,
    )
    await tables(lambda conn: hand_on(conn, [delivery]))
    await bridge.settle(delivery)
