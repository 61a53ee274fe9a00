"""Hundreds of hostile paths, branches and names of files: none leads out of where it belongs."""

import asyncio
import contextlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.clones import ENV, GIT, new_clone
from fakes.hostile_names import FILES, PATHS, REFS
from modules.autofix.adapters.command_answer import BadAnswer, read
from modules.autofix.adapters.git_worktrees import GitWorktrees
from modules.autofix.adapters.safegit import foreign_branch, kept, our_branch, push_args
from modules.autofix.guardrails import violations
from modules.safetext.paths import relative

REPORT = {
    "classification": "code_fix",
    "root_cause": "a",
    "explanation": "b",
    "confidence": 1,
}


def test_no_path_of_an_answer_is_taken() -> None:
    taken = []
    for path in PATHS:
        answer = {"protocol": 1, "report": REPORT, "files": [{"path": path, "content": "x"}]}
        with contextlib.suppress(BadAnswer):
            taken.append(read(json.dumps(answer).encode(), usd=1, turns=1))

    assert len(PATHS) >= 500
    assert taken == []
    assert sum(os.path.normpath(f"/tree/{one}").startswith("/tree/") for one in PATHS) < len(PATHS)


def accepted(check: Callable[[str], str]) -> list[str]:
    found = []
    for name in REFS:
        with contextlib.suppress(ValueError):
            check(name)
            found.append(name)
    return found


@pytest.mark.parametrize("check", [our_branch, foreign_branch, kept])
def test_a_branch_that_is_taken_is_one_for_git_as_well(check: Callable[[str], str]) -> None:
    names = accepted(check)
    bad = [name for name in names if not _is_branch(name)]

    assert len(REFS) >= 500
    assert bad == []
    assert not any(name.startswith("-") or ":" in name for name in names)


def _is_branch(name: str) -> bool:
    command = [GIT, "check-ref-format", f"refs/heads/{name}"]
    return subprocess.run(command, env=ENV, check=False).returncode == 0


def test_a_push_goes_to_one_branch_below_heads() -> None:
    sha = "a" * 40
    for name in accepted(our_branch):
        *_, address, refspec = push_args("/forge", sha, name)

        assert (address, refspec) == ("/forge", f"{sha}:refs/heads/{name}")


async def test_names_of_files_stay_in_their_worktree(tmp_path: Path) -> None:
    """Whatever an agent calls its files, all are seen, and no checkout writes beside the tree."""
    clone = new_clone(tmp_path / "shop")
    clone.commit({"calc.py": "x\n"})
    trees, project = GitWorktrees(tmp_path / "home"), clone.project()
    base = await trees.fetch(project)
    async with trees.tree(project, base) as tree:
        made = await asyncio.to_thread(make, tree)
        commit = await trees.commit(project, tree, base=base, message="m", keep="k") or ""
    before = outside(tmp_path)
    async with trees.tree(project, commit) as tree:
        there = await asyncio.to_thread(names, tree)
        beside = outside(tmp_path, tree)
    changes = await trees.changes(project, base, commit)

    assert len(made) >= 500
    assert len(changes) == len(made)
    assert made <= there
    assert beside == before
    for change in changes:
        safe = change.readable and _is_relative(change.path)
        assert safe or violations((change,), project), change.path


def _is_relative(path: str) -> bool:
    with contextlib.suppress(ValueError):
        return relative(path) == path
    return False


def make(root: Path) -> set[str]:
    """Those that can be: a name may be a folder for another one."""
    made = set()
    for name in map(os.fsdecode, FILES):
        path = root / name
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(exist_ok=False)
            made.add(str(path.relative_to(root)))
    return made


def names(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def outside(folder: Path, *but: Path) -> set[str]:
    """What stands there, but for the inside of git's own folders and of one worktree."""
    found = (
        path for path in folder.rglob("*") if not {".git"} & {one.suffix for one in path.parents}
    )
    return {str(path) for path in found if not {*but} & {path, *path.parents}}
