"""What these tests need beyond the rest: bubblewrap, and what `make test-agents` installs."""

import asyncio

import pytest

from modules.autofix.adapters.sandbox import landlock
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap, probe
from modules.autofix.adapters.sandbox.landlock import Landlock

HOW = "run `make test-agents`"


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
