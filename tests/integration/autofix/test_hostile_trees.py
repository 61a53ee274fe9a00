"""What an agent may leave in a worktree: none of it is run, hidden, or left behind.

Where it plants a program, a control run of plain git shows that the trap works.
"""

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.clones import ENV, GIT, Clone, new_clone
from modules.autofix.adapters.git_worktrees import GitWorktrees
from modules.autofix.errors import Ended
from modules.autofix.job import Outcome
from modules.autofix.ports import Change
from modules.autofix.project import Project

Plant = Callable[[Path, Path], None]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = new_clone(tmp_path / "shop")
    made.commit(
        {"src/calc.py": "broken\n", "a.bin": b"\0", "win.txt": "one\r\n", "lib/x.py": "x\n"}
    )
    return made


@pytest.fixture
def project(clone: Clone) -> Project:
    return clone.project()


@pytest.fixture
def worktrees(tmp_path: Path) -> GitWorktrees:
    return GitWorktrees(tmp_path / "home")


def program(tmp_path: Path) -> Path:
    """One that tells that it was run."""
    path = tmp_path / "planted.sh"
    path.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n")
    path.chmod(0o755)
    return path


def replaced_git(tree: Path, trap: Path) -> None:
    (tree / ".git").unlink()
    own = Clone(tree)
    own.git("init", "--quiet")
    own.git("config", "core.fsmonitor", str(trap))


def nested_repository(tree: Path, trap: Path) -> None:
    nested = new_clone(tree / "nested")
    nested.commit({"x.py": "x\n"})
    nested.git("config", "core.fsmonitor", str(trap))


def hooks(tree: Path, trap: Path) -> None:
    """In the repository that the worktree belongs to, as one without a sandbox could."""
    mirror = Path(Clone(tree).git("rev-parse", "--path-format=absolute", "--git-common-dir"))
    (mirror / "hooks").mkdir(exist_ok=True)
    for name in ("post-index-change", "pre-commit", "reference-transaction", "post-checkout"):
        (mirror / "hooks" / name).symlink_to(trap)


def filter_driver(tree: Path, trap: Path) -> None:
    """Attributes in the worktree, and the driver that they name in the repository."""
    (tree / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    for key in (
        "filter.evil.clean",
        "filter.evil.smudge",
        "diff.evil.textconv",
        "diff.evil.command",
    ):
        Clone(tree).git("config", key, str(trap))


PLANTS = (replaced_git, nested_repository, hooks, filter_driver)


@pytest.mark.parametrize("plant", PLANTS)
async def test_nothing_that_was_planted_runs(
    worktrees: GitWorktrees, project: Project, tmp_path: Path, plant: Plant
) -> None:
    trap = program(tmp_path)
    base = await worktrees.fetch(project)
    async with worktrees.tree(project, base) as tree:
        plant(tree, trap)
        write(tree / "src/calc.py", "fixed\n")
        control(tree, plant, tmp_path)

        commit = await worktrees.commit(project, tree, base=base, message="m", keep="k")
        assert commit is not None
        changes = await worktrees.changes(project, base, commit)
        await worktrees.diff(project, base, commit, cap=1000)
        async with worktrees.tree(project, commit):
            pass

    assert "src/calc.py" in [one.path for one in changes]
    assert await worktrees.read(project, commit, "src/calc.py") == "fixed\n"
    assert not ran(tmp_path)


def control(tree: Path, plant: Plant, tmp_path: Path) -> None:
    """Plain git falls into the trap, and then the trap is set again."""
    where = tree / "nested" if plant is nested_repository else tree
    ours = next((tmp_path / "home/mirrors").glob("*.git")) / "info/attributes"
    told = ours.read_text()
    ours.unlink()
    for command in (("status",), ("add", "src/calc.py"), ("update-index", "--refresh"), ("diff",)):
        subprocess.run([GIT, *command], cwd=where, env=ENV, check=False, capture_output=True)
    ours.write_text(told)
    (tmp_path / "ran").unlink()


def is_there(path: Path) -> bool:
    return os.path.lexists(path)


def ran(tmp_path: Path) -> bool:
    return (tmp_path / "ran").exists()


def write(path: Path, content: str | bytes) -> None:
    path.write_bytes(content.encode() if isinstance(content, str) else content)


async def committed(
    worktrees: GitWorktrees, project: Project, spoil: Callable[[Path], None]
) -> dict[str, Change]:
    """What the guard gets to see after `spoil`."""
    base = await worktrees.fetch(project)
    async with worktrees.tree(project, base) as tree:
        spoil(tree)
        commit = await worktrees.commit(project, tree, base=base, message="m", keep="k")
    assert not is_there(tree)
    assert commit is not None
    return {one.path: one for one in await worktrees.changes(project, base, commit)}


async def test_links_modes_and_nested_repositories_are_shown(
    worktrees: GitWorktrees, project: Project
) -> None:
    def spoil(tree: Path) -> None:
        (tree / "passwd").symlink_to("/etc/passwd")
        (tree / "lib/x.py").unlink()
        (tree / "lib").rmdir()
        (tree / "lib").symlink_to("/etc")
        write(tree / "run.sh", "#!/bin/sh\n")
        (tree / "run.sh").chmod(0o755)
        (tree / "src/calc.py").chmod(0o755)
        new_clone(tree / "deep/nested").commit({"x": "x\n"})
        write(tree / ".gitmodules", "[submodule]\n\tignore = all\n")

    found = await committed(worktrees, project, spoil)

    assert {path: (one.status, one.old_mode, one.new_mode) for path, one in found.items()} == {
        ".gitmodules": ("A", "000000", "100644"),
        "deep/nested": ("A", "000000", "160000"),
        "lib": ("A", "000000", "120000"),
        "lib/x.py": ("D", "100644", "000000"),
        "passwd": ("A", "000000", "120000"),
        "run.sh": ("A", "000000", "100755"),
        "src/calc.py": ("M", "100644", "100755"),
    }


async def test_attributes_hide_nothing_and_change_no_byte(
    worktrees: GitWorktrees, project: Project, clone: Clone
) -> None:
    clone.commit(
        {".gitattributes": "* text eol=crlf ident\n*.py -diff\n*.bin diff\n", "id.py": "$Id$\n"}
    )

    def spoil(tree: Path) -> None:
        assert (tree / "id.py").read_bytes() == b"$Id$\n"
        write(tree / "src/calc.py", "one\r\ntwo\n")
        write(tree / "a.bin", b"\0\0")

    found = await committed(worktrees, project, spoil)

    assert set(found) == {"src/calc.py", "a.bin"}
    assert (found["src/calc.py"].added, found["a.bin"].added) == (2, None)


async def test_a_name_that_is_no_text_is_told(worktrees: GitWorktrees, project: Project) -> None:
    def spoil(tree: Path) -> None:
        (tree / os.fsdecode(b"gr\xf6\xdfe.py")).write_text("x\n")
        (tree / "new\nline\t.py").write_text("x\n")
        (tree / ":100644 x").write_text("x\n")

    found = await committed(worktrees, project, spoil)

    assert {path: one.readable for path, one in found.items()} == {
        "gr\\xf6\\xdfe.py": False,
        "new\nline\t.py": True,
        ":100644 x": True,
    }
    assert all(one.added == 1 for one in found.values())


async def test_bits_of_the_agents_index_hide_nothing(
    worktrees: GitWorktrees, project: Project
) -> None:
    def spoil(tree: Path) -> None:
        Clone(tree).git("update-index", "--assume-unchanged", "src/calc.py")
        Clone(tree).git("update-index", "--skip-worktree", "lib/x.py")
        write(tree / "src/calc.py", "changed\n")
        write(tree / "lib/x.py", "changed\n")

    assert set(await committed(worktrees, project, spoil)) == {"src/calc.py", "lib/x.py"}


async def test_commits_and_branches_of_the_agent_do_not_matter(
    worktrees: GitWorktrees, project: Project
) -> None:
    def spoil(tree: Path) -> None:
        own = Clone(tree)
        own.git("checkout", "--quiet", "-b", "main")
        own.commit({"src/calc.py": "fixed\n"})
        own.git("stash", "list")

    assert set(await committed(worktrees, project, spoil)) == {"src/calc.py"}
    assert await worktrees.fetch(project)


async def test_without_its_git_file_a_tree_is_committed_all_the_same(
    worktrees: GitWorktrees, project: Project
) -> None:
    def spoil(tree: Path) -> None:
        (tree / ".git").unlink()
        Clone(worktrees.mirror(project)).git("worktree", "prune", "--expire=now")
        write(tree / "src/calc.py", "fixed\n")

    assert set(await committed(worktrees, project, spoil)) == {"src/calc.py"}


def empty_repository(tree: Path) -> None:
    new_clone(tree / "nested")
    write(tree / "nested/x.py", "x\n")


def pipe(tree: Path) -> None:
    (tree / "src/calc.py").unlink()
    os.mkfifo(tree / "src/calc.py")


def moved_away(tree: Path) -> None:
    tree.rename(tree.with_name("elsewhere"))
    tree.symlink_to("/etc")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [(empty_repository, "submodule"), (pipe, "odd_file"), (moved_away, "odd_file")],
)
async def test_what_git_cannot_take_in_ends_the_job(
    worktrees: GitWorktrees, project: Project, spoil: Callable[[Path], None], reason: str
) -> None:
    base = await worktrees.fetch(project)
    async with worktrees.tree(project, base) as tree:
        spoil(tree)
        with pytest.raises(Ended) as ended:
            await worktrees.commit(project, tree, base=base, message="m", keep="k")

    assert (ended.value.outcome, ended.value.reason) == (Outcome.BLOCKED_PATH, reason)
    assert not is_there(tree)


def shut(tree: Path) -> None:
    (tree / "shut/deeper").mkdir(parents=True)
    write(tree / "shut/deeper/x", "x")
    for folder in (tree / "shut/deeper", tree / "shut", tree):
        folder.chmod(0)


def linked(tree: Path) -> None:
    (tree / "out").symlink_to(tree.parents[2] / "treasure")


def deep(tree: Path) -> None:
    """Deeper than a path may be long, and than Python may call itself."""
    name, descriptor = "d" * 20, os.open(tree, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir(name, dir_fd=descriptor)
        below = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(descriptor)


def git_folder(tree: Path) -> None:
    (tree / ".git").unlink()
    new_clone(tree / ".git/deeper")


@pytest.mark.parametrize("spoil", [shut, linked, deep, git_folder, replaced_git, nested_repository])
async def test_a_worktree_goes_whatever_was_done_in_it(
    worktrees: GitWorktrees, project: Project, tmp_path: Path, spoil: Callable[..., None]
) -> None:
    treasure = tmp_path / "treasure"
    treasure.mkdir(mode=0o500)
    write(treasure / "x", "x")
    base = await worktrees.fetch(project)
    async with worktrees.tree(project, base) as tree:
        spoil(tree, tmp_path) if spoil in PLANTS else spoil(tree)

    assert not is_there(tree)
    assert (treasure / "x").exists()
    assert stat.S_IMODE(treasure.stat().st_mode) == 0o500
    assert not list((worktrees.mirror(project) / "worktrees").glob("*"))
