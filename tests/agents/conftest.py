"""What `make test-agents` brought, and a word to who runs without it."""

from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / ".tools"


@pytest.fixture(autouse=True, scope="session")
def tools() -> Path:
    if not (TOOLS / "ready").exists():
        pytest.skip("run `make test-agents`")
    return TOOLS
