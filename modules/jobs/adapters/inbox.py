"""The inbox: deliveries are committed before they are acknowledged, many in one commit."""

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from modules.jobs.deliveries import Delivery, Settled, State
from modules.jobs.errors import DatabaseAway, InboxFull, NoSuchDelivery

from .database import insert_into
from .inbox_rows import DUE, HEAD, KNOWN, PUT_OFF, Bounds, delivery_of, locked, row_of, settled
from .inbox_tables import INBOX

log = logging.getLogger(__name__)
T = TypeVar("T")

ONE_COMMIT: Final = 200  # deliveries
GATHER_S: Final = 0.025  # under load: a commit costs as much as twenty deliveries in it
AT_ONCE: Final = 3  # decided in one commit: what arrives waits for it
MOST_WAITING: Final = 2000  # beyond it the sender is told to come again
WAITING_BYTES: Final = 64_000_000  # of bodies, which are in memory until they are committed
TRIES: Final = 5
BODIES: Final = timedelta(days=7)  # then they are purged: strangers' data is not kept for ever
ROWS: Final = timedelta(days=30)  # that long a delivery is known when it comes again

Decide = Callable[[sa.Connection, Delivery], Settled]
Foresee = Callable[[sa.Connection, Sequence[Delivery]], Sequence[Settled]]
HandOn = Callable[[sa.Connection, Sequence[Delivery]], None]


class Inbox:
    """The deliveries of one database. Every method raises DatabaseAway.

    One thread writes, so that nobody waits for a lock behind others. `foresee` is asked in the same
    transaction what becomes of new deliveries: SKIPPED is final; NEW stays to be decided, and its
    reason is what will most likely be said. `hand_on` is told, in that transaction too, what is new.
    """

    def __init__(
        self,
        engine: sa.Engine,
        *,
        now: Callable[[], datetime],
        foresee: Foresee,
        hand_on: HandOn | None = None,
        keep: Bounds = Bounds(),  # noqa: B008 - frozen
    ) -> None:
        self._engine, self._now, self._foresee, self._keep = engine, now, foresee, keep
        self._hand_on = hand_on
        insert = insert_into(engine, INBOX)
        self._keep_new = insert.on_conflict_do_nothing(index_elements=["id"])
        # One thread for all that writes: SQLite lets those wait longest who came first.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="inbox-writer")
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="inbox-reader")
        self._waiting: list[tuple[Delivery, asyncio.Future[str]]] = []
        self._waiting_bytes = 0
        self._writing: asyncio.Task[None] | None = None

    def close(self) -> None:
        self._writer.shutdown()
        self._reader.shutdown()

    # -- arrivals

    async def put(self, delivery: Delivery) -> str:
        """Committed when this returns. Empty where it is new and may begin something; else why it
        comes to nothing, `duplicate_delivery` where it is known. Raises InboxFull."""
        heavy = self._waiting_bytes + len(delivery.body) > WAITING_BYTES
        if len(self._waiting) >= MOST_WAITING or (heavy and self._waiting):
            raise InboxFull("More arrives than can be kept.")
        done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, done))
        self._waiting_bytes += len(delivery.body)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await done

    async def _write(self) -> None:
        """Batch after batch; what arrives meanwhile is the next one."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:ONE_COMMIT], self._waiting[ONE_COMMIT:]
                self._waiting_bytes -= sum(len(one.body) for one, _ in batch)
                await self._write_one(batch)
                if self._waiting:  # they came meanwhile, and more will
                    await asyncio.sleep(GATHER_S)
        finally:
            self._writing = None

    async def _write_one(self, batch: Sequence[tuple[Delivery, asyncio.Future[str]]]) -> None:
        try:
            deliveries = [delivery for delivery, _ in batch]
            told = await self._in(self._writer, partial(self._commit, deliveries))
        except DatabaseAway:
            _fail(batch)
        except BaseException as problem:
            _fail(batch)
            if not isinstance(problem, Exception):
                raise
            log.exception("deliveries could not be kept, by a defect of ours")
        else:
            for (_, done), word in zip(batch, told, strict=True):
                if not done.done():
                    done.set_result(word)

    def _commit(self, deliveries: Sequence[Delivery]) -> list[str]:
        with self._engine.begin() as conn:
            known = set(conn.scalars(KNOWN, {"ids": [one.id for one in deliveries]}))
            fresh: dict[str, Delivery] = {}
            told = []
            for one in deliveries:
                seen = one.id in known or one.id in fresh
                told.append("duplicate_delivery" if seen else one.reason)
                if not seen:
                    fresh[one.id] = one
            able = [one for one in fresh.values() if not one.reason]
            found = self._foresee(conn, able) if able else ()
            likely = dict(zip((one.id for one in able), found, strict=True))
            if fresh:
                # In one order everywhere: PostgreSQL makes two that insert the same rows wait.
                rows = [
                    row_of(one) | settled(likely.get(key)) for key, one in sorted(fresh.items())
                ]
                conn.execute(self._keep_new, rows)
                if self._hand_on is not None:
                    self._hand_on(conn, tuple(fresh.values()))
            return [
                word or likely[one.id].reason for one, word in zip(deliveries, told, strict=True)
            ]

    # -- what comes of them

    async def drain(self, decide: Decide, *, limit: int = AT_ONCE) -> int:
        """Decide about those that are due, all in one commit; how many. Where deciding fails, the
        delivery is tried again later, at last it is dead; the others do not notice. `limit` is for
        those of which nothing is foreseen."""
        return await self._in(self._writer, lambda: self._drain(decide, limit))

    def _drain(self, decide: Decide, limit: int) -> int:
        now = self._now()
        with self._engine.begin() as conn:
            if not locked(conn):  # another service of this database decides at the moment
                return 0
            found = [delivery_of(row) for row in conn.execute(DUE, {"now": now.timestamp()})]
            over = self._certain(conn, found)
            open_ = _one_an_issue([one for one in found if one.id not in over])[:limit]
            for one in open_:
                conn.execute(
                    sa.update(INBOX)
                    .where(INBOX.c.id == one.id)
                    .values(**_tried(conn, decide, one, now))
                )
        return len(over) + len(open_)

    def _certain(self, conn: sa.Connection, found: Sequence[Delivery]) -> Collection[str]:
        """The ids of those that were settled, in one statement, because it is certain already."""
        able = [one for one in found if one.job_id is None]
        likely = zip(able, self._foresee(conn, able) if able else (), strict=True)
        over = [(one, how) for one, how in likely if how.state is not State.NEW]
        if over:
            change = sa.update(INBOX).where(INBOX.c.id == sa.bindparam("which"))
            counted = [{"which": one.id, "attempts": one.attempts + 1} for one, _ in over]
            rows = [mine | settled(how) for mine, (_, how) in zip(counted, over, strict=True)]
            keys = ("state", "reason", "job_id", "attempts")
            conn.execute(change.values({key: sa.bindparam(key) for key in keys}), rows)
        return {one.id for one, _ in over}

    # -- for people

    async def list(
        self,
        *,
        state: State | None = None,
        limit: int = 50,
        before: datetime | None = None,
        issue_id: str | None = None,
    ) -> tuple[Delivery, ...]:
        """Newest first, without bodies; those of one issue, or of all."""
        rows = sa.select(*HEAD).order_by(INBOX.c.received_at.desc(), INBOX.c.id).limit(limit)
        if state is not None:
            rows = rows.where(INBOX.c.state == state.value)
        if before is not None:
            rows = rows.where(INBOX.c.received_at < before.timestamp())
        if issue_id is not None:
            rows = rows.where(INBOX.c.issue_id == issue_id)
        return await self._within(lambda conn: tuple(map(delivery_of, conn.execute(rows))))

    async def get(self, delivery_id: str) -> Delivery:
        """With its body. Raises NoSuchDelivery."""
        one = sa.select(*HEAD, INBOX.c.body).where(INBOX.c.id == delivery_id)
        row = await self._within(lambda conn: conn.execute(one).one_or_none())
        if row is None:
            raise NoSuchDelivery
        return delivery_of(row)

    async def replay(self, delivery_id: str, told: dict[str, Any]) -> None:
        """Decide about it anew. Raises NoSuchDelivery."""
        begun = sa.case((INBOX.c.state == State.DONE.value, INBOX.c.job_id))  # else it is another's
        values = {"state": State.NEW.value, "reason": "", "not_before": 0.0, "job_id": begun}
        again = sa.update(INBOX).where(INBOX.c.id == delivery_id)
        change = again.values(**values, told=json.dumps(told)).returning(INBOX.c.id)
        if await self._within(lambda conn: conn.execute(change).first()) is None:
            raise NoSuchDelivery

    async def reopen(self, delivery_id: str, reasons: Collection[str]) -> bool:
        """Decide anew about one that was skipped for one of these reasons; whether it was."""
        change = (
            sa.update(INBOX)
            .where(
                INBOX.c.id == delivery_id,
                INBOX.c.state == State.SKIPPED.value,
                INBOX.c.reason.in_(reasons),
            )
            .values(state=State.NEW.value, reason="", job_id=None)
            .returning(INBOX.c.id)
        )
        return await self._within(lambda conn: conn.execute(change).first() is not None)

    async def forget(self, source: str) -> None:
        """What came from there and was decided: it may come again."""
        over = sa.and_(INBOX.c.source == source, INBOX.c.state != State.NEW.value)
        await self._within(lambda conn: conn.execute(sa.delete(INBOX).where(over)))

    def put_off_within(
        self, conn: sa.Connection, issue_ids: Collection[str], reason: str
    ) -> set[str]:
        """Those of the issues of which a delivery waits, for this reason, to be decided later."""
        now = self._now().timestamp()
        asked = {"issues": list(issue_ids), "reason": reason, "now": now}
        return set(conn.scalars(PUT_OFF, asked))

    def body_within(self, conn: sa.Connection, delivery_id: str) -> bytes:
        """In the caller's transaction."""
        return conn.scalar(sa.select(INBOX.c.body).where(INBOX.c.id == delivery_id)) or b""

    async def pushed_since(self, issue_id: str, since: datetime) -> bool:
        """Whether a webhook, not a poll, told of an issue what begins a repair."""
        one = (
            sa.select(INBOX.c.id)
            .where(
                INBOX.c.issue_id == issue_id,
                INBOX.c.received_at >= since.timestamp(),
                INBOX.c.source != "poll",
                INBOX.c.reason != "not_acted_on",
            )
            .limit(1)
        )
        return await self._within(lambda conn: conn.execute(one).first() is not None)

    async def counts(self, since: datetime | None = None) -> dict[str, int]:
        """How many are in each state, of all or of those that came since."""
        rows = sa.select(INBOX.c.state, sa.func.count().label("number")).group_by(INBOX.c.state)
        if since is not None:
            rows = rows.where(INBOX.c.received_at >= since.timestamp())
        return await self._within(
            lambda conn: {row.state: row.number for row in conn.execute(rows)}
        )

    async def oldest_s(self) -> float:
        """How long the delivery has waited that is due for longest, in seconds; 0 where none is."""
        now = self._now().timestamp()
        due = sa.select(sa.func.min(INBOX.c.received_at)).where(
            INBOX.c.state == State.NEW.value, INBOX.c.not_before <= now
        )
        oldest = await self._within(lambda conn: conn.scalar(due))
        return now - oldest if oldest is not None else 0.0

    async def pulse(self) -> tuple[float, int]:
        """Another value whenever a delivery came or was decided."""
        newest = sa.select(sa.func.max(INBOX.c.received_at))
        new = sa.select(sa.func.count()).where(INBOX.c.state == State.NEW.value)
        return await self._within(lambda conn: (conn.scalar(newest) or 0.0, conn.scalar(new) or 0))

    async def purge(self) -> int:
        """Forget what is old, or too much; how many rows went. What is new still stays."""
        return await self._within(self._purge)

    def _purge(self, conn: sa.Connection) -> int:
        now, settled = self._now(), INBOX.c.state != State.NEW.value
        too_old = max((now - ROWS).timestamp(), self._keep.oldest_row(conn))
        gone = sa.delete(INBOX).where(settled, INBOX.c.received_at < too_old)
        bare_from = max((now - BODIES).timestamp(), self._keep.oldest_body(conn))
        bare = sa.update(INBOX).where(
            settled, INBOX.c.received_at < bare_from, INBOX.c.body.is_not(None)
        )
        found = conn.execute(gone.returning(INBOX.c.id)).all()
        conn.execute(bare.values(body=None, headers="{}"))
        return len(found)

    async def _within(self, work: Callable[[sa.Connection], T]) -> T:
        def transaction() -> T:
            with self._engine.begin() as conn:
                return work(conn)

        return await self._in(self._reader, transaction)

    async def _in(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, work)
        except (sa.exc.OperationalError, sa.exc.TimeoutError):
            raise DatabaseAway from None


def _one_an_issue(found: Sequence[Delivery]) -> list[Delivery]:
    """The first of each: what becomes of the others is certain after it."""
    first: dict[str, Delivery] = {}
    for one in found:
        first.setdefault(one.issue_id or one.id, one)
    return list(first.values())


def _fail(batch: Sequence[tuple[Delivery, asyncio.Future[str]]]) -> None:
    for _, done in batch:
        if not done.done():
            done.set_exception(DatabaseAway())


def _tried(conn: sa.Connection, decide: Decide, one: Delivery, now: datetime) -> dict[str, Any]:
    try:
        with conn.begin_nested():  # a failure undoes what this one did, and nothing else
            settled = decide(conn, one)
    except sa.exc.OperationalError:
        raise  # the database's fault, not the delivery's: all of them are tried again
    except Exception as problem:  # the next one must not wait for it
        log.exception("delivery %s could not be decided", one.id[:12])
        dead = one.attempts + 1 >= TRIES
        wait = min(300, 2 ** (one.attempts + 1))
        return {
            "state": State.DEAD.value if dead else State.NEW.value,
            "reason": f"defect: {type(problem).__name__}",
            "attempts": one.attempts + 1,
            "not_before": now.timestamp() + wait,
        }
    return {
        "state": settled.state.value,
        "reason": settled.reason,
        "job_id": settled.job_id,
        "attempts": one.attempts + (settled.later is None),
        "not_before": settled.later.timestamp() if settled.later else 0.0,
    }
