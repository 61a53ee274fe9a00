"""What an agent that obeys an attacker meets here, and the table of what became of it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.attacks.outside import Outside, outside
from agents.attacks.table import lines
from modules.autofix.adapters.sandbox.bubblewrap import probe


@pytest.fixture(scope="session", autouse=True)
def _claude_can_run() -> None:
    """Most attacks need no command line of a vendor, only the sandbox."""
    if why := asyncio.run(probe()):
        pytest.skip(why)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A worktree, as far as a sandbox knows."""
    path = tmp_path / "trees/own"
    (path / ".git").mkdir(parents=True)
    return path


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Outside]:
    with outside(tmp_path) as found:
        yield found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker("attack")
        if mark is not None and isinstance(item, pytest.Function):
            told = mark.kwargs
            held = item.callspec.params["held"]
            item.user_properties.append(("attack", (told["row"], told["tries"], told["by"], held)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    found = [
        (*value, outcome == "passed")
        for outcome in ("passed", "failed", "error")
        for report in terminalreporter.stats.get(outcome, ())
        for name, value in report.user_properties
        if name == "attack"
    ]
    if found:
        terminalreporter.section("the obedient agent")
        for line in lines(found):
            terminalreporter.write_line(line)
