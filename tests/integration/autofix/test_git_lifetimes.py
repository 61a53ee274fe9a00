"""How long worktrees live, who may fetch at once, and what is pushed where."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fakes.clones import Clone, new_clone
from fakes.git_trees import FILES, ROOT, fixed
from modules.autofix.adapters.git_calls import make_bare
from modules.autofix.adapters.git_worktrees import GitWorktrees
from modules.autofix.errors import Ended
from modules.autofix.ports import Remote
from modules.autofix.project import Project


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = new_clone(tmp_path / "shop")
    made.commit(FILES)
    return made


@pytest.fixture
def project(clone: Clone) -> Project:
    return clone.project()


@pytest.fixture
def worktrees(tmp_path: Path) -> GitWorktrees:
    return GitWorktrees(tmp_path / "home")


@pytest.fixture
async def remote(tmp_path: Path) -> Remote:
    await make_bare(tmp_path / "remote.git", base="main")
    return Remote(url=str(tmp_path / "remote.git"))


async def test_a_worktree_is_gone_afterwards(worktrees: GitWorktrees, project: Project) -> None:
    base = await worktrees.fetch(project)
    with pytest.raises(RuntimeError):
        async with worktrees.tree(project, base) as tree:
            raise RuntimeError

    assert not tree.exists()
    assert len(Clone(worktrees.mirror(project)).git("worktree", "list").splitlines()) == 1


async def test_a_worktree_is_gone_when_the_job_is_cancelled(
    worktrees: GitWorktrees, project: Project
) -> None:
    base = await worktrees.fetch(project)
    there: asyncio.Future[Path] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        async with worktrees.tree(project, base) as tree:
            there.set_result(tree)
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    tree = await there
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not tree.exists()


async def test_a_sweep_removes_what_nobody_has(
    worktrees: GitWorktrees, project: Project, tmp_path: Path
) -> None:
    base = await worktrees.fetch(project)
    killed = (
        "import asyncio, os, sys\n"
        "from fakes.clones import Clone\n"
        "from pathlib import Path\n"
        "from modules.autofix.adapters.git_worktrees import GitWorktrees\n"
        "async def main():\n"
        "    project = Clone(Path(sys.argv[1])).project()\n"
        "    async with GitWorktrees(Path(sys.argv[2])).tree(project, sys.argv[3]) as tree:\n"
        "        print(tree, flush=True)\n"
        "        os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    done = run_python(killed, project.repository, str(tmp_path / "home"), base)
    (out, _) = done.communicate()
    left = Clone(Path(out.strip()))
    later = GitWorktrees(
        tmp_path / "home", clock=lambda: datetime.now(UTC) + timedelta(seconds=100)
    )

    async with worktrees.tree(project, base) as alive:
        assert left.exists()
        assert await later.sweep(3600) == 0
        assert await later.sweep(50) == 1
        assert not left.exists()
        assert (alive / "src/calc.py").exists()
        (alive / "src/calc.py").write_text("fixed\n")
        assert await worktrees.commit(project, alive, base=base, message="m", keep="k")


async def test_a_sweep_removes_what_was_killed_before_git_knew_it(
    worktrees: GitWorktrees, project: Project, tmp_path: Path
) -> None:
    base = await worktrees.fetch(project)
    killed = (
        "import asyncio, os, sys\n"
        "from fakes.clones import Clone\n"
        "from pathlib import Path\n"
        "from modules.autofix.adapters.git_worktrees import GitWorktrees\n"
        "Path.rename = lambda *_: os.kill(os.getpid(), 9)\n"
        "async def main():\n"
        "    project = Clone(Path(sys.argv[1])).project()\n"
        "    async with GitWorktrees(Path(sys.argv[2])).tree(project, sys.argv[3]):\n"
        "        pass\n"
        "asyncio.run(main())\n"
    )
    run_python(killed, project.repository, str(tmp_path / "home"), base).communicate()
    later = GitWorktrees(
        tmp_path / "home", clock=lambda: datetime.now(UTC) + timedelta(seconds=100)
    )
    half = list((tmp_path / "home").glob("mirrors/*.git/new-*"))

    assert len(half) == 1
    assert await later.sweep(3600) == 0
    assert await later.sweep(50) == 1
    assert not half[0].exists()
    assert list((tmp_path / "home/worktrees").iterdir()) == []


def run_python(script: str, *args: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, *args],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{ROOT}:{ROOT}/tests"},
        stdout=subprocess.PIPE,
        text=True,
    )


async def test_processes_that_fetch_at_once_agree(
    worktrees: GitWorktrees, project: Project, clone: Clone, tmp_path: Path
) -> None:
    for number in range(20):
        clone.git("branch", f"b{number}")
    script = (
        "import asyncio, sys\n"
        "from fakes.clones import Clone\n"
        "from pathlib import Path\n"
        "from modules.autofix.adapters.git_worktrees import GitWorktrees\n"
        "async def main():\n"
        "    project = Clone(Path(sys.argv[1])).project()\n"
        "    worktrees = GitWorktrees(Path(sys.argv[2]))\n"
        "    for _ in range(3):\n"
        "        base = await worktrees.fetch(project)\n"
        "        async with worktrees.tree(project, base) as tree:\n"
        "            (tree / 'src/calc.py').write_text('fixed')\n"
        "            made = await worktrees.commit(\n"
        "                project, tree, base=base, message='m', keep=f'job/{sys.argv[3]}')\n"
        "    print(base, made)\n"
        "asyncio.run(main())\n"
    )
    home = str(tmp_path / "home")
    running = [run_python(script, project.repository, home, str(n)) for n in range(3)]
    answers = {one.communicate()[0] for one in running}

    assert [one.returncode for one in running] == [0, 0, 0]
    assert len(answers) == 1
    assert await worktrees.fetch(project) in answers.pop()


async def test_a_killed_fetch_leaves_no_lock_for_ever(
    worktrees: GitWorktrees, project: Project, clone: Clone
) -> None:
    await worktrees.fetch(project)
    newer = clone.commit({"more.py": "more\n"})
    lock = worktrees.mirror(project) / "refs/remotes/origin/main.lock"
    lock.touch()
    age = datetime.now(UTC).timestamp() - 60
    os.utime(lock, (age, age))

    assert await worktrees.fetch(project) == newer


async def test_a_push_makes_the_branch_and_can_be_repeated(
    worktrees: GitWorktrees, project: Project, remote: Remote
) -> None:
    _, commit = await fixed(worktrees, project)
    assert await worktrees.remote_head(project, remote, "sentry-autofix/a") is None

    for _ in range(2):
        await worktrees.push(project, remote, "sentry-autofix/a", commit, expected="")

    assert await worktrees.remote_head(project, remote, "sentry-autofix/a") == commit
    assert await worktrees.remote_head(project, remote, "a") is None


async def test_a_push_goes_over_our_own_commit_only(
    worktrees: GitWorktrees, project: Project, remote: Remote
) -> None:
    _, first = await fixed(worktrees, project)
    _, second = await fixed(worktrees, project, "better\n", keep="job/2")
    _, human = await fixed(worktrees, project, "by hand\n", keep="human")
    await worktrees.push(project, remote, "fix", first, expected="")

    await worktrees.push(project, remote, "fix", second, expected=first)
    for expected in ("", first, human):
        with pytest.raises(Ended) as ended:
            await worktrees.push(project, remote, "fix", human, expected=expected)
        assert ended.value.reason == "branch_moved"

    assert await worktrees.remote_head(project, remote, "fix") == second


async def test_a_push_that_is_refused_ends_the_job(
    worktrees: GitWorktrees, project: Project, remote: Remote, tmp_path: Path
) -> None:
    _, commit = await fixed(worktrees, project)
    hooks = tmp_path / "remote.git/hooks"
    hooks.mkdir()
    (hooks / "pre-receive").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-receive").chmod(0o755)

    for there in (remote, Remote(url=str(tmp_path / "nowhere")), Remote(url="ext::sh -c id")):
        with pytest.raises(Ended) as ended:
            await worktrees.push(project, there, "fix", commit, expected="")
        assert ended.value.reason == "push_refused"


@pytest.mark.parametrize(
    "branch", ["../x", "-x", "Main", "a..b", "x.lock", "a//b", "", "ä", "@{-1}"]
)
async def test_an_odd_branch_is_a_defect_of_ours(
    worktrees: GitWorktrees, project: Project, remote: Remote, branch: str
) -> None:
    with pytest.raises(ValueError, match="not a branch"):
        await worktrees.push(project, remote, branch, "0" * 40, expected="")
