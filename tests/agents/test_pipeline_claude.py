"""The whole pipeline with the real Claude Code in the sandbox, on planted bugs: from the issue to
the pull request, each time with a model that writes the fix, or something wrong, by a script."""

import resource
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

from .ground import CLAUDE, KEY, USED_UP, Timed, bash, reported

BUGS: Final = {bug.name: bug for bug in bugs()}
NAMED: Final = {one.name: one for one in BEHAVIOURS}
SIMPLE: Final = "missing_key"
MENDED: Final = (
    *("division_by_zero", "missing_key", "none_attribute", "mutable_default", "json_null"),
    *("no_match", "parse_integer", "unpacking", "empty_max", "undefined_property"),
)
WRONG: Final = (
    *("idle_test", "no_test", "deleted_test", "blocked_path", "secret", "wrong"),
    *("not_reproducible", "usage_limit"),
)


def turns(world: World, behaviour: str) -> Iterator[Turn]:
    work = Work(world.bug.file, {"cwd": str(world.clone.path)})
    return right(world, work) if behaviour == "right" else other(world, work, behaviour)


def right(world: World, work: Work) -> Iterator[Turn]:
    """As it should be: see the new test fail, mend, see it pass."""
    command = suite_of(world.bug)
    yield from written(world, work.tested())
    yield bash(command)
    yield call("Read", file_path=f"/repo/{work.source}", after="Exit code")
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
    elif behaviour == "usage_limit":
        yield Turn(status=429, error="rate_limit_error", headers=USED_UP)
    else:
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


def suite_of(bug: Bug) -> str:
    return shlex.join(bug.test_command).replace("{junit}", "/tmp/junit.xml")  # noqa: S108 - inside


@pytest.mark.parametrize(
    ("name", "behaviour"),
    [*((name, "right") for name in MENDED), *((SIMPLE, one) for one in WRONG)],
)
async def test_the_verdict_is_right(
    name: str, behaviour: str, tmp_path: Path, timed: list[Timed]
) -> None:
    bug, expected = BUGS[name], NAMED[behaviour]
    if bug.missing:
        pytest.skip(bug.missing)
    async with scripted() as model:

        def equip(world: World) -> None:
            world.box = Bubblewrap()
            own = {"plan_token": KEY} if behaviour == "usage_limit" else {"key": KEY}
            login = Login(base_url=model.url, **own)
            world.agent = ClaudeCode(world.box, login, program=str(CLAUDE))
            world.map(agent="claude-code")
            model.script = tuple(turns(world, behaviour))

        started, used_s = time.perf_counter(), processor_s()
        played = await play(bug, expected, tmp_path, MemoryDesk(expected.budget), equip)
        timed.append(Timed(name, behaviour, time.perf_counter() - started, processor_s() - used_s))

    assert model.misses == []
    assert played.faults == ()


def processor_s() -> float:
    """What the children took that have ended: what else this machine does is not in it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
