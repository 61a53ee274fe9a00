"""One run of a job by a worker: parked, lost, buried, refused."""

import asyncio
from datetime import timedelta

import pytest

from fakes.pipeline_ports import MemoryLedger, World
from fakes.repairs import NOW, job
from modules.autofix.errors import Ended
from modules.autofix.job import Job, Outcome, Stage
from modules.autofix.ports import AgentResult, Ports
from modules.autofix.project import BadProjects
from modules.autofix.work import Work
from modules.jobs.errors import DatabaseAway
from modules.outbound.errors import Unreachable


def work(world: World, error: Exception | None = None, *, only: str | None = None) -> Work:
    async def ports_of(_: Job) -> Ports:
        if error is not None:
            raise error
        return world.ports

    world.ledger.jobs["j1"] = job()
    return Work(world.ledger, ports_of, now=lambda: NOW, only=only, watch_s=0.01, away_s=0.01)


async def test_a_run_takes_the_job_to_its_end() -> None:
    world = World()

    await work(world)("j1", 0)

    assert world.ledger.jobs["j1"].outcome is Outcome.FIXED


async def test_a_job_that_is_not_there_is_none_of_our_business() -> None:
    world = World()

    await work(world)("other", 0)

    assert world.ledger.history == []


async def test_a_command_for_one_job_leaves_the_others_in_the_queue() -> None:
    world = World()
    one = work(world, only="mine")

    await one("j1", 0)

    kept = world.ledger.jobs["j1"]
    assert (kept.status, kept.stage, kept.run) == ("queued", "gather", 1)
    assert world.agent.tasks == []


async def test_an_outage_puts_the_next_run_into_the_queue() -> None:
    world = World()
    world.issues.error = Unreachable()

    await work(world)("j1", 0)

    kept = world.ledger.jobs["j1"]
    assert (kept.status, kept.run, kept.reason) == ("queued", 1, "sentry_unavailable")
    assert "again in 300 s" in world.ledger.history


async def test_a_usage_limit_waits_as_long_as_it_says() -> None:
    world = World()
    world.agent.results = [AgentResult(failure="usage_limit", until=NOW + timedelta(hours=1))]

    await work(world)("j1", 0)

    assert "again in 3600 s" in world.ledger.history


@pytest.mark.logs_errors
async def test_a_defect_of_ours_ends_the_job_and_nothing_else() -> None:
    world = World()
    world.issues.error = ZeroDivisionError("ours")

    await work(world)("j1", 0)

    kept = world.ledger.jobs["j1"]
    assert (kept.status, kept.outcome, kept.reason) == ("failed", "error", "internal_error")
    assert "ours" not in (kept.error_message or "")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Ended(Outcome.DECLINED, "unmapped_project", "gone"), "unmapped_project"),
        (BadProjects("no TOML"), "bad_projects"),
    ],
)
async def test_a_mapping_that_is_gone_ends_the_job(error: Exception, reason: str) -> None:
    world = World()

    await work(world, error)("j1", 0)

    assert world.ledger.jobs["j1"].reason == reason


class Away(MemoryLedger):
    """A database that does not answer for a while, in the middle of a job."""

    times = 2

    async def save(self, job: Job) -> Job:
        if self.times and job.stage is Stage.FIX:
            self.times -= 1
            raise DatabaseAway
        return await super().save(job)


async def test_a_database_that_comes_back_goes_on_with_the_job() -> None:
    world = World(ledger=Away())

    await work(world)("j1", 0)

    assert world.ledger.jobs["j1"].outcome is Outcome.FIXED


class Endless:
    """An agent that runs until it is cancelled."""

    def __init__(self) -> None:
        self.began, self.ended = asyncio.Event(), False

    async def run(self, *_: object) -> AgentResult:
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended = True
        raise AssertionError


async def test_a_cancelled_job_ends_its_agent() -> None:
    world, agent = World(), Endless()
    world.agent = agent  # type: ignore[assignment]
    running = asyncio.create_task(work(world)("j1", 0))
    await agent.began.wait()

    world.ledger.lost = True
    await asyncio.wait_for(running, 5)

    assert agent.ended


async def test_a_worker_that_stops_ends_its_agent() -> None:
    world, agent = World(), Endless()
    world.agent = agent  # type: ignore[assignment]
    running = asyncio.create_task(work(world)("j1", 0))
    await agent.began.wait()

    running.cancel()
    await asyncio.wait({running}, timeout=5)

    assert running.cancelled()
    assert agent.ended
