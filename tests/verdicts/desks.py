"""Where a run's job is kept: in memory, or in the real store on SQLite."""

from datetime import datetime
from typing import Final, Protocol

from fakes.autofix_jobs import NOW
from modules.autofix.adapters.job_store import JobStore
from modules.autofix.decisions import decided, diff_sha256
from modules.autofix.job import Decision, Job, Stage, Status, Thread
from modules.autofix.ports import Ledger
from modules.autofix.project import Budget, Project

PAUSED: Final = "The kill switch is on."


class Killed(Exception):
    """Stands for a worker that is killed: nothing of the step's end is kept."""


class Desk(Protocol):
    """A ledger, and what a worker and a person do to a job."""

    @property
    def ledger(self) -> Ledger: ...
    async def begin(self, job: Job, project: Project) -> Job: ...
    async def taken_over(self, job: Job) -> Job:
        """As another worker finds it after the first one was killed."""
        ...

    async def approved(self, job: Job) -> Job:
        """A person approves of what was shown, and a worker goes on."""
        ...

    async def kept(self, job_id: str) -> Job: ...
    async def pause(self) -> None: ...


class MemoryDesk:
    """Implements Desk and Ledger."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._jobs: dict[str, Job] = {}
        self._paused = ""
        self.reserved: dict[str, float] = {}
        self.spent = 0.0
        self.told: list[str] = []

    @property
    def ledger(self) -> Ledger:
        return self

    async def begin(self, job: Job, project: Project) -> Job:
        return await self.save(job.model_copy(update={"status": Status.RUNNING}))

    async def taken_over(self, job: Job) -> Job:
        return self._jobs[job.id]

    async def approved(self, job: Job) -> Job:
        going_on = decided(self._jobs[job.id], approval(job), NOW)
        return await self.save(going_on.model_copy(update={"status": Status.RUNNING}))

    async def kept(self, job_id: str) -> Job:
        return self._jobs[job_id]

    async def pause(self) -> None:
        self._paused = PAUSED

    async def save(self, job: Job) -> Job:
        self._jobs[job.id] = job
        return job

    async def tell(self, job: Job, message: str) -> None:
        self.told.append(message)

    async def stopped(self) -> str:
        return self._paused

    async def reserve(self, job: Job, project: Project) -> str:
        if project.limits.runs_a_day < 1:
            return "budget_project"
        if self.spent + project.limits.usd > self._budget.usd_a_day:
            return "budget_day"
        self.reserved[f"{job.id}.{len(job.attempts) + 1}"] = project.limits.usd
        return ""

    async def agent_starts(self, job: Job) -> None: ...

    async def settle(self, job: Job, *, usd: float) -> None:
        self.reserved.clear()
        self.spent += usd

    async def others(self, job: Job) -> tuple[Job, ...]:
        return tuple(one for one in self._jobs.values() if one.id != job.id)

    async def keep_thread(self, job: Job, thread: Thread) -> None:
        self._jobs[job.id] = self._jobs[job.id].model_copy(update={"thread": thread})


class StoreDesk:
    """Implements Desk by JobStore; `stores` are two workers at the same database."""

    def __init__(self, stores: tuple[JobStore, JobStore]) -> None:
        self._store, self._other = stores

    @property
    def ledger(self) -> Ledger:
        return self._store

    async def begin(self, job: Job, project: Project) -> Job:
        accepted = await self._store.accept(job, project)
        assert accepted.verdict == "queued"
        return await self._taken(job)

    async def taken_over(self, job: Job) -> Job:
        self._store, self._other = self._other, self._store
        return await self._taken(await self._store.get(job.id))

    async def approved(self, job: Job) -> Job:
        return await self._taken(await self._store.decide(job.id, approval(job)))

    async def kept(self, job_id: str) -> Job:
        return await self._store.get(job_id)

    async def pause(self) -> None:
        await self._store.switch(on=True)

    async def _taken(self, job: Job) -> Job:
        taken = await self._store.take(job.id, job.run)
        assert taken is not None
        return taken


def approval(job: Job) -> Decision:
    return Decision(kind="approve", at=NOW, diff_sha256=diff_sha256(job))


class Mortal:
    """Implements Ledger by another one, until a job comes to a stage."""

    def __init__(self, ledger: Ledger, dies_at: Stage) -> None:
        self._ledger, self._dies_at = ledger, dies_at

    async def save(self, job: Job) -> Job:
        if job.stage is self._dies_at:
            raise Killed
        return await self._ledger.save(job)

    async def tell(self, job: Job, message: str) -> None:
        await self._ledger.tell(job, message)

    async def stopped(self) -> str:
        return await self._ledger.stopped()

    async def reserve(self, job: Job, project: Project) -> str:
        return await self._ledger.reserve(job, project)

    async def agent_starts(self, job: Job) -> None:
        await self._ledger.agent_starts(job)

    async def settle(self, job: Job, *, usd: float) -> None:
        await self._ledger.settle(job, usd=usd)

    async def others(self, job: Job) -> tuple[Job, ...]:
        return await self._ledger.others(job)

    async def keep_thread(self, job: Job, thread: Thread) -> None:
        await self._ledger.keep_thread(job, thread)


def clock() -> datetime:
    return NOW
