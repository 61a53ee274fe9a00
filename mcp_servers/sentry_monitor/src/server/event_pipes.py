"""MCP over the process's pipes, read and written by the event loop instead of by threads."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from .wire import Wire, write_all

LONGEST_LINE: Final = 64 * 2**20
GRACE_S: Final = 2.0  # clients wait about as long before they end a server themselves
ANSWER: Final = '{"jsonrpc":"2.0","id":'


async def serve_pipes(server: Server[Any], wire: Wire) -> None:
    """Until the client closes its end, and what it had asked is answered. Nothing but protocol
    goes to it."""
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    reader.feed_data(wire.rest)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(wire.read, "rb", 0)
    )
    replies = Replies(wire.write, wire.drop_id)
    lines = Lines(wire.replay, reader, replies)
    async with stdio_server(stdin=lines, stdout=replies) as (read, write):  # type: ignore[arg-type]
        await server.run(read, write, server.create_initialization_options())


class Lines:
    """What the client says, after what it has said already."""

    def __init__(
        self, replay: list[bytes], reader: asyncio.StreamReader, replies: "Replies"
    ) -> None:
        self._replay = list(replay)
        self._reader = reader
        self._replies = replies

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        line = self._replay.pop(0) if self._replay else await self._read()
        if not line:
            # The end of what is said cancels what is under way, so `… | sentry-monitor mcp`
            # would never see an answer.
            await self._replies.all_given(GRACE_S)
            raise StopAsyncIteration
        self._replies.expected += b'"id"' in line and b'"method"' in line
        return line.decode("utf-8", "replace")

    async def _read(self) -> bytes:
        try:
            return await self._reader.readline()
        except ValueError:  # a line over the limit cannot be understood, nor can what follows
            return b""


class Replies:
    """What the client is told."""

    def __init__(self, descriptor: int, drop_id: str | None) -> None:
        self._descriptor = descriptor
        self._drop_id = drop_id
        self._buffer = bytearray()
        self._given = asyncio.Event()
        self.expected = 0

    async def all_given(self, seconds: float) -> None:
        """Wait until as many answers were given as are expected, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.expected > 0:
                    self._given.clear()
                    await self._given.wait()

    async def write(self, text: str) -> None:
        if text.startswith(ANSWER):
            self.expected -= 1
            self._given.set()
        if self._drop_id is not None and json.loads(text).get("id") == self._drop_id:
            self._drop_id = None  # it was answered before
            return
        self._buffer += text.encode()

    async def flush(self) -> None:
        said = bytes(self._buffer)
        self._buffer.clear()
        with suppress(BrokenPipeError):  # who reads no more will close the other end, too
            write_all(self._descriptor, said)
