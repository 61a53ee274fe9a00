"""The right verdict on every bug mended, and on every behaviour on one bug each. `make verdicts`
plays each behaviour on each bug."""

import random
from itertools import cycle
from typing import Any

import pytest

from verdicts.behaviours import BEHAVIOURS, Behaviour
from verdicts.bug import Bug, bugs
from verdicts.play import Played

RIGHT = next(one for one in BEHAVIOURS if one.name == "right")
SEED = 7
# The new test stands in a file with others, which pass before and after.
ONCE_WRONG = (("wrong", "naive_compare"),)


def every_bug() -> list[Any]:
    return [pytest.param(bug, RIGHT, id=f"right-{bug.name}") for bug in bugs()]


def once_wrong() -> list[Any]:
    behaviours = {one.name: one for one in BEHAVIOURS}
    named = {bug.name: bug for bug in bugs()}
    return [
        pytest.param(named[bug], behaviours[behaviour], id=f"{behaviour}-{bug}")
        for behaviour, bug in ONCE_WRONG
    ]


def one_bug_each() -> list[Any]:
    """The same ones every time, each bug about as often; the slow start of pytest is paid for
    where the verdict depends on a report that names tests."""
    able = [bug for bug in bugs() if not bug.missing]
    random.Random(SEED).shuffle(able)  # noqa: S311 - no secret
    named = cycle([bug for bug in able if bug.runner == "pytest"])
    others = cycle([bug for bug in able if bug.runner != "pytest"])
    pairs = [(next(named if one.exit_code else others), one) for one in BEHAVIOURS]
    return [
        pytest.param(bug, one, id=f"{one.name}-{bug.name}") for bug, one in pairs if one != RIGHT
    ]


@pytest.mark.parametrize(("bug", "behaviour"), [*every_bug(), *one_bug_each(), *once_wrong()])
def test_the_verdict_is_right(
    bug: Bug, behaviour: Behaviour, played: dict[tuple[str, str], Played]
) -> None:
    if bug.missing:
        pytest.skip(bug.missing)

    assert played[bug.name, behaviour.name].faults == ()
