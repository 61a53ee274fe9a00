"""What these tests need beyond the rest: bubblewrap, and what `make test-agents` brought."""

import asyncio
from pathlib import Path

import pytest

from modules.autofix.adapters.sandbox import landlock
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap, probe
from modules.autofix.adapters.sandbox.landlock import Landlock

TOOLS = Path(__file__).parents[2] / ".tools"
HOW = "run `make test-agents`"


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
