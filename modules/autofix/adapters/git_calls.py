"""Run git on repositories of ours, and say in our words what went wrong."""

import asyncio
import contextlib
import logging
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from modules.autofix.errors import Ended, Parked
from modules.autofix.job import Outcome
from modules.autofix.ports import Clock
from modules.autofix.project import Project
from modules.outbound.clock import now
from modules.outbound.processes import Finished, run_guarded, run_plain
from modules.safetext.sinks import for_line

from .safegit import (
    ATTRIBUTES,
    BARE_CONFIG,
    EXCLUDES,
    GIT_ENV,
    fetch_args,
    foreign_branch,
    git_argv,
    transport_env,
)

log = logging.getLogger(__name__)

LOCAL_S: Final = 300.0
REMOTE_S: Final = 900.0
OUTAGE_S: Final = 300.0
STALE_LOCK_S: Final = 10.0  # git holds a ref's lock for moments
LOCK_TRIES: Final = 15
ROOT: Final = Path("/")
NOTHING: Final[Mapping[str, str]] = {}
Login = Callable[[Project], Awaitable[Mapping[str, str]]]

FULL: Final = re.compile("No space left on device|Disk quota exceeded")
UNWRITTEN: Final = re.compile(
    "unable to (?:write|create)|failed to write"
)  # a checkout's; no cause
LITTLE: Final = 16 << 20  # bytes
LOCKED: Final = re.compile(r"\.lock': File exists")
OUTAGE: Final = re.compile(
    r"Could not resolve host|Failed to connect|Couldn't connect|Connection (?:refused|reset|timed)"
    r"|timed out|returned error: (?:5\d\d|429)|early EOF|unexpected disconnect|RPC failed"
)
OF_ANOTHER: Final = re.compile("dubious ownership|Permission denied")
NO_BRANCH: Final = re.compile("couldn't find remote ref refs/heads/")


async def anonymous(_: Project) -> Mapping[str, str]:
    """The login of those who need none."""
    return NOTHING


async def git(
    gitdir: Path,
    *args: str,
    worktree: Path | None = None,
    env: Mapping[str, str] = NOTHING,
    feed: bytes = b"",
    seconds: float = LOCAL_S,
) -> Finished:
    """One call, also one that failed. Raises Ended where git is missing, hangs, or the disk is
    full."""
    argv = git_argv(*args, gitdir=str(gitdir), worktree=str(worktree) if worktree else None)
    for _ in range(LOCK_TRIES):
        done = await run_plain(argv, cwd=ROOT, env={**GIT_ENV, **env}, seconds=seconds, feed=feed)
        if done.code == 0 or LOCKED.search(done.log) is None:
            break
        if not _without_stale_locks(gitdir):
            await asyncio.sleep(1.0)
    if done.code == 0:
        return done
    log.info("git %s: exit %s: %s", args[0], done.code, for_line(done.log))
    if done.missing:
        raise Ended(Outcome.ERROR, "git_missing", "git is not installed: install it, then retry.")
    if FULL.search(done.log) or (UNWRITTEN.search(done.log) and _little_left(gitdir)):
        raise disk_full()
    if done.timed_out:
        told = f"git {args[0]} did not end within {seconds:.0f} seconds."
        raise Ended(Outcome.ERROR, "git_failed", told)
    return done


async def ask(
    gitdir: Path,
    *args: str,
    worktree: Path | None = None,
    env: Mapping[str, str] = NOTHING,
    feed: bytes = b"",
) -> bytes:
    """The answer of a call that must succeed. Raises Ended."""
    done = await git(gitdir, *args, worktree=worktree, env=env, feed=feed)
    if done.code:
        told = f"git {args[0]} failed with exit code {done.code}; the log tells more."
        raise Ended(Outcome.ERROR, "git_failed", told)
    return done.out


async def ask_at_most(gitdir: Path, *args: str, cap: int, seconds: float) -> bytes:
    """The first `cap` bytes of an answer that nobody knows the length of; whoever says eight times
    as much is ended. Raises Ended."""
    argv = git_argv(*args, gitdir=str(gitdir))
    done = await run_guarded(argv, cwd=ROOT, env=GIT_ENV, seconds=seconds, cap=cap)
    if done.missing:
        raise Ended(Outcome.ERROR, "git_missing", "git is not installed: install it, then retry.")
    if done.code and not done.cut:
        told = f"git {args[0]} failed, or did not end within {seconds:.0f} seconds."
        raise Ended(Outcome.ERROR, "git_failed", told)
    return done.out


async def fetch(
    gitdir: Path,
    repository: str,
    *refspecs: str,
    login: Mapping[str, str] = NOTHING,
    clock: Clock = now,
) -> None:
    """Bring refs of a clone on this machine, or of an https URL. Its side is only read.

    Raises Ended: repository_missing, base_branch_missing; Parked while the host is away.
    """
    try:
        env = {**login, **transport_env(repository)}
    except ValueError:
        raise missing("It must be a path on this machine or an https URL without a login") from None
    if repository.startswith("/") and not Path(repository).is_dir():  # noqa: ASYNC240 - one stat
        raise missing("There is no such folder")
    done = await git(gitdir, *fetch_args(repository, *refspecs), env=env, seconds=REMOTE_S)
    if not done.code:
        return
    if NO_BRANCH.search(done.log):
        raise no_base_branch()
    if OF_ANOTHER.search(done.log):
        raise missing("It belongs to another user than the one the worker runs as")
    parked_if_away(done, clock)
    raise missing("git cannot read it; name the top folder of a clone, or a URL with access")


def parked_if_away(done: Finished, clock: Clock) -> None:
    """Raises Parked when the other side cannot be reached at the moment."""
    if OUTAGE.search(done.log):
        told = "The host of the repository does not answer."
        raise Parked("forge_unavailable", told, until=clock() + timedelta(seconds=OUTAGE_S))


def address_of(repository: str) -> str:
    """A URL as it is, a path in full: what a clone is known by."""
    if "://" in repository:
        return repository
    return str(Path(repository).expanduser().resolve())


def base_of(name: str) -> str:
    """The base branch that an operator wrote down. Raises Ended."""
    try:
        return foreign_branch(name)
    except ValueError:
        raise no_base_branch() from None


async def make_bare(path: Path, *, base: str) -> None:
    """A bare repository of ours, whole or not at all; call it under a lock. Hooks and templates of
    this machine do not come in. Raises Ended."""
    unfinished = path.with_name(f"{path.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    branch = f"--initial-branch={base}"
    await ask(unfinished, "init", "--bare", "--quiet", "--template=", branch)
    _furnish(unfinished)
    unfinished.rename(path)


def _furnish(gitdir: Path) -> None:
    with filling_disk():
        (gitdir / "info").mkdir(exist_ok=True)
        (gitdir / "info/attributes").write_text(ATTRIBUTES)
        (gitdir / "info/exclude").write_text(EXCLUDES)
        with (gitdir / "config").open("a") as config:
            config.write(BARE_CONFIG)


def _without_stale_locks(gitdir: Path) -> bool:
    """Whether locks were removed that a killed git has left behind."""
    before = now().timestamp() - STALE_LOCK_S
    found = False
    for lock in (*gitdir.glob("*.lock"), *(gitdir / "refs").rglob("*.lock")):
        with contextlib.suppress(FileNotFoundError):
            if lock.lstat().st_mtime < before:
                lock.unlink()
                found = True
    return found


@contextlib.contextmanager
def filling_disk() -> Iterator[None]:
    """Raises Ended where what is written does not fit."""
    try:
        yield
    except OSError as problem:
        if FULL.search(problem.strerror or ""):
            raise disk_full() from None
        raise


def _little_left(gitdir: Path) -> bool:
    place = gitdir if gitdir.exists() else gitdir.parent
    return shutil.disk_usage(place).free < LITTLE


def disk_full() -> Ended:
    told = "The disk is full: make room below the work folder, then retry."
    return Ended(Outcome.ERROR, "disk_full", told)


def missing(why: str) -> Ended:
    told = f"The mapped repository cannot be read. {why}: correct it in the mapping of projects."
    return Ended(Outcome.ERROR, "repository_missing", told)


def no_base_branch() -> Ended:
    told = "The repository has no such base branch: correct base_branch, or commit to it first."
    return Ended(Outcome.ERROR, "base_branch_missing", told)
