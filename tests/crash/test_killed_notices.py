"""A worker killed between the mark of a notice and its sending, or before it knows that it was
sent: nobody is told twice, and the job goes on."""

import asyncio
import signal
import sys
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fakes.repairs import job
from fakes.slack import Slack, a_slack
from modules.autofix.adapters.job_store import JobStore
from modules.autofix.decisions import diff_sha256
from modules.autofix.job import Decision, Job, StopAt
from modules.autofix.project import Budget, Project
from modules.jobs.adapters.database import open_database
from modules.jobs.adapters.run_queue import RunQueue
from modules.outbound.clock import now

from .ground import make_tables

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).parent / "programs/notice.py"
WEB = Project(key="web", slug="web", repository="/srv/web")


@dataclass
class Place:
    url: str
    slack: Slack
    store: JobStore

    async def run(self, when: str) -> int | None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, PROGRAM, self.url, self.slack.api, when),
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        )
        return await asyncio.wait_for(process.wait(), 60)

    async def job(self) -> Job:
        return await self.store.get("j1")

    @property
    def told(self) -> list[str]:
        return [one["text"].partition("\n")[0] for one in self.slack.messages]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    url = f"sqlite:///{tmp_path}/jobs.db"
    make_tables(url)
    engine = open_database(url)
    store = JobStore(engine, RunQueue(engine), budget=Budget(), now=now, executor=uuid.uuid4().hex)
    async with a_slack() as slack:
        yield Place(url, slack, store)
    store.close()
    engine.dispose()


@pytest.mark.parametrize(("when", "messages"), [("before", 0), ("after", 1)])
async def test_who_was_killed_at_the_end_of_a_job_told_it_at_most_once(
    place: Place, when: str, messages: int
) -> None:
    await place.store.accept(job(created_at=now()), WEB)

    assert await place.run(when) == -signal.SIGKILL
    assert await place.run("never") == 0

    ended = await place.job()
    assert (ended.outcome, ended.notices) == ("fixed", ("pr_created",))
    assert len(place.told) == messages


@pytest.mark.parametrize(("when", "messages"), [("before", 0), ("after", 1)])
async def test_a_job_that_waits_goes_on_and_tells_what_came_of_it(
    place: Place, when: str, messages: int
) -> None:
    await place.store.accept(job(created_at=now(), stop_at=StopAt.DIFF), WEB)
    assert await place.run(when) == -signal.SIGKILL
    assert await place.run("never") == 0
    assert len(place.told) == messages
    waiting = await place.job()
    assert (waiting.status, waiting.notices) == ("waiting", ("waiting",))

    shown = diff_sha256(waiting)
    await place.store.decide("j1", Decision(kind="approve", at=now(), diff_sha256=shown))
    assert await place.run("never") == 0

    ended = await place.job()
    assert ended.outcome == "fixed"
    assert place.told[messages:] == ["🤖 Sentry Auto-Fix PR Created"]
    assert ended.thread is not None
