"""The suite of forges over GitHub as another program emulates it, and what that sees of us."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agents.emulated_github import EmulatedGround, emulator
from fakes.forge_contract import ForgeContract
from fakes.github_grounds import Requests, forge_at
from fakes.github_schema import problems


class TestEmulatedGitHub(ForgeContract):
    """It has no GraphQL, no statuses, no push of git; it takes a second open pull request of a
    head, which GitHub does not, so that only looking first keeps us from one."""

    @pytest.fixture
    async def ground(self, tools: Path, tmp_path: Path) -> AsyncIterator[EmulatedGround]:
        async with emulator(tools, tmp_path) as url:
            requests = Requests(url)
            async with forge_at(requests) as forge:
                yield EmulatedGround(forge, requests)
        assert requests.sent
        assert problems(requests.sent) == []
