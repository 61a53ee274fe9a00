"""These tests start the real command line, where `make test-agents` has put it."""

import asyncio
from pathlib import Path

import pytest

from modules.autofix.adapters.sandbox.bubblewrap import probe

from .ground import CLAUDE, Ground


@pytest.fixture(scope="session", autouse=True)
def _claude_can_run() -> None:
    if not CLAUDE.is_file() or asyncio.run(probe()):
        pytest.skip("run `make test-agents`, with bubblewrap installed")


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    tree = tmp_path / "tree"
    tree.mkdir()
    return Ground(tree=tree)
