"""The processes of the demonstration: each starts with a bare environment and ends with its block."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

HERE: Final = Path(__file__).parent
READY_S, RUN_S, GRACE_S = 30, 60, 5


class DidNotStart(Exception):
    """A process of the demonstration did not do its part."""


@dataclass(frozen=True)
class LocalSentry:
    """A running server, and what a client needs to reach it."""

    pid: int
    url: str
    token: str
    org: str
    project: str
    dsn: str

    @property
    def settings(self) -> dict[str, str]:
        """What to export to work with it."""
        return {
            "SENTRY_URL": self.url,
            "SENTRY_AUTH_TOKEN": self.token,
            "SENTRY_ORG_SLUG": self.org,
            "SENTRY_PROJECT": self.project,
        }


def bare(**more: str) -> dict[str, str]:
    """An environment without the caller's SENTRY_ variables: nothing real can be reached by it."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | more


@asynccontextmanager
async def local_sentry(*options: str, port: int = 0) -> AsyncIterator[LocalSentry]:
    """`sentry-monitor local-sentry`, from its first answer to the end of the block.

    Raises DidNotStart.
    """
    command = ("-m", "mcp_servers.sentry_monitor", "local-sentry", "--port", str(port), *options)
    with tempfile.TemporaryFile() as said:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            cwd=HERE.parent,
            env=bare(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=said,
        )
        try:
            yield await _ready(process, said)
        finally:
            await _end(process)


async def run_shop(sentry: LocalSentry, release: str, *acts: str) -> int:
    """Run the sample application once; its exit code."""
    return await _run("shop", *acts, env=_sdk(sentry, release))


async def run_intruder(sentry: LocalSentry, release: str) -> int:
    """Send the forged event; the exit code."""
    return await _run("intruder", env=_sdk(sentry, release))


def _sdk(sentry: LocalSentry, release: str) -> dict[str, str]:
    told = {"SENTRY_DSN": sentry.dsn, "SENTRY_RELEASE": release}
    return bare(**told, SENTRY_ENVIRONMENT="production")


async def _ready(process: asyncio.subprocess.Process, said: IO[bytes]) -> LocalSentry:
    """It announces itself by one line of JSON, when its socket is open."""
    line = b""
    with suppress(TimeoutError):
        async with asyncio.timeout(READY_S):
            line = await process.stdout.readline() if process.stdout else b""
    if not line:
        said.seek(0)
        raise DidNotStart(f"local-sentry did not start: {said.read()[-800:].decode()}")
    ready = json.loads(line)
    project, about = next(iter(ready["projects"].items()))
    return LocalSentry(
        process.pid, ready["url"], ready["token"], ready["org"], project, about["dsn"]
    )


@asynccontextmanager
async def ended_with(process: asyncio.subprocess.Process) -> AsyncIterator[None]:
    """The process ends with the block."""
    try:
        yield
    finally:
        await _end(process)


async def _run(module: str, *arguments: str, env: Mapping[str, str]) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        cwd=HERE,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(RUN_S):
            return await process.wait()
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask, wait, insist. One that has ended already is left alone."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(GRACE_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
