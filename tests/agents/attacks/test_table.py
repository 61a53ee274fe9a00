"""The table has every row, and tells what it does not know."""

import re
from pathlib import Path

from agents.attacks.table import ROWS, lines


def test_every_row_has_an_attack() -> None:
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    rows = {int(row) for row in re.findall(r"@attack\(\s*(\d+),", text)}

    assert rows == set(range(1, ROWS + 1))


def test_one_failure_fails_an_attack() -> None:
    ran = [(1, "a", "b", True, True), (1, "a", "b", True, False), (2, "c", "d", False, True)]

    head, first, second = (line.split() for line in lines(ran))

    assert head[0] == "row"
    assert first == ["1", "a", "b", "NO", "not", "run"]
    assert second == ["2", "c", "d", "not", "run", "works"]
