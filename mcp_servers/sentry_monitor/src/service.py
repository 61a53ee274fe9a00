"""The service as its web side sees it: what can be asked, begun and decided."""

import asyncio
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from modules.autofix.job import Job, Status
from modules.framework.module import Module
from modules.jobs.errors import WorkerRunning

from .kept_statistics import KeptStatistics
from .operations.services import Autofix, Services
from .poll import Poller
from .settings import Settings
from .watch import Watch

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from modules.autofix.adapters.job_figures import JobFigures
    from modules.autofix.adapters.lesson_store import LessonStore
    from modules.autofix.adapters.pull_records import PullRecords
    from modules.tracker.bridge import Bridge

LOOK_S: Final = 0.5
LONGEST_S: Final = 3600.0
UNDER_WAY: Final = (Status.QUEUED, Status.RUNNING)


class Switch(Protocol):
    """The kill switch."""

    async def __call__(self, *, on: bool, at_once: bool) -> None: ...


class Worker(Protocol):
    """A worker for some jobs, while the context is open. Raises WorkerRunning, NoSandbox."""

    def __call__(self, *, only: Collection[str]) -> AbstractAsyncContextManager[Any]: ...


@dataclass(frozen=True, kw_only=True)
class Service:
    """One process' service. `works` tells whether it runs jobs by itself; else they wait for
    workers elsewhere, or for `process`."""

    settings: Settings
    services: Services
    module: Module[Services]
    watch: Watch
    poller: Poller
    statistics: KeptStatistics
    figures: "JobFigures"
    lessons: "LessonStore"
    pulls: "PullRecords"
    switch: Switch
    worker: Worker
    works: bool
    where: str  # the jobs are kept
    busy: asyncio.Lock  # held while `process` works
    reported: "CollectorRegistry"  # what this process reported of itself to Sentry
    tracking: "Bridge | None" = None  # where a tracker is chosen
    variables: frozenset[str] = frozenset()  # names of the environment that are set

    @property
    def autofix(self) -> Autofix:
        """Raises BadProjects."""
        return self.services.autofix()

    async def process(self, batch: int) -> tuple[Job, ...]:
        """See to it that so many queued jobs run to their end; those that ended, or wait for a
        person."""
        async with self.busy, AsyncExitStack() as stack:
            ids = await self.figures.queued(batch)
            if ids and not self.works:
                with suppress(WorkerRunning):  # another one has them; we look on
                    await stack.enter_async_context(self.worker(only=ids))
            ended = await asyncio.gather(*map(self._ended, ids))
        return tuple(job for job in ended if job.status not in UNDER_WAY)

    async def _ended(self, job_id: str) -> Job:
        jobs = self.autofix.jobs
        give_up_at = asyncio.get_running_loop().time() + LONGEST_S
        while True:
            job = await jobs.get(job_id)
            late = asyncio.get_running_loop().time() > give_up_at
            parked = job.not_before is not None and job.reason is not None
            if job.status not in UNDER_WAY or parked or late:
                return job
            await asyncio.sleep(LOOK_S)
