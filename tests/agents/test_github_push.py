"""A push to GitHub as it is: git's own protocol over TLS, with a token that nobody else sees."""

import base64
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from fakes.certificates import certificate
from fakes.clones import Clone, new_clone
from fakes.forge_contract import A, proposal
from fakes.github import TOKEN, FakeGitHub
from fakes.github_grounds import SHOP, Requests
from fakes.smart_http import API, SmartServer, Watcher, holding, smart_server
from modules.autofix.adapters.git_worktrees import GitWorktrees
from modules.autofix.adapters.github_forge import GitHubForge
from modules.autofix.errors import Ended, Parked
from modules.autofix.forges import settled
from modules.autofix.ports import Remote
from modules.autofix.project import Project
from modules.github.client import GitHubClient
from modules.github.logins import TokenLogin

BASIC = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
LOST = 10


@pytest.fixture
def smart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmartServer]:
    chain, key = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    with smart_server(tmp_path / "hub", FakeGitHub(), chain, key) as server:
        clone = new_clone(tmp_path / "clone")
        clone.commit({f"src/{n}.py": f"x = {n}\n" * 50 for n in range(200)})
        clone.git("push", "--quiet", str(server.bare), "main")
        server.mirror()
        yield server


@pytest.fixture
async def forge(smart: SmartServer, tmp_path: Path) -> AsyncIterator[GitHubForge]:
    wire = Requests(smart.url + API).wire()
    client = GitHubClient(wire, login=TokenLogin(wire, TOKEN))
    yield GitHubForge(client, ca_file=str(tmp_path / "chain.pem"))
    await client.aclose()


@pytest.fixture
def project(smart: SmartServer) -> Project:
    return settled(SHOP, web=smart.url, login=True)


async def committed(worktrees: GitWorktrees, project: Project, text: str) -> str:
    """A repair of ours on the base."""
    base = await worktrees.fetch(project)
    async with worktrees.tree(project, base) as tree:
        (tree / "src/calc.py").write_text(text)
        made = await worktrees.commit(project, tree, base=base, message="fix", keep=f"j/{text}")
    assert made is not None
    return made


async def test_a_fix_goes_to_github_and_the_token_nowhere_else(
    forge: GitHubForge, smart: SmartServer, project: Project, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    worktrees = GitWorktrees(home, login=forge.login)
    with Watcher(TOKEN, BASIC) as watcher:
        fix = await committed(worktrees, project, "a")
        remote = await forge.remote(project)
        assert await worktrees.remote_head(project, remote, A) is None
        await worktrees.push(project, remote, A, fix, expected="")
        await worktrees.push(project, remote, A, fix, expected=fix)  # again is no error
        pull = await forge.propose(project, proposal())

    assert (await forge.standing(project, pull.number)).head == fix
    assert await worktrees.remote_head(project, remote, A) == fix
    assert pull.url == f"{smart.url}/acme/shop/pull/{pull.number}"
    assert "version=2" in smart.protocols
    assert any(b"push" in line for line in watcher.seen)
    assert watcher.leaks == []
    assert holding(home, TOKEN, BASIC) == []
    assert holding(smart.bare, TOKEN, BASIC) == []


async def test_without_the_token_nothing_is_read_or_pushed(
    forge: GitHubForge, project: Project, tmp_path: Path
) -> None:
    worktrees = GitWorktrees(tmp_path / "home", login=forge.login)
    fix = await committed(worktrees, project, "a")
    remote = await forge.remote(project)
    tls = {name: text for name, text in remote.env.items() if name == "GIT_SSL_CAINFO"}

    with pytest.raises(Ended) as caught:
        await worktrees.push(project, Remote(url=remote.url, env=tls), A, fix, expected="")

    assert caught.value.reason == "push_refused"


async def test_a_repository_without_access_is_told_before_git_is_asked(
    forge: GitHubForge, smart: SmartServer, project: Project, tmp_path: Path
) -> None:
    worktrees = GitWorktrees(tmp_path / "home", login=forge.login)
    smart.github.archived = True

    with pytest.raises(Ended) as caught:
        await worktrees.fetch(project)

    assert caught.value.reason == "repository_archived"


async def test_pushes_whose_answers_are_lost_leave_one_head(
    forge: GitHubForge, smart: SmartServer, project: Project, tmp_path: Path
) -> None:
    """A worker looks where the branch stands, then pushes; a lost answer parks it."""
    worktrees, chance = GitWorktrees(tmp_path / "home", login=forge.login), random.Random(1)  # noqa: S311
    remote, head = await forge.remote(project), ""
    for n in range(LOST):
        fix = await committed(worktrees, project, str(n))
        smart.lost = chance.randint(0, 2)
        for _ in range(4):
            seen = await worktrees.remote_head(project, remote, A) or ""
            assert seen in (head, fix)
            with suppress(Parked):
                if seen != fix:
                    await worktrees.push(project, remote, A, fix, expected=seen)
        smart.lost, head = 0, fix
        assert await worktrees.remote_head(project, remote, A) == fix
    assert smart.unanswered >= LOST // 2


async def test_a_commit_of_a_person_is_not_pushed_over(
    forge: GitHubForge, smart: SmartServer, project: Project, tmp_path: Path
) -> None:
    worktrees = GitWorktrees(tmp_path / "home", login=forge.login)
    fix, remote = await committed(worktrees, project, "a"), await forge.remote(project)
    theirs = Clone(tmp_path / "clone")
    person = theirs.commit({"src/calc.py": "by hand\n"})
    theirs.git("push", "--quiet", str(smart.bare), f"{person}:refs/heads/{A}")

    with pytest.raises(Ended) as caught:
        await worktrees.push(project, remote, A, fix, expected="")

    assert caught.value.reason == "branch_moved"
    assert await worktrees.remote_head(project, remote, A) == person
