"""One run of a job by a worker: take it, let the steps go, end them when they must end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from functools import partial
from typing import Final, Protocol

from modules.framework.errors import ModuleError, in_full
from modules.jobs.errors import DatabaseAway
from modules.outbound.tracing import span

from . import policy
from .errors import Ended, LostJob, Parked
from .job import Job, Outcome
from .job_log import log_event
from .pipeline import run
from .ports import Clock, Ports
from .reasons import sentence
from .renewing import renewing

WATCH_S: Final = 0.5
PAUSED_S: Final = 60.0
PUT_BACK_S: Final = 10.0
AWAY_S: Final = 5.0  # between looks at a database that is away
logger = logging.getLogger(__name__)
PortsOf = Callable[[Job], Awaitable[Ports]]


class Kept(Protocol):
    """What a worker asks of the place where jobs are kept."""

    async def take(self, job_id: str, run: int) -> Job | None: ...
    async def get(self, job_id: str) -> Job: ...
    async def save(self, job: Job) -> Job: ...
    async def again(self, job: Job, *, delay_s: float = 0.0) -> Job: ...
    async def watch(self, job_id: str) -> str: ...
    async def tell(self, job: Job, message: str) -> None: ...


class Work:
    """What the queue calls for each run. A job's failure stays the job's; a defect of ours ends
    the job and leaves its traceback in the log."""

    def __init__(
        self,
        kept: Kept,
        ports_of: PortsOf,
        *,
        now: Clock,
        only: Collection[str] | None = None,
        watch_s: float = WATCH_S,
        away_s: float = AWAY_S,
    ) -> None:
        """`only` are the jobs to work on; others go back into the queue for a while."""
        self._only = only
        self._kept, self._ports_of, self._now = kept, ports_of, now
        self._watch_s, self._away_s = watch_s, away_s

    async def __call__(self, job_id: str, number: int) -> None:
        while True:
            try:
                return await self._run(job_id, number)
            except DatabaseAway as error:
                logger.warning("%s Trying again in %.0f s.", error.message, self._away_s)
                await asyncio.sleep(self._away_s)

    async def _run(self, job_id: str, number: int) -> None:
        """Raises DatabaseAway, and then may be called again: the steps find what they did."""
        job = await self._kept.take(job_id, number)
        if job is None:
            return
        if self._only is not None and job_id not in self._only:
            await self._kept.again(job, delay_s=PUT_BACK_S)
            return
        log_event(logger, job, "a worker has it")
        try:
            await self._watched(job)
        except LostJob:
            return
        except Parked as parked:
            await self._park(job_id, parked)
        except DatabaseAway:
            raise
        except Exception:
            logger.exception("a repair failed by a defect of ours", extra={"job": job_id})
            await self._bury(job_id)

    async def _watched(self, job: Job) -> None:
        """Raises LostJob, Parked, and what the steps raise."""
        steps = asyncio.ensure_future(self._steps(job))
        try:
            while not steps.done():
                await asyncio.wait({steps}, timeout=self._watch_s)
                if not steps.done() and (why := await self._kept.watch(job.id)):
                    await _ended(steps)
                    if why == "paused":
                        raise Parked(why, sentence(why), until=self._now())
                    raise LostJob
            steps.result()
        finally:
            await _ended(steps)

    async def _steps(self, job: Job) -> Job:
        try:
            ports = await self._ports_of(job)
        except ModuleError as error:  # no mapping any more, or one that cannot be used
            return await self._kept.save(policy.closed(_refused(job, error), self._now()))
        with span("repair", job=job.id, project=job.project_key, run=job.run):
            async with renewing(partial(self._kept.get, job.id), ports):
                return await run(job, ports)

    async def _park(self, job_id: str, parked: Parked) -> None:
        """The same run goes on later, from the step it had come to."""
        job = await self._kept.get(job_id)
        wait_s = (parked.until - self._now()).total_seconds()
        delay_s = max(wait_s, PAUSED_S if parked.reason == "paused" else 1.0)
        held = job.model_copy(update={"reason": parked.reason, "error_message": parked.message})
        with suppress(LostJob):
            later = await self._kept.again(held, delay_s=delay_s)
            await self._kept.tell(later, f"parked: {parked.reason}; goes on in {delay_s:.0f} s")

    async def _bury(self, job_id: str) -> None:
        job = await self._kept.get(job_id)
        ended = policy.end(job, Outcome.ERROR, "internal_error", sentence("internal_error"))
        with suppress(LostJob):
            closed = await self._kept.save(policy.closed(ended, self._now()))
            await self._kept.tell(closed, "failed: internal_error")


def _refused(job: Job, error: ModuleError) -> Job:
    if isinstance(error, Ended):
        return policy.end(job, error.outcome, error.reason, error.message)
    told = in_full(error)
    return policy.end(job, Outcome.ERROR, error.code, told)


async def _ended(steps: "asyncio.Future[Job]") -> None:
    """Cancelled, and everything it started ended with it."""
    if not steps.done():
        steps.cancel()
        await asyncio.wait({steps})
    if not steps.cancelled():
        steps.exception()  # looked at, so that nobody complains
