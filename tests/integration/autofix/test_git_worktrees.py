"""Mirrors, worktrees and commits with real git: what the port promises, on ordinary code."""

import shutil
from pathlib import Path

import pytest

from fakes.clones import Clone, new_clone
from fakes.git_trees import FILES, fixed
from modules.autofix.adapters.git_calls import make_bare
from modules.autofix.adapters.git_worktrees import GitWorktrees
from modules.autofix.errors import Ended, Parked
from modules.autofix.job import Outcome
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


async def test_the_base_is_what_is_committed_there(
    worktrees: GitWorktrees, project: Project, clone: Clone
) -> None:
    first = await worktrees.fetch(project)
    second = clone.commit({"src/new.py": "new\n"})

    assert first != second
    assert await worktrees.fetch(project) == second


async def test_a_clone_in_the_middle_of_work_is_only_read(
    worktrees: GitWorktrees, project: Project, clone: Clone
) -> None:
    base = clone.git("rev-parse", "main")
    clone.git("checkout", "--quiet", "-b", "half-done")
    (clone.path / "src/calc.py").write_text("in the middle of it\n")
    (clone.path / "staged.py").write_text("staged\n")
    clone.git("add", "staged.py")
    (clone.path / "untracked.py").write_text("untracked\n")
    before = clone.fingerprint()

    seen, commit = await fixed(worktrees, project)
    await worktrees.changes(project, seen, commit)

    assert seen == base
    assert "staged.py" not in await worktrees.files(project, commit)
    assert clone.fingerprint() == before


async def test_the_same_clone_by_another_spelling_is_one_mirror(
    worktrees: GitWorktrees, project: Project, clone: Clone
) -> None:
    (clone.path.parent / "link").symlink_to(clone.path)
    other = project.model_copy(update={"repository": f"{clone.path.parent}/link/../shop/"})

    assert worktrees.mirror(project) == worktrees.mirror(other)


async def test_a_branch_that_is_gone_makes_way(
    worktrees: GitWorktrees, project: Project, clone: Clone
) -> None:
    clone.git("branch", "topic")
    await worktrees.fetch(project)
    clone.git("branch", "-D", "topic")
    clone.git("branch", "topic/deeper")

    assert await worktrees.fetch(project)


async def test_a_shallow_clone_will_do(
    worktrees: GitWorktrees, clone: Clone, tmp_path: Path
) -> None:
    clone.commit({"src/new.py": "new\n"})
    clone.git("clone", "--quiet", "--depth=1", f"file://{clone.path}", str(tmp_path / "shallow"))
    shallow = Clone(tmp_path / "shallow")

    _, commit = await fixed(worktrees, shallow.project())

    assert await worktrees.read(shallow.project(), commit, "src/calc.py") == "fixed\n"


@pytest.mark.parametrize(
    "repository",
    [
        "nowhere",
        "shop/src",
        "ext::sh -c id",
        "http://example.org/x",
        "https://user:word@example.org/x",
        "https://example.org/x y",
        "file:///etc",
        "--upload-pack=id",
    ],
)
async def test_a_repository_that_cannot_be_read_ends_the_job(
    worktrees: GitWorktrees, clone: Clone, repository: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clone.path.parent)

    with pytest.raises(Ended) as ended:
        await worktrees.fetch(clone.project(repository=repository))

    assert (ended.value.outcome, ended.value.reason) == (Outcome.ERROR, "repository_missing")


async def test_a_host_that_is_away_parks_the_job(worktrees: GitWorktrees, clone: Clone) -> None:
    with pytest.raises(Parked):
        await worktrees.fetch(clone.project(repository="https://127.0.0.1:9/shop.git"))


@pytest.mark.parametrize(
    "name", ["develop", "a..b", "-x", "main^{tree}", "main:src", "x.lock", "@"]
)
async def test_a_base_branch_that_is_not_there_ends_the_job(
    worktrees: GitWorktrees, clone: Clone, name: str
) -> None:
    with pytest.raises(Ended) as ended:
        await worktrees.fetch(clone.project(base_branch=name))

    assert ended.value.reason == "base_branch_missing"


async def test_files_and_texts(worktrees: GitWorktrees, project: Project, clone: Clone) -> None:
    (clone.path / "link.py").symlink_to("src/calc.py")
    base = clone.commit({})
    await worktrees.fetch(project)

    async def read(path: str) -> str | None:
        return await worktrees.read(project, base, path)

    assert await worktrees.files(project, base) == set(FILES)
    assert await read("src/calc.py") == FILES["src/calc.py"]
    assert await read("größe.txt") == "ü\n"
    odd = ("logo.png", "latin.txt", "link.py", "src", "src/", "gone", "", "a\0b", "\ud800", "../x")
    assert [await read(path) for path in (*odd, ":(top)src/calc.py", "*", "/etc/passwd")] == [
        None
    ] * 13


async def test_a_release_is_found_by_tag_or_commit(
    worktrees: GitWorktrees, project: Project, clone: Clone
) -> None:
    first = clone.git("rev-parse", "HEAD")
    clone.git("tag", "v1.2.3")
    second = clone.commit({"more.py": "more\n"})
    clone.git("tag", "-a", "-m", "told", "2.0")
    await worktrees.fetch(project)

    async def resolve(name: str) -> str | None:
        return await worktrees.resolve(project, name)

    for name in ("v1.2.3", "1.2.3", "shop@1.2.3", "shop@1.2.3+77", f"shop@{first[:12]}", first):
        assert await resolve(name) == first
    assert await resolve("shop@2.0") == second
    for name in ("9.9", "", "main", "HEAD", "-x", "@{-1}", "a..b", "v1.2.3\nHEAD", "0" * 40):
        assert await resolve(name) is None


async def test_a_commit_holds_the_whole_tree_and_no_more(
    worktrees: GitWorktrees, project: Project
) -> None:
    base = await worktrees.fetch(project)
    async with worktrees.tree(project, base) as tree:
        (tree / "src/calc.py").write_text("one\ntwo\n")
        (tree / "tests/test_new.py").write_text("new\n")
        (tree / "logo.png").unlink()
        (tree / "src/__pycache__").mkdir()
        (tree / "src/__pycache__/calc.cpython-311.pyc").write_bytes(b"\0")
        commit = await worktrees.commit(project, tree, base=base, message="fix: ü", keep="J1/1")

    assert commit is not None
    found = {one.path: one for one in await worktrees.changes(project, base, commit)}
    assert {path: (one.status, one.added, one.deleted) for path, one in found.items()} == {
        "logo.png": ("D", None, None),
        "src/calc.py": ("M", 2, 2),
        "tests/test_new.py": ("A", 1, 0),
    }
    mirror = Clone(worktrees.mirror(project))
    assert mirror.git("rev-parse", "refs/autofix/J1/1") == commit
    assert mirror.git("log", "-1", "--format=%an <%ae> %P %B", commit) == (
        f"sentry-monitor <sentry-monitor@localhost> {base} fix: ü"
    )


async def test_a_file_is_told_by_content_though_its_size_and_time_stay(
    worktrees: GitWorktrees, project: Project
) -> None:
    base = await worktrees.fetch(project)
    async with worktrees.tree(project, base) as tree:
        path = tree / "größe.txt"
        state = path.stat()
        path.write_text("ö\n")
        shutil.copystat(tree / "src/calc.py", path)
        assert path.stat().st_size == state.st_size

        assert await worktrees.commit(project, tree, base=base, message="m", keep="k")


async def test_nothing_changed_is_no_commit(worktrees: GitWorktrees, project: Project) -> None:
    base = await worktrees.fetch(project)
    async with worktrees.tree(project, base) as tree:
        assert await worktrees.commit(project, tree, base=base, message="m", keep="k") is None


async def test_the_same_change_is_the_same_commit(
    worktrees: GitWorktrees, project: Project
) -> None:
    _, first = await fixed(worktrees, project)
    _, second = await fixed(worktrees, project)

    assert first == second


async def test_a_second_attempt_is_one_commit_on_the_base(
    worktrees: GitWorktrees, project: Project
) -> None:
    base, first = await fixed(worktrees, project)
    async with worktrees.tree(project, first) as tree:
        (tree / "more.py").write_text("more\n")
        second = await worktrees.commit(project, tree, base=base, message="m", keep="job/2")

    assert second is not None
    paths = [one.path for one in await worktrees.changes(project, base, second)]
    assert paths == ["more.py", "src/calc.py"]


async def test_an_overlay_takes_some_files_of_another_commit(
    worktrees: GitWorktrees, project: Project
) -> None:
    base = await worktrees.fetch(project)
    async with worktrees.tree(project, base) as tree:
        (tree / "src/calc.py").write_text("fixed\n")
        (tree / "tests/test_calc.py").unlink()
        (tree / "tests/test_new.py").write_text("new\n")
        commit = await worktrees.commit(project, tree, base=base, message="m", keep="job/1")
    assert commit is not None
    tests = ("tests/test_calc.py", "tests/test_new.py", "tests/never.py")

    mixed = await worktrees.overlay(project, base, commit, tests, keep="job/1-new")
    again = await worktrees.overlay(project, base, commit, tests, keep="job/1-new")
    back = await worktrees.overlay(project, commit, base, tests, keep="job/1-old")

    assert mixed == again
    names = await worktrees.files(project, mixed)
    assert ("tests/test_new.py" in names, "tests/test_calc.py" in names) == (True, False)
    assert await worktrees.read(project, mixed, "src/calc.py") == FILES["src/calc.py"]
    assert await worktrees.read(project, back, "src/calc.py") == "fixed\n"
    assert "tests/test_calc.py" in await worktrees.files(project, back)


async def test_a_diff_is_cut_and_says_so(worktrees: GitWorktrees, project: Project) -> None:
    base, small = await fixed(worktrees, project)
    _, large = await fixed(worktrees, project, "x" * 79 + "\n" + "y\n" * 200_000, keep="job/2")

    assert "+fixed" in await worktrees.diff(project, base, small, cap=10_000)
    told = await worktrees.diff(project, base, large, cap=500)
    assert "more characters" in told
    assert len(told) < 600
