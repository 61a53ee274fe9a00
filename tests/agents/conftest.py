"""These tests start the real command line, where `make test-agents` has put it."""

import asyncio
from pathlib import Path

import pytest

from modules.autofix.adapters.sandbox.bubblewrap import probe

from .ground import CLAUDE, Ground, Timed

TIMED = pytest.StashKey[list[Timed]]()


@pytest.fixture(scope="session", autouse=True)
def _claude_can_run() -> None:
    if not CLAUDE.is_file() or asyncio.run(probe()):
        pytest.skip("run `make test-agents`, with bubblewrap installed")


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    tree = tmp_path / "tree"
    tree.mkdir()
    return Ground(tree=tree)


@pytest.fixture
def timed(request: pytest.FixtureRequest) -> list[Timed]:
    """Runs that are told of at the end."""
    return request.config.stash.setdefault(TIMED, [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if timed := config.stash.get(TIMED, []):
        terminalreporter.section("from the issue to the pull request, without the model's time")
        terminalreporter.write_line(f"{'bug':24}{'agent':20}{'seconds':>8}{'of processors':>15}")
        for one in timed:
            told = f"{one.bug:24}{one.behaviour:20}{one.seconds:8.1f}{one.processor_s:15.1f}"
            terminalreporter.write_line(told)
