"""Leases of executors: the runs of a dead one return to their queue (the free engine lacks it)."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import sqlalchemy as sa
from dbos import DBOS

log = logging.getLogger(__name__)
LOST_STATUS: Final = 75  # EX_TEMPFAIL: whoever watches the process starts it again
META: Final = sa.MetaData()
EXECUTORS: Final = sa.Table(
    "jobs_executors",
    META,
    sa.Column("executor_id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text),
    sa.Column("pid", sa.Integer),
    sa.Column("beat_at", sa.Float, nullable=False),
)
NOW: Final = {  # the database's clock, never the host's
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
    "postgresql": "extract(epoch from clock_timestamp())::float8",
}


def pending_owners() -> set[str]:
    runs = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    return {run.executor_id for run in runs if run.executor_id}


def requeue(dead: Sequence[str]) -> int:
    # Private, as nothing public is conditional on the owner; so callers may race. Pinned: 3.4.
    return len(DBOS._recover_pending_workflows([*dead]))


def end_process() -> None:
    os._exit(LOST_STATUS)  # at once: whatever still runs here runs elsewhere by now


class ExecutorLease(threading.Thread):
    """Renews this executor's lease, takes over from executors without one, and ends this process
    when its own is lost. A thread, so that a busy event loop loses no lease."""

    def __init__(
        self,
        engine: sa.Engine,
        executor_id: str,
        *,
        beat_s: float = 10.0,
        ttl_s: float = 60.0,
        owners: Callable[[], set[str]] = pending_owners,
        take_over: Callable[[Sequence[str]], int] = requeue,
        on_lost: Callable[[], None] = end_process,
    ) -> None:
        super().__init__(daemon=True, name="executor-lease")
        self._engine, self._id, self._beat_s, self._ttl_s = engine, executor_id, beat_s, ttl_s
        self._owners, self._take_over, self._on_lost = owners, take_over, on_lost
        self._halt, self._renewed = threading.Event(), time.monotonic()
        self._now: sa.ColumnElement[float] = sa.literal_column(NOW[engine.dialect.name], sa.Float)
        self._alive = EXECUTORS.c.beat_at > self._now - ttl_s

    def register(self) -> None:
        """Before the engine starts: no run may be claimed by an executor without a lease."""
        row = {"executor_id": self._id, "host": socket.gethostname(), "pid": os.getpid()}
        with self._engine.begin() as conn:
            conn.execute(sa.insert(EXECUTORS).values(**row, beat_at=self._now))
        self._renewed = time.monotonic()

    def tick(self) -> None:
        """Renew, then look for the dead."""
        started = time.monotonic()
        if not self._renew():
            if not self._halt.is_set():  # else we gave it back ourselves
                self._on_lost()
            return
        self._renewed = started
        owners = self._owners()  # before the leases: a newcomer registers first, then claims
        if dead := sorted(owners - self._living()):
            log.warning("took over %d runs of dead executors %s", self._take_over(dead), dead)

    def run(self) -> None:
        watch = threading.Thread(target=self._watch, daemon=True, name="executor-lease-watch")
        watch.start()
        while not self._halt.wait(self._beat_s):
            try:
                self.tick()
            except Exception as problem:  # noqa: BLE001
                # Whatever it was: the lease runs out, and the watch then ends this process.
                log.warning("the lease could not be renewed (%s)", type(problem).__name__)
        watch.join()

    def close(self) -> None:
        """Give the lease back, after the runs went back to the queue."""
        self._halt.set()
        if self.is_alive():
            self.join(timeout=self._beat_s)
        with self._engine.begin() as conn:
            conn.execute(sa.delete(EXECUTORS).where(EXECUTORS.c.executor_id == self._id))

    def _renew(self) -> bool:
        """False where the lease ran out: others may own our runs, so it is never renewed."""
        mine = sa.update(EXECUTORS).where(EXECUTORS.c.executor_id == self._id, self._alive)
        with self._engine.begin() as conn:
            renewed = conn.execute(
                mine.values(beat_at=self._now).returning(EXECUTORS.c.executor_id)
            )
            return renewed.first() is not None

    def _living(self) -> set[str]:
        forgotten = EXECUTORS.c.beat_at < self._now - 10 * self._ttl_s
        with self._engine.begin() as conn:
            conn.execute(sa.delete(EXECUTORS).where(forgotten))
            return set(conn.scalars(sa.select(EXECUTORS.c.executor_id).where(self._alive)))

    def _watch(self) -> None:
        """Ends the process even when a tick hangs in the database."""
        while not self._halt.wait(self._ttl_s / 20):
            if time.monotonic() - self._renewed > self._ttl_s * 0.6:
                self._on_lost()
                return
