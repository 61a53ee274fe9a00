"""The worker: takes runs from the queue and hands each to a handler. One to a process."""

import asyncio
import contextlib
import fcntl
import os
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from dbos._dbos import _get_dbos_instance  # private, for the graceful stop only

from modules.jobs.errors import WorkerRunning

from .database import is_sqlite, migrate
from .lease import META, ExecutorLease, requeue
from .quiet_log import quietened
from .run_queue import APP, QUEUE, WORKFLOW

Handler = Callable[[str, int], Awaitable[None]]
VERSION: Final = "1"  # pinned: by default each edit of a workflow strands the runs in flight
THREADS: Final = 16


class _Seat:
    """Who works in this process. The engine is one to a process, and so is this."""

    handler: Handler | None = None
    stopping = False


# Each kill of a worker counts as an attempt, also of a run that was only beside the culprit; the
# engine's 100 would let a run that kills its worker go on for hours.
@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=50)
async def run(run_id: str) -> None:
    job_id, _, number = run_id.rpartition(".")
    if _Seat.handler is None or _Seat.stopping:
        raise asyncio.CancelledError  # claimed while we stop: it stays with the engine
    try:
        await _Seat.handler(job_id, int(number))
    except asyncio.CancelledError:
        if _Seat.stopping:
            raise
        # The engine would wait for ever for the end of a run that was cancelled from inside.
        raise RuntimeError("the run was cancelled from inside") from None


@asynccontextmanager
async def worker(
    url: str,
    engine: sa.Engine,
    handler: Handler,
    *,
    concurrency: int = 4,
    beat_s: float = 10.0,
    ttl_s: float = 60.0,
    poll_s: float = 0.5,
) -> AsyncIterator[str]:
    """Work while the context is open, in this event loop; its value is the executor's id.

    At the end the runs in progress are cancelled and go back to the queue. A run ends with its
    handler; an exception ends it in the state ERROR. Raises WorkerRunning.
    """
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(_seated(handler))
        stack.enter_context(_alone(url))
        stack.enter_context(quietened("dbos"))
        stack.enter_context(_threads_restored())
        await asyncio.to_thread(migrate, url, engine, META)
        stack.callback(DBOS.destroy)
        # SQLite has one worker, so its id may be fixed: it finds its own runs when it starts.
        executor = "worker" if is_sqlite(url) else f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"
        lease = None
        if not is_sqlite(url):
            lease = ExecutorLease(engine, executor, beat_s=beat_s, ttl_s=ttl_s)
            await asyncio.to_thread(lease.register)
            stack.push_async_callback(asyncio.to_thread, lease.close)
        await _launch(url, executor, concurrency=concurrency, poll_s=poll_s)
        stack.push_async_callback(_return_runs, executor)
        if lease is not None:
            lease.start()
        yield executor


async def _launch(url: str, executor: str, *, concurrency: int, poll_s: float) -> None:
    config: DBOSConfig = {
        "name": APP,
        "system_database_url": url,
        "application_version": VERSION,
        "executor_id": executor,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "WARNING",
        "max_executor_threads": THREADS,
    }
    DBOS(config=config)
    DBOS.launch()  # in the loop, so that runs are tasks of this loop
    await DBOS.register_queue_async(
        QUEUE,
        worker_concurrency=concurrency,
        partition_concurrency=1,
        polling_interval_sec=poll_s,
    )


async def _return_runs(executor: str) -> None:
    _Seat.stopping = True
    instance = _get_dbos_instance()
    for stop in instance.background_thread_stop_events:
        stop.set()  # claim nothing more
    while tasks := list(instance._workflow_tasks):
        for task in tasks:
            task.cancel()  # the handler ends its children; the row stays the engine's
        await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.to_thread(requeue, [executor])


@contextmanager
def _seated(handler: Handler) -> Iterator[None]:
    if _Seat.handler is not None:
        raise WorkerRunning("This process has a worker already.")
    _Seat.handler, _Seat.stopping = handler, False
    try:
        yield
    finally:
        _Seat.handler = None


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """SQLite takes one worker to a file. The kernel frees the lock when the process dies."""
    if not is_sqlite(url):
        yield
        return
    path = f"{sa.make_url(url).database}.worker.lock"
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(lock, path)
        yield
    finally:
        os.close(lock)


def _lock(lock: int, path: str) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        told = f"Another worker uses {path.removesuffix('.worker.lock')!r}."
        raise WorkerRunning(told) from None


@contextmanager
def _threads_restored() -> Iterator[None]:
    """The engine puts its threads in the place of the loop's, and takes them with it."""
    loop = asyncio.get_running_loop()
    before: Executor | None = getattr(loop, "_default_executor", None)
    try:
        yield
    finally:
        fresh = before if isinstance(before, ThreadPoolExecutor) else ThreadPoolExecutor()
        loop.set_default_executor(fresh)
