"""Two runs of a proof where one fails at once."""

import inspect
from pathlib import Path

import pytest

from modules.autofix.adapters.command_checks import CommandChecks
from modules.autofix.adapters.sandbox.plain import Plain
from modules.autofix.errors import Ended
from modules.autofix.job import Outcome
from modules.autofix.ports import TestRun


async def fails() -> TestRun:
    raise Ended(Outcome.ERROR, "test_command_missing", "There is no such program.")


async def never_wanted() -> TestRun:
    raise AssertionError


async def test_the_other_run_is_not_begun_where_they_go_one_after_the_other(tmp_path: Path) -> None:
    checks, other = CommandChecks(tmp_path, Plain()), never_wanted()

    with pytest.raises(Ended):
        await checks.together(fails(), other)

    assert inspect.getcoroutinestate(other) == inspect.CORO_CLOSED
