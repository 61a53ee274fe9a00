"""Pull requests in a folder, with real git and real processes."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fakes.clones import Clone, new_clone
from modules.autofix.adapters.git_worktrees import GitWorktrees
from modules.autofix.adapters.local_forge import LocalForge
from modules.autofix.errors import Ended
from modules.autofix.ports import Forge, Proposal
from modules.autofix.project import Project

ROOT = Path(__file__).parents[3]
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = new_clone(tmp_path / "shop")
    made.commit({"src/calc.py": "broken\n"})
    return made


@pytest.fixture
def project(clone: Clone) -> Project:
    return clone.project()


@pytest.fixture
def forge(tmp_path: Path) -> LocalForge:
    return LocalForge(tmp_path / "forge", clock=lambda: MOMENT)


def proposal(head: str = "sentry-autofix/a", title: str = "fix: it", **more: str) -> Proposal:
    return Proposal(
        title=title,
        body=more.get("body", "ü"),
        head=head,
        base="main",
        draft=True,
        labels=("autofix",),
        files=("src/calc.py",),
    )


async def test_a_proposal_is_made_once_and_then_brought_up_to_date(
    forge: Forge, project: Project
) -> None:
    first = await forge.propose(project, proposal())
    other = await forge.propose(project, proposal("sentry-autofix/ab"))
    second = await forge.propose(project, proposal(title="fix: better"))

    assert (first.number, other.number, second.number) == (1, 2, 1)
    assert (first.state, first.draft, first.created_at) == ("open", True, MOMENT)
    assert second.title == "fix: better"
    assert await forge.find(project, "sentry-autofix/a") == second
    assert await forge.find(project, "sentry-autofix") is None
    assert second.url.startswith("local://shop-")
    assert second.url.endswith("/pulls/1")


async def test_what_a_person_closed_stays_closed(forge: LocalForge, project: Project) -> None:
    first = await forge.propose(project, proposal())
    closed = await forge.close(project, first.number, merged=True)

    again = await forge.propose(project, proposal(title="fix: once more"))

    assert again == closed
    assert (again.state, again.title, again.closed_at) == ("merged", "fix: it", MOMENT)


async def test_comments_stay_when_it_is_brought_up_to_date(
    forge: LocalForge, project: Project
) -> None:
    first = await forge.propose(project, proposal())
    await forge.comment(project, first.number, "CI is red.")

    assert (await forge.propose(project, proposal())).comments == ("CI is red.",)


async def test_recent_ones_are_open_or_were_closed_since(
    forge: LocalForge, project: Project, tmp_path: Path
) -> None:
    later = LocalForge(tmp_path / "forge", clock=lambda: MOMENT + timedelta(days=9))
    for head in ("a", "b", "c"):
        await forge.propose(project, proposal(head))
    await forge.close(project, 2)
    await later.close(project, 3)

    recent = await forge.recent(project, since=MOMENT + timedelta(days=1))

    assert [(pull.number, pull.state) for pull in recent] == [(3, "closed"), (1, "open")]
    assert [pull.number for pull in await forge.list(project)] == [3, 2, 1]
    assert await forge.get(project, 4) is None


async def test_projects_of_one_repository_share_its_pull_requests(
    forge: LocalForge, project: Project, tmp_path: Path
) -> None:
    await forge.propose(project, proposal())
    same = project.model_copy(update={"key": "other", "folder": "src"})
    other = project.model_copy(update={"repository": str(tmp_path / "else/shop")})

    assert len(await forge.list(same)) == 1
    assert await forge.list(other) == ()


async def test_an_unknown_or_spoilt_pull_request_is_said(
    forge: LocalForge, project: Project, tmp_path: Path
) -> None:
    with pytest.raises(Ended):
        await forge.comment(project, 1, "text")
    await forge.propose(project, proposal())
    spoil(tmp_path / "forge")
    with pytest.raises(Ended):
        await forge.find(project, "sentry-autofix/a")


def spoil(root: Path) -> None:
    for path in root.rglob("1.json"):
        path.write_text("{")


async def test_the_remote_has_the_base_and_takes_a_push(
    forge: LocalForge, project: Project, clone: Clone, tmp_path: Path
) -> None:
    before = clone.fingerprint()
    worktrees = GitWorktrees(tmp_path / "home")
    base = await worktrees.fetch(project)

    remote = await forge.remote(project)
    await worktrees.push(project, remote, "sentry-autofix/a", base, expected="")

    assert await worktrees.remote_head(project, remote, "main") == base
    assert await worktrees.remote_head(project, remote, "sentry-autofix/a") == base
    assert clone.fingerprint() == before
    newer = clone.commit({"more.py": "more\n"})
    assert await forge.remote(project) == remote
    assert await worktrees.remote_head(project, remote, "main") == newer
    assert await worktrees.remote_head(project, remote, "sentry-autofix/a") == base


def test_processes_that_propose_at_once_make_one(tmp_path: Path, clone: Clone) -> None:
    script = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from fakes.clones import Clone\n"
        "from modules.autofix.adapters.local_forge import LocalForge\n"
        "from modules.autofix.ports import Proposal\n"
        "async def main():\n"
        "    forge, project = LocalForge(Path(sys.argv[1])), Clone(Path(sys.argv[2])).project()\n"
        "    for n in range(20):\n"
        "        await forge.remote(project)\n"
        "        await forge.propose(project, Proposal(\n"
        "            title=sys.argv[3], body='', head=f'h{n}', base='main', draft=False))\n"
        "    print(*[pull.head for pull in await forge.list(project)])\n"
        "asyncio.run(main())\n"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "forge"), str(clone.path), str(number)],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{ROOT}:{ROOT}/tests"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    answers = [one.communicate()[0].split() for one in running]

    assert [one.returncode for one in running] == [0, 0, 0]
    assert all(sorted(heads) == sorted(f"h{n}" for n in range(20)) for heads in answers)
