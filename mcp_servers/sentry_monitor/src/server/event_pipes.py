"""MCP over the process's pipes, read and written by the event loop instead of by threads."""

import asyncio
import json
import os
import select
from collections.abc import AsyncIterator
from typing import Any, Final

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from .wire import Wire

LONGEST_LINE: Final = 64 * 2**20


async def serve_pipes(server: Server[Any], wire: Wire) -> None:
    """Until the client closes its end. Nothing but protocol goes to it."""
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    reader.feed_data(wire.rest)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(wire.read, "rb", 0)
    )
    lines, replies = Lines(wire.replay, reader), Replies(wire.write, wire.drop_id)
    async with stdio_server(stdin=lines, stdout=replies) as (read, write):  # type: ignore[arg-type]
        await server.run(read, write, server.create_initialization_options())


class Lines:
    """What the client says, after what it has said already."""

    def __init__(self, replay: list[bytes], reader: asyncio.StreamReader) -> None:
        self._replay = list(replay)
        self._reader = reader

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        line = self._replay.pop(0) if self._replay else await self._read()
        if not line:
            raise StopAsyncIteration
        return line.decode("utf-8", "replace")

    async def _read(self) -> bytes:
        try:
            return await self._reader.readline()
        except ValueError:  # a line over the limit cannot be understood, nor can what follows
            return b""


class Replies:
    """What the client is told. Blocking is right with one client: nobody else waits."""

    def __init__(self, descriptor: int, drop_id: str | None) -> None:
        self._descriptor = descriptor
        self._drop_id = drop_id
        self._buffer = bytearray()

    async def write(self, text: str) -> None:
        if self._drop_id is not None and json.loads(text).get("id") == self._drop_id:
            self._drop_id = None  # it was answered before
            return
        self._buffer += text.encode()

    async def flush(self) -> None:
        left = memoryview(bytes(self._buffer))
        self._buffer.clear()
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
            except BlockingIOError:  # one socket for both directions
                select.select([], [self._descriptor], [])
