"""The program that opens a door inside the sandbox, started as the sandbox starts it."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from modules.autofix.adapters.sandbox.bubblewrap import STARTER
from modules.outbound.processes import Finished, run_guarded

ASKS = """
import os, socket, sys, urllib.parse
there = urllib.parse.urlsplit(os.environ["DOOR"])
open_at_once = [socket.create_connection((there.hostname, there.port)) for _ in range(3)]
for number, one in enumerate(open_at_once):
    one.sendall(b"%d" % number)
    one.shutdown(socket.SHUT_WR)
print(sys.argv[1] == os.environ["DOOR"], [one.recv(99) for one in open_at_once])
"""
NOBODY = """
import contextlib, os, socket, urllib.parse
there = urllib.parse.urlsplit(os.environ["DOOR"])
with contextlib.suppress(ConnectionError):
    print(socket.create_connection((there.hostname, there.port)).recv(99))
print("ended")
"""


async def started(door: Path, *argv: str, **env: str) -> Finished:
    starter = (sys.executable, "-I", "-S", str(STARTER), str(door), "0", "--")
    own = {"PATH": "/usr/bin:/bin", **env}
    return await run_guarded((*starter, *argv), cwd=door.parent, env=own, seconds=20)


@asynccontextmanager
async def echoing(path: Path) -> AsyncIterator[Path]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"you said " + await reader.read())
        writer.close()

    async with await asyncio.start_unix_server(serve, path):
        yield path


async def test_a_door_that_leads_to_the_socket(tmp_path: Path) -> None:
    """Several connections at once, each to its end; the address stands in for its hole."""
    async with echoing(tmp_path / "s") as door:
        done = await started(door, sys.executable, "-c", ASKS, "{gateway}", DOOR="{gateway}")

    assert done.text == "True [b'you said 0', b'you said 1', b'you said 2']\n"


@pytest.mark.parametrize(
    ("command", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137), ("kill $$", 143)]
)
async def test_it_ends_as_the_program_does(tmp_path: Path, command: str, code: int) -> None:
    assert (await started(tmp_path / "s", "/bin/sh", "-c", command)).code == code


async def test_a_program_that_is_not_there_or_cannot_be_run(tmp_path: Path) -> None:
    assert (await started(tmp_path / "s", "/nowhere/claude")).missing
    assert (await started(tmp_path / "s", str(tmp_path))).missing


async def test_where_nobody_is_behind_the_door_a_connection_ends(tmp_path: Path) -> None:
    done = await started(tmp_path / "s", sys.executable, "-c", NOBODY, DOOR="{gateway}")

    assert done.text.endswith("ended\n")
    assert "you said" not in done.text
