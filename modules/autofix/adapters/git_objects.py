"""Commits and files in a repository of ours, made and read without a checkout."""

import asyncio
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from modules.autofix.errors import Ended
from modules.autofix.job import Outcome

from .git_calls import ask, git
from .safegit import REGULAR, Entry, author_env, kept, parse_tree, sha

BIGGEST_TEXT: Final = 4 << 20
NESTED: Final = "does not have a commit checked out"


async def commit_of(gitdir: Path, *names: str) -> str | None:
    """The first of the names that is a commit. Names go in by stdin: they may be strangers'."""
    feed = "".join(f"{name}\n" for name in names).encode()
    answer = await ask(gitdir, "cat-file", "--batch-check=%(objectname) %(objecttype)", feed=feed)
    lines = (line.split(" ") for line in answer.decode("utf-8", "replace").splitlines())
    return next((line[0] for line in lines if line[1:] == ["commit"]), None)


async def file_names(gitdir: Path, commit: str) -> frozenset[str]:
    """The regular files of a commit whose names are UTF-8."""
    answer = await ask(gitdir, "ls-tree", "-r", "-l", "-z", sha(commit))
    # In a thread: thousands of names would keep everybody else waiting.
    return await asyncio.to_thread(_regular, answer)


def _regular(answer: bytes) -> frozenset[str]:
    names = (_text(one.path) for one in parse_tree(answer) if one.mode in REGULAR)
    return frozenset(name for name in names if name is not None)


async def file_text(gitdir: Path, commit: str, path: str) -> str | None:
    """None for a link, for what is binary or of another encoding, and for more than 4 MB."""
    entry = (await _entries(gitdir, commit, (path,))).get(path)
    if entry is None or entry.mode not in REGULAR or entry.size > BIGGEST_TEXT:
        return None
    data = await ask(gitdir, "cat-file", "blob", entry.name)
    return None if b"\0" in data else _text(data)


async def recorded(gitdir: Path, tree: Path, index: Path, base: str) -> str | None:
    """All of a worktree as a git tree; None where it is the base's. Raises Ended: submodule,
    odd_file.

    Only `index` tells what was there before: the agent may have replaced what is in the worktree.
    """
    if tree.is_symlink() or not tree.is_dir():  # noqa: ASYNC240 - two stats
        raise _odd_file()
    env = {"GIT_INDEX_FILE": str(index)}
    done = await git(gitdir, "add", "--all", worktree=tree, env=env)
    if done.code and NESTED in done.log:
        told = "The change adds a repository inside the repository."
        raise Ended(Outcome.BLOCKED_PATH, "submodule", told)
    if done.code:
        raise _odd_file()
    written = _line(await ask(gitdir, "write-tree", env=env))
    return None if written == (await _tree_and_time(gitdir, base))[0] else written


async def overlaid(gitdir: Path, base: str, source: str, paths: tuple[str, ...]) -> str:
    """The git tree of `base` with `paths` as in `source`, or without them where it has none."""
    theirs = await _entries(gitdir, source, paths)
    gone = [f"0 {'0' * len(base)}\t{path}\0" for path in paths if path not in theirs]
    there = [f"{one.mode} {one.name}\t{path}\0" for path, one in theirs.items()]
    with tempfile.TemporaryDirectory(dir=gitdir, prefix="index-") as folder:
        env = {"GIT_INDEX_FILE": f"{folder}/index"}
        await ask(gitdir, "read-tree", sha(base), env=env)
        how = ("update-index", "--replace", "-z", "--index-info")
        await ask(gitdir, *how, env=env, feed="".join((*gone, *there)).encode())
        return _line(await ask(gitdir, "write-tree", env=env))


async def commit_tree(gitdir: Path, tree: str, *, base: str, message: str, keep: str) -> str:
    """A commit on the base, kept by a ref. The same content gives the same commit."""
    _, when = await _tree_and_time(gitdir, base)
    how = ("commit-tree", "-p", sha(base), "-F", "-", tree)
    made = _line(await ask(gitdir, *how, env=author_env(when), feed=message.encode()))
    await ask(gitdir, "update-ref", kept(keep), made)
    return made


async def _entries(gitdir: Path, commit: str, paths: Iterable[str]) -> dict[str, Entry]:
    """Those of the paths that are there. A path may be anything a stranger wrote."""
    asked = sorted({path for path in paths if _sound(path)})
    if not asked:
        return {}
    answer = await ask(gitdir, "ls-tree", "-r", "-l", "-z", sha(commit), "--", *asked)
    found = {entry.path: entry for entry in parse_tree(answer)}
    return {path: found[name] for path in asked if (name := path.encode()) in found}


async def _tree_and_time(gitdir: Path, commit: str) -> tuple[str, str]:
    how = ("log", "-1", "--no-show-signature", "--format=%T %ct", "--end-of-options", sha(commit))
    tree, when = _line(await ask(gitdir, *how)).split(" ")
    return tree, when


def _sound(path: str) -> bool:
    """Whether a commit could hold it, and git can be asked."""
    try:
        odd = b"\0" in path.encode()
    except UnicodeEncodeError:
        return False
    return not odd and not {"", ".", ".."} & set(path.split("/"))


def _text(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _line(answer: bytes) -> str:
    return answer.decode("ascii").strip()


def _odd_file() -> Ended:
    told = "The agent left something that is no file, or that cannot be read."
    return Ended(Outcome.BLOCKED_PATH, "odd_file", told)
