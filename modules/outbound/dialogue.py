"""A child process that is spoken with, a line at a time, under the guard of all the others."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from .processes import DISK_S, GUARD, MB, UNBOUND, Bounds, Overfull, end

LINE: Final = 4 * MB  # bytes of one line
SAID: Final = 64 * MB  # bytes of all lines
ERR: Final = MB  # bytes that are kept of stderr; eight times as many end the program
CHUNK: Final = 64 << 10
GRACE_S: Final = 1.0  # for a program whose input has come to its end


class TooMuchSaid(Exception):
    """A line, or all of them, are longer than they may be."""


class Dialogue:
    """The program while it runs, and how it ended afterwards."""

    def __init__(self, process: asyncio.subprocess.Process, writer: asyncio.StreamWriter) -> None:
        self._process, self._writer, self._said = process, writer, 0
        self.err = b""  # the end of what it says on stderr
        self.overfull = False  # it wrote too much, and was killed for it

    @property
    def code(self) -> int | None:
        """128 + n where signal n ended it; None while it runs."""
        return self._process.returncode

    async def say(self, line: bytes) -> None:
        """Waits while the program does not read. Raises OSError where it never will again."""
        self._writer.write(line + b"\n")
        await self._writer.drain()

    async def hear(self) -> bytes:
        """The next line, empty where no more comes. Raises TooMuchSaid."""
        assert self._process.stdout is not None  # noqa: S101 - a pipe, as dialogue() asks for one
        try:
            line = await self._process.stdout.readuntil()
        except asyncio.IncompleteReadError as ended:
            line = ended.partial
        except asyncio.LimitOverrunError:
            raise TooMuchSaid from None
        self._said += len(line)
        if self._said > SAID:
            raise TooMuchSaid
        return line


@contextlib.asynccontextmanager
async def dialogue(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    bounds: Bounds = UNBOUND,
    overfull: Overfull | None = None,
) -> AsyncIterator[Dialogue]:
    """Run a program that may start others while the context is open; all of them end with it, and
    with this process, as those of run_guarded do. A deadline is the caller's. `overfull` is asked
    four times a second, in a thread; once it says True, the program is killed."""
    ours, theirs = socket.socketpair()
    _, writer = await asyncio.open_unix_connection(sock=ours)
    with contextlib.closing(writer):
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *GUARD,
                *argv,
                cwd=cwd,
                env={**env, **bounds.env(), "GUARD_FEED": str(theirs.fileno())},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=(theirs.fileno(), *bounds.passed),
                start_new_session=True,
                limit=LINE,
            )
        spoken = Dialogue(process, writer)
        errors = asyncio.create_task(_follow(process, spoken))
        disk = asyncio.create_task(_watch(process, spoken, overfull))
        try:
            yield spoken
        finally:
            disk.cancel()
            writer.close()
            await asyncio.shield(_ended(process, errors))


async def _follow(process: asyncio.subprocess.Process, spoken: Dialogue) -> None:
    """Keep the end of what it says on stderr; endless output ends it."""
    said = 0
    while process.stderr and (chunk := await process.stderr.read(CHUNK)):
        spoken.err = (spoken.err + chunk)[-ERR:]
        said += len(chunk)
        if said > 8 * ERR:
            await end(process)


async def _watch(
    process: asyncio.subprocess.Process, spoken: Dialogue, overfull: Overfull | None
) -> None:
    """How much it writes."""
    while overfull is not None:
        await asyncio.sleep(DISK_S)
        if await asyncio.to_thread(overfull):
            spoken.overfull = True
            await end(process, at_once=True)
            return


async def _ended(process: asyncio.subprocess.Process, errors: asyncio.Task[None]) -> None:
    """With nobody left to write, the pipes come to their ends."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GRACE_S):
            await process.wait()
    await end(process)
    if process.stdin is not None:
        process.stdin.close()
    if process.stdout is not None:
        while await process.stdout.read(CHUNK):
            pass
    await errors
