"""What these tests need beyond the rest: bubblewrap, and what `make test-agents` brought."""

import asyncio
from pathlib import Path

import pytest

from modules.autofix.adapters.sandbox import landlock
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap, probe
from modules.autofix.adapters.sandbox.landlock import Landlock

from .ground import Ground, Timed

TOOLS = Path(__file__).parents[2] / ".tools"
HOW = "run `make test-agents`"
TIMED = pytest.StashKey[list[Timed]]()


@pytest.fixture(autouse=True, scope="session")
def tools() -> Path:
    if not (TOOLS / "ready").exists():
        pytest.skip(HOW)
    return TOOLS


@pytest.fixture(scope="session")
def box() -> Bubblewrap:
    """A sandbox that holds."""
    if why := asyncio.run(probe()):
        pytest.skip(f"{why}: {HOW}")
    return Bubblewrap()


@pytest.fixture(scope="session")
def landlocked() -> Landlock:
    """The walls for where there are no user namespaces."""
    if why := asyncio.run(landlock.probe()):
        pytest.skip(f"{why}: {HOW}")
    return Landlock()


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
