"""What a worker does beside its jobs, again and again: give lost ones an end, remove what killed
workers left."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from modules.framework.errors import ModuleError

from .job import Job
from .ports import Clock

EVERY_S: Final = 30.0
TREE_AGE_S: Final = 60.0  # a live worker's trees are not touched, whatever their age
KEPT: Final = timedelta(days=30)  # runs that ended, in the queue's own tables
logger = logging.getLogger(__name__)


class Store(Protocol):
    async def sweep(self) -> tuple[Job, ...]: ...


class Queue(Protocol):
    def prune(self, before: datetime) -> int: ...


class Trees(Protocol):
    async def sweep(self, older_than_s: float) -> int: ...


async def tidy(store: Store, queue: Queue, trees: Trees, *, now: Clock) -> None:
    """Once."""
    for job in await store.sweep():
        logger.warning("job %s had lost its run; it is %s now", job.id, job.status.value)
    await trees.sweep(TREE_AGE_S)
    await asyncio.to_thread(queue.prune, now() - KEPT)


async def again_and_again(
    what: str, chore: Callable[[], Awaitable[object]], *, every_s: float = EVERY_S
) -> None:
    """Until it is cancelled. What fails is told in the log and tried again the next time."""
    while True:
        await tried(what, chore)
        await asyncio.sleep(every_s)


async def tried(what: str, chore: Callable[[], Awaitable[object]]) -> None:
    """Once; what fails is told in the log, and ends nothing else."""
    try:
        await chore()
    except ModuleError as error:
        logger.warning("%s failed: %s", what, error.message)
    except Exception:
        logger.exception("%s failed by a defect of ours", what)
