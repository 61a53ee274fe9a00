"""Two runs of tests at the same time, where they cannot disturb each other."""

import asyncio
from pathlib import Path

import pytest

from modules.autofix.adapters.command_checks import CommandChecks
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap
from modules.autofix.adapters.sandbox.plain import Plain
from modules.autofix.errors import Ended
from modules.autofix.job import Outcome
from modules.autofix.ports import TestRun

DONE = TestRun(tests={}, exit_code=0)


@pytest.mark.parametrize(("steady", "expected"), [(True, "abAB"), (False, "aAbB")])
async def test_they_run_side_by_side_only_in_places_of_their_own(
    tmp_path: Path, box: Bubblewrap, steady: bool, expected: str
) -> None:
    checks = CommandChecks(tmp_path, box if steady else Plain())
    order = ""

    async def run(name: str) -> TestRun:
        nonlocal order
        order += name
        await asyncio.sleep(0)
        order += name.upper()
        return DONE

    await checks.together(run("a"), run("b"))

    assert order == expected


async def test_where_one_ends_the_job_the_other_is_ended(tmp_path: Path, box: Bubblewrap) -> None:
    ended = asyncio.Event()

    async def fails() -> TestRun:
        await asyncio.sleep(0)
        raise Ended(Outcome.ERROR, "test_command_missing", "no such command")

    async def hangs() -> TestRun:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return DONE

    with pytest.raises(Ended):
        await CommandChecks(tmp_path, box).together(fails(), hangs())

    assert ended.is_set()
