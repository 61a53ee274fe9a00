"""The suite of forges over the local one and over GitHub (a double of it, by HTTP)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path

import pytest

from fakes.clones import Clone, new_clone
from fakes.forge_contract import FullForgeContract
from fakes.github import FakeGitHub
from fakes.github_grounds import SHOP, Requests, forge_at, github_on_loopback
from modules.autofix.adapters.git_worktrees import GitWorktrees
from modules.autofix.adapters.github_forge import GitHubForge
from modules.autofix.adapters.local_forge import LocalForge
from modules.autofix.project import Project
from modules.autofix.review import CheckRun, Light


@dataclass
class LocalGround:
    forge: LocalForge
    project: Project
    clone: Clone
    worktrees: GitWorktrees
    runs: dict[str, list[CheckRun]] = field(default_factory=dict)

    async def push(self, branch: str) -> str:
        commit = self.clone.commit({"src/calc.py": branch})
        await self.worktrees.fetch(self.project)
        remote = await self.forge.remote(self.project)
        await self.worktrees.push(self.project, remote, branch, commit, expected="")
        return commit

    async def close(self, number: int, *, merged: bool) -> None:
        await self.forge.close(self.project, number, merged=merged)

    async def check(self, commit: str, name: str, conclusion: str | None) -> None:
        lights: dict[str | None, Light] = {"success": "green", "failure": "red", None: "pending"}
        told = self.runs.setdefault(commit, [])
        told.append(CheckRun(name=name, light=lights[conclusion]))
        await self.forge.report(self.project, commit, *told)


@dataclass
class GitHubGround:
    forge: GitHubForge
    github: FakeGitHub
    project: Project = SHOP

    async def push(self, branch: str) -> str:
        commit = sha1(branch.encode(), usedforsecurity=False).hexdigest()
        self.github.pushed(branch, commit, "src/calc.py")
        return commit

    async def close(self, number: int, *, merged: bool) -> None:
        self.github.close(number, merged=merged)

    async def check(self, commit: str, name: str, conclusion: str | None) -> None:
        self.github.checked(commit, name, conclusion)


class TestLocalForge(FullForgeContract):
    @pytest.fixture
    def ground(self, tmp_path: Path) -> LocalGround:
        clone = new_clone(tmp_path / "shop")
        clone.commit({"src/calc.py": "broken\n"})
        worktrees = GitWorktrees(tmp_path / "home")
        return LocalGround(LocalForge(tmp_path / "forge"), clone.project(), clone, worktrees)


class TestGitHubForge(FullForgeContract):
    @pytest.fixture
    async def ground(self) -> AsyncIterator[GitHubGround]:
        github = FakeGitHub()
        async with (
            github_on_loopback(github) as server,
            forge_at(Requests(server.url)) as forge,
        ):
            yield GitHubGround(forge, github)
