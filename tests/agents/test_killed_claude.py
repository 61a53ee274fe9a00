"""A worker is killed while the real Claude Code runs: nobody of it is left, and the job ends once.
CLAUDE_KILLS is how often at each moment."""

import asyncio
import os
import random
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from agents.model import Model, Turn, call, scripted
from crash.ground import Place, Sentry, copy_database, local_sentry, make_tables, new_place
from crash.points import Point
from crash.programs.agent import FIXED, TEST
from crash.rounds import end, ended, fork, resumed, store_of, until
from crash.verdict import Found, left, living
from crash.worker import Order, work

from .ground import CLAUDE, KEY, alive, bash, reported

RUNS: Final = int(os.environ.get("CLAUDE_KILLS", "2"))
AT_ONCE: Final = 4


def fix(command: str) -> Sequence[Turn]:
    return (
        call("Write", file_path="/repo/test_nothing.py", content=TEST),
        call("Read", file_path="/repo/calc.py"),
        call("Write", file_path="/repo/calc.py", content=FIXED),
        bash(command),
        reported(),
    )


ANSWERS: Final = len(fix(""))


@dataclass(frozen=True)
class Round:
    """One run, and what tells its processes from those of others."""

    place: Place
    model: Model
    mark: int

    @property
    def program(self) -> str:
        """The end of Claude Code's command line."""
        return f"--max-budget-usd {self.mark / 100:.2f} "

    @property
    def command(self) -> str:
        return f"sleep {self.mark}"

    @property
    def nobody(self) -> bool:
        return not alive(self.program, self.command) and not living(self.place.folder)


@dataclass(frozen=True)
class Moment:
    """At a point of the worker's own, or as soon as something is seen from outside."""

    name: str
    point: Point | None = None
    seen: Callable[[Round], bool] = lambda round_: False


MOMENTS: Final = (
    Moment("before it starts", Point(name="", port="agent", method="run", when="before")),
    Moment("as it starts", seen=lambda one: bool(alive(one.program))),
    Moment("in the middle of a command", seen=lambda one: bool(alive(one.command))),
    Moment("as it gets its last answer", seen=lambda one: len(one.model.asked) == ANSWERS),
    Moment("it ended, nothing is saved", Point(name="", port="agent", method="run", when="after")),
)


@pytest.fixture(scope="module")
def sentry() -> Iterator[Sentry]:
    with local_sentry() as sentry:
        yield sentry


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda one: one.name)
async def test_a_killed_worker_leaves_nobody_and_the_job_ends_once(
    tmp_path: Path, sentry: Sentry, moment: Moment
) -> None:
    migrated = tmp_path / "migrated.db"
    make_tables(f"sqlite:///{migrated}")
    few = asyncio.Semaphore(AT_ONCE)

    async def one(run: int) -> Found:
        async with few:
            folder = tmp_path / str(run)
            folder.mkdir()
            return await killed(folder, sentry, migrated, moment)

    whole = Found(runs=0)
    for found in await asyncio.gather(*(one(run) for run in range(RUNS))):
        whole.add(found)

    assert (whole.runs, whole.told, whole.wrong) == (RUNS, [], 0)


async def killed(folder: Path, sentry: Sentry, migrated: Path, moment: Moment) -> Found:
    mark = random.randint(1000, 9999)  # noqa: S311 - no secret; in cents it is below the most
    lasts = "in the middle" in moment.name
    async with scripted(*fix(f"sleep {mark}" if lasts else "true")) as model:
        settings = {
            "SENTRY_FIXER_SANDBOX": "bubblewrap",
            "CLAUDE_BIN": str(CLAUDE),
            "ANTHROPIC_API_KEY": KEY,
            "ANTHROPIC_BASE_URL": model.url,
        }
        place = new_place(folder, sentry, settings=settings)
        mapped(place, usd=mark / 100)
        copy_database(migrated, place)
        before = [place.clone(0).fingerprint()]
        async with store_of(place.workshop()) as store:
            job = place.job(0)
            await store.accept(job, place.workshop().projects.projects[0])
            this = Round(place, model, mark)
            await strike(this, moment)
            assert await until(lambda: this.nobody, within_s=5)
            model.script = fix("true")
            found = await resumed(place, store, [job], before)
        assert this.nobody
    assert model.misses == []
    assert left(place) == []
    return found


def mapped(place: Place, *, usd: float) -> None:
    """The project's own command for an agent goes: the default one is Claude Code."""
    path = place.folder / "projects.toml"
    lines = [line for line in path.read_text().splitlines() if "agent_command" not in line]
    path.write_text("\n".join([*lines, f"limits = {{ usd = {usd} }}"]))


async def strike(this: Round, moment: Moment) -> None:
    how = Order(environ=this.place.environ, marks=this.place.marks, point=moment.point, poll_s=0.1)
    process = fork(work, how)
    try:
        if moment.point is None:
            assert await until(lambda: moment.seen(this), within_s=30)
            process.kill()
        await ended(process, by=-signal.SIGKILL)
    finally:
        end(process)
