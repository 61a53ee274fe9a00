"""Where worktrees stand: made fresh, known to be in use, removed whatever was done in them."""

import asyncio
import contextlib
import logging
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from modules.outbound.processes import run_plain

from .file_lock import free, held
from .git_calls import LOCAL_S, ROOT, ask, filling_disk
from .safegit import GIT_ENV, sha

log = logging.getLogger(__name__)

INDEX: Final = "sentry-monitor.index"  # ours: an agent may spoil the one that its git uses
ALIVE: Final = "sentry-monitor.alive"
UNFINISHED: Final = "new-"  # before the name of git's own folder of a worktree, until it is whole


Leave = Callable[[Path, Path], Awaitable[None]]


async def at_once(place: Path, private: Path) -> None:
    await asyncio.shield(removed(place, private))


class Meanwhile:
    """Worktrees are removed while something else goes on: 5,000 files take a tenth of a second."""

    def __init__(self) -> None:
        self._removals: set[asyncio.Task[None]] = set()

    async def __call__(self, place: Path, private: Path) -> None:
        self._removals.add(asyncio.create_task(removed(place, private)))

    async def done(self) -> None:
        if self._removals:
            await asyncio.wait(self._removals)


@asynccontextmanager
async def placed(mirror: Path, trees: Path, commit: str, leave: Leave) -> AsyncIterator[Path]:
    """A fresh worktree of the commit below `trees`; at the end it is left to be removed."""
    place = trees / secrets.token_hex(8)
    private = private_of(mirror, place)
    try:
        with filling_disk():
            _register(mirror, place, sha(commit))
        with held(private / ALIVE):
            await ask(private, "read-tree", "--reset", "-u", commit, worktree=place)
            with filling_disk():
                # With its time: git tells from it which files it must look into.
                shutil.copy2(private / "index", private / INDEX)
            yield place
    finally:
        await leave(place, private)


def _take_out(private: Path, place: Path) -> None:
    with contextlib.suppress(OSError):  # it is left to the next sweep
        private.rename(place)


def private_of(mirror: Path, place: Path) -> Path:
    """git's own folder for a worktree."""
    return mirror / "worktrees" / place.name


def _register(mirror: Path, place: Path, commit: str) -> None:
    """What `git worktree add` does, but at one stroke: a fetch of another process stumbles over
    the half-made worktrees of that command. See gitrepository-layout.

    `locked`, or a prune would take it for gone when somebody deletes its .git file.
    """
    private = private_of(mirror, place)
    private.parent.mkdir(exist_ok=True)
    place.mkdir()
    (place / ".git").write_text(f"gitdir: {private}\n")
    unfinished = mirror / f"{UNFINISHED}{place.name}"
    unfinished.mkdir()
    told = {"HEAD": commit, "commondir": "../..", "gitdir": f"{place}/.git", "locked": "in use"}
    for name, text in told.items():
        (unfinished / name).write_text(f"{text}\n")
    unfinished.rename(private)


async def removed(place: Path, *privates: Path) -> None:
    """git's own folder goes at one stroke, as it came: git stumbles over half of one."""
    await _remove(place)
    for private in privates:
        _take_out(private, place)
        await _remove(place)


async def _remove(folder: Path) -> None:
    """rm goes as deep as an agent can dig; the permissions that it took away are given back.
    What stays even so is logged, and left to the next sweep."""
    if await _run("rm", "-rf", "--", str(folder)):
        return
    await _run("chmod", "-R", "u+rwX", "--", str(folder))
    if not await _run("rm", "-rf", "--", str(folder)):
        log.warning("worktree %s could not be removed", folder.name)


async def _run(*argv: str) -> bool:
    done = await run_plain(argv, cwd=ROOT, env=GIT_ENV, seconds=LOCAL_S)
    return done.code == 0


def left_behind(mirrors: Path, trees: Path, before: float) -> list[tuple[Path, ...]]:
    """The folders of each worktree that is older and that no living worker has."""
    unfinished = mirrors.glob(f"*.git/{UNFINISHED}*")
    privates = {path.name.removeprefix(UNFINISHED): path for path in unfinished}
    privates |= {path.name: path for path in mirrors.glob("*.git/worktrees/*")}
    names = sorted({*privates, *(path.name for path in trees.glob("*"))})
    found = [(trees / name, *([privates[name]] if name in privates else [])) for name in names]
    return [
        (place, *private)
        for place, *private in found
        if all(free(path / ALIVE) for path in private) and not _young((place, *private), before)
    ]


def _young(folders: tuple[Path, ...], before: float) -> bool:
    for folder in folders:
        with contextlib.suppress(FileNotFoundError):
            if folder.lstat().st_mtime >= before:
                return True
    return False
