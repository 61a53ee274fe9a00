"""The whole pipeline with the real Claude Code in the sandbox, on planted bugs: from the issue to
the pull request, each time with a model that writes the fix, or something wrong, by a script."""

import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from agents.model import Turn, call, scripted
from modules.autofix.adapters.claude.runner import ClaudeCode, Login
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap
from verdicts.agent import CHANGES, Work
from verdicts.behaviours import BEHAVIOURS
from verdicts.bug import Bug, bugs
from verdicts.desks import MemoryDesk
from verdicts.play import play
from verdicts.world import World

from .ground import CLAUDE, KEY, bash, reported

BUGS: Final = {bug.name: bug for bug in bugs()}
NAMED: Final = {one.name: one for one in BEHAVIOURS}
MENDED: Final = (
    *("division_by_zero", "missing_key", "none_attribute", "off_by_one", "mutable_default"),
    *("naive_compare", "json_null", "no_match", "parse_integer", "unpacking", "undefined_property"),
)
WRONG: Final = (
    *("idle_test", "no_test", "deleted_test", "blocked_path", "secret", "wrong", "not_reproducible"),
)


def right(world: World, work: Work) -> Iterator[Turn]:
    """As it should be: see the new test fail, mend, see it pass."""
    command = tests_of(world.bug)
    yield from written(world, work.tested())
    yield bash(command)
    yield call("Read", file_path=f"/repo/{work.source}", after=world.problem.type)
    yield call(
        "Edit",
        file_path=f"/repo/{work.source}",
        old_string=work.fix["old"],
        new_string=work.fix["right"],
    )
    yield bash(f"{command} && echo all green")
    yield reported(after="all green")


def other(world: World, work: Work, behaviour: str) -> Iterator[Turn]:
    if behaviour == "not_reproducible":
        yield reported(classification="cause_only", no_fix_reason=behaviour)
        return
    yield from written(world, CHANGES[behaviour](work))
    yield reported()


def written(world: World, files: dict[str, str | None]) -> Iterator[Turn]:
    """A file that is there has to be read first."""
    for name, text in files.items():
        if text is None:
            yield bash(f"rm {name}")
            continue
        if (world.clone.path / name).exists():
            yield call("Read", file_path=f"/repo/{name}")
        yield call("Write", file_path=f"/repo/{name}", content=text)


def tests_of(bug: Bug) -> str:
    return shlex.join(bug.test_command).replace("{junit}", "/tmp/junit.xml")  # noqa: S108 - inside


@pytest.mark.parametrize(
    ("bug", "behaviour"),
    [*((bug, "right") for bug in MENDED), *(("division_by_zero", one) for one in WRONG)],
)
async def test_the_verdict_is_right(
    bug: str, behaviour: str, tmp_path: Path, record_property: object
) -> None:
    if BUGS[bug].missing:
        pytest.skip(BUGS[bug].missing)
    async with scripted() as model:

        def equip(world: World) -> None:
            work = Work(world.bug.file, {"cwd": str(world.clone.path)})
            turns = right(world, work) if behaviour == "right" else other(world, work, behaviour)
            model.script = tuple(turns)
            world.box = Bubblewrap()
            login = Login(base_url=model.url, key=KEY)
            world.agent = ClaudeCode(world.box, login, program=str(CLAUDE))
            world.map(agent="claude-code")

        desk = MemoryDesk(NAMED[behaviour].budget)
        started = time.perf_counter()
        played = await play(BUGS[bug], NAMED[behaviour], tmp_path, desk, equip)
        print(bug, behaviour, time.perf_counter() - started)

    assert model.misses == []
    assert played.faults == ()
