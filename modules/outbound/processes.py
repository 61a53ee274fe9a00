"""Every child process: argv and no shell, an environment built from nothing, a process group of
its own that ends with us, a deadline, a cap on what it may say."""

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, Literal

from .guard import NOT_RUNNABLE, NOT_THERE

GUARD: Final = (sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py")), "--")
PLAIN_PATH: Final = "/usr/local/bin:/usr/bin:/bin"
END_S: Final = 5.0  # after a polite end the guard kills; after this we kill the guard
LOOK_S: Final = 1.0  # how often it is looked whether it says too much
LISTEN_S: Final = 0.1  # whether it has said all
DISK_S: Final = 0.25  # whether it writes too much: a disk takes a gigabyte in a second
BEHIND: Final = 10  # nice: whoever asks us something waits for no checkout of thousands of files
MB: Final = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What a child process said and how it ended."""

    code: int  # 128 + n where signal n ended it
    out: bytes
    err: bytes
    seconds: float
    timed_out: bool = False
    overfull: bool = False  # it wrote too much to the disk
    cut: bool = False  # it said more than the cap; the beginning of `out`, the end of `err` is kept

    @property
    def missing(self) -> bool:
        """The program is not there or cannot be run."""
        return self.code in (NOT_THERE, NOT_RUNNABLE) and not self.out and not self.err

    @property
    def text(self) -> str:
        return self.out.decode("utf-8", "replace")

    @property
    def log(self) -> str:
        return self.err.decode("utf-8", "replace")


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a program and all it starts may take. `limits` are RLIMIT_ names and numbers; `cgroups`
    are folders of control groups; `passed` are descriptors that it gets."""

    limits: Mapping[str, int] = field(default_factory=dict)
    cgroups: Sequence[Path] = ()
    passed: Sequence[int] = ()

    def env(self) -> dict[str, str]:
        """How the guard is told."""
        told = {
            "GUARD_LIMITS": " ".join(f"{name}={most}" for name, most in self.limits.items()),
            "GUARD_CGROUPS": ":".join(map(str, self.cgroups)),
            "GUARD_PASS": " ".join(map(str, self.passed)),
        }
        return {name: value for name, value in told.items() if value}


UNBOUND: Final = Bounds()
Listener = Callable[[bytes], float | None]
Overfull = Callable[[], bool]
Cause = Literal["", "time", "disk"]


async def run_guarded(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    seconds: float,
    feed: bytes = b"",
    cap: int = 8 * MB,
    err_cap: int = MB,
    bounds: Bounds = UNBOUND,
    over: Listener | None = None,
    overfull: Overfull | None = None,
) -> Finished:
    """Run a program that may start others, to its end or its deadline; all of them end with it,
    with this process (even by kill -9), and when this call is cancelled.

    `feed` is its stdin. What it says goes to unlinked files, so it never blocks. `over` is given
    what came on stdout since the last look, to the last word; once it says a number, the program
    has said all, and has so many seconds to end.
    `overfull` is asked four times a second, in a thread; once it says True, the program is killed.
    """
    with tempfile.TemporaryFile() as given, _spool() as out, _spool() as err:
        given.write(feed)
        given.seek(0)
        own = {**env, **bounds.env(), "GUARD_FEED": str(given.fileno())}
        started = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *GUARD,
            *argv,
            cwd=cwd,
            env=own,
            stdin=asyncio.subprocess.PIPE,
            stdout=out,
            stderr=err,
            pass_fds=(given.fileno(), *bounds.passed),
            start_new_session=True,
        )
        listener = _Heard(out, over) if over else None
        look = _Look(spools=((out, cap * 8), (err, cap * 8)), heard=listener, overfull=overfull)
        cause = await _end_of(process, seconds, look)
        while listener and listener.look():
            pass
        return Finished(
            code=process.returncode if process.returncode is not None else -1,
            out=_head(out, cap),
            err=_tail(err, err_cap),
            seconds=time.monotonic() - started,
            timed_out=cause == "time",
            overfull=cause == "disk",
            cut=_size(out) > cap or _size(err) > err_cap,
        )


async def companion(argv: Sequence[str], *, env: Mapping[str, str]) -> Process:
    """A program of ours that is asked and answers by lines, and ends with its standard input. Its
    log is ours."""
    return await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, env=dict(env))


async def run_plain(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    seconds: float,
    feed: bytes = b"",
) -> Finished:
    """Run a program of ours that starts nothing lasting (git), without the guard's 20 ms."""
    started = time.monotonic()
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env=dict(env),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError:
        return Finished(code=NOT_THERE, out=b"", err=b"", seconds=0.0)
    with contextlib.suppress(ProcessLookupError):  # it has ended already
        os.setpriority(os.PRIO_PROCESS, process.pid, BEHIND)
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate(feed)
    except BaseException as problem:
        if process.returncode is None:
            process.kill()
            await asyncio.shield(process.wait())
        if not isinstance(problem, TimeoutError):
            raise
        return Finished(
            code=-1, out=b"", err=b"", seconds=time.monotonic() - started, timed_out=True
        )
    code = process.returncode or 0
    took = time.monotonic() - started
    return Finished(code=128 - code if code < 0 else code, out=out, err=err, seconds=took)


def _spool() -> IO[bytes]:
    return tempfile.TemporaryFile()


class _Heard:
    """What came on stdout, handed on as it comes."""

    def __init__(self, spool: IO[bytes], over: Listener) -> None:
        self._spool, self._over, self._at = spool, over, 0
        self._ends_at: float | None = None

    def look(self) -> bool:
        """Whether there was something. The spool is the child's own file position; it is read past
        it, not moved."""
        said = os.pread(self._spool.fileno(), MB, self._at)
        self._at += len(said)
        left_s = self._over(said) if said else None
        if left_s is not None and self._ends_at is None:
            self._ends_at = time.monotonic() + left_s
        return bool(said)

    @property
    def lingers(self) -> bool:
        return self._ends_at is not None and time.monotonic() >= self._ends_at


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What is looked at while a program runs."""

    spools: tuple[tuple[IO[bytes], int], ...]
    heard: _Heard | None
    overfull: Overfull | None

    @property
    def every_s(self) -> float:
        if self.heard is not None:
            return LISTEN_S
        return DISK_S if self.overfull is not None else LOOK_S

    async def cause(self) -> Cause:
        """Why it must end now. Endless output counts as endless time."""
        if any(_size(spool) > cap for spool, cap in self.spools):
            return "time"
        if self.overfull is not None and await asyncio.to_thread(self.overfull):
            return "disk"
        return ""


async def _end_of(process: asyncio.subprocess.Process, seconds: float, look: _Look) -> Cause:
    """Wait for the end; what had to bring it, if anything had to."""
    ends_at = time.monotonic() + seconds
    waiting = asyncio.ensure_future(process.wait())
    try:
        while not waiting.done():
            if look.heard is not None:
                look.heard.look()
                if look.heard.lingers:
                    await end(process)
                    return ""
            left_s = ends_at - time.monotonic()
            cause = "time" if left_s <= 0 else await look.cause()
            if cause:
                await end(process, at_once=cause == "disk")
                return cause
            await asyncio.wait({waiting}, timeout=min(left_s, look.every_s))
    except BaseException:
        await asyncio.shield(end(process))
        raise
    finally:
        waiting.cancel()
        if process.stdin is not None:
            process.stdin.close()
    return ""


async def end(process: asyncio.subprocess.Process, *, at_once: bool = False) -> None:
    """The guard ends the group, politely at first; at the end of its input it kills it."""
    if process.returncode is not None:
        return
    if at_once and process.stdin is not None:
        process.stdin.close()
    else:
        process.terminate()
    try:
        async with asyncio.timeout(END_S):
            await process.wait()
    except TimeoutError:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


def _size(spool: IO[bytes]) -> int:
    return os.fstat(spool.fileno()).st_size


def _head(spool: IO[bytes], cap: int) -> bytes:
    spool.seek(0)
    return spool.read(cap)


def _tail(spool: IO[bytes], cap: int) -> bytes:
    spool.seek(max(0, _size(spool) - cap))
    return spool.read(cap)
