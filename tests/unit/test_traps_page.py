"""docs/other-servers.md names tests, and they exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/other-servers.md"


def rows() -> list[str]:
    lines = [one for one in PAGE.read_text().splitlines() if one.startswith("| ")]
    return [one for one in lines if not one.startswith("| Server |")]


def there() -> set[str]:
    return {
        one.name
        for path in (ROOT / "tests").glob("**/test_*.py")
        for one in ast.parse(path.read_text()).body
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def named(row: str) -> list[str]:
    return re.findall(r"`(test_\w+)`", row)


def test_every_trap_names_a_test() -> None:
    assert len(rows()) > 60
    assert [one for one in rows() if not named(one)] == []


def test_every_test_that_is_named_exists() -> None:
    wanted = {name for one in rows() for name in named(one)}

    assert wanted - there() == set()
