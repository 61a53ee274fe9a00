"""Attacks come in pairs: blocked with our layers, and a control that works without the one named."""

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., Any])
ROWS: Final = 26
HEAD: Final = ("row", "attack", "stopped by", "blocked", "control")


def attack(row: int, tries: str, *, by: str) -> Callable[[Test], Test]:
    """A test that is run twice: `held` with the layer, and without it, as the control."""
    pair = pytest.mark.parametrize("held", [True, False], ids=["blocked", "control"])
    mark = pytest.mark.attack(row=row, tries=tries, by=by)

    def marked(test: Test) -> Test:
        twice: Test = mark(pair(test))
        return twice

    return marked


def lines(found: Iterable[tuple[int, str, str, bool, bool]]) -> list[str]:
    """A line for each attack, from what became of its runs: row, attack, layer, held, passed."""
    told: dict[tuple[int, str, str], dict[bool, bool]] = {}
    for row, tries, by, held, passed in found:
        pair = told.setdefault((row, tries, by), {})
        pair[held] = pair.get(held, True) and passed
    table = [
        (str(row), tries, by, _word(pair.get(True), "blocked"), _word(pair.get(False), "works"))
        for (row, tries, by), pair in sorted(told.items())
    ]
    widths = [max(map(len, column)) for column in zip(HEAD, *table, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (HEAD, *table)
    ]


def _word(passed: bool | None, word: str) -> str:
    if passed is None:
        return "not run"
    return word if passed else "NO"
