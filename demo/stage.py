"""One MCP client on stage: what it asks is shown, what comes back is shown, measured and checked."""

import time
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

import mcp.types as t
from mcp import Client

from .transcript import Row, Transcript, spelled

Result = TypeVar("Result")


class Stage:
    """Steps in order. `failed` names every expectation that did not hold."""

    def __init__(self, client: Client, transcript: Transcript) -> None:
        self.client = client
        self.transcript = transcript
        self.rows: list[Row] = []
        self.called: set[str] = set()
        self.failed: list[str] = []
        self._title = ""

    def step(self, title: str, why: str) -> None:
        """Announce the next call."""
        self._title = title
        self.transcript.step(len(self.rows) + 1, title, why)

    def expect(self, what: str, *, held: bool) -> None:
        self.transcript.checked(what, held=held)
        if not held:
            self.failed.append(f"{self._title}: {what}")

    async def tools(self) -> list[t.Tool]:
        self.transcript.call("tools/list")
        listed, ms = await _timed(self.client.list_tools())
        characters = sum(
            len(one.model_dump_json(by_alias=True, exclude_none=True)) for one in listed.tools
        )
        lines = [f"{one.name:<28}{one.description}" for one in listed.tools]
        self._answered("tools/list", "\n".join(lines), ms, most=99, characters=characters)
        return listed.tools

    async def call(
        self, name: str, arguments: Mapping[str, Any], *, most: int = 14, fails: bool = False
    ) -> str:
        """The text that a model would read. `fails`: an error is what should come."""
        self.transcript.call(spelled(name, arguments))
        result, ms = await _timed(self.client.call_tool(name, dict(arguments)))
        text = "\n".join(one.text for one in result.content if isinstance(one, t.TextContent))
        self.called.add(name)
        self._answered(name, text, ms, most=most, failed=result.is_error)
        if result.is_error is not fails:
            self.expect(f"{name} {'fails' if fails else 'succeeds'}", held=False)
        return text

    async def resource(self, uri: str, *, most: int = 14) -> str:
        self.transcript.call(f"resources/read {uri}")
        result, ms = await _timed(self.client.read_resource(uri))
        parts = (one for one in result.contents if isinstance(one, t.TextResourceContents))
        text = "\n".join(one.text for one in parts)
        self._answered("resources/read", text, ms, most=most)
        return text

    async def prompt(self, name: str, arguments: dict[str, str], *, most: int = 14) -> str:
        self.transcript.call(f"prompts/get {spelled(name, arguments)}")
        result, ms = await _timed(self.client.get_prompt(name, arguments))
        parts = (one.content for one in result.messages)
        text = "\n".join(one.text for one in parts if isinstance(one, t.TextContent))
        self._answered("prompts/get", text, ms, most=most)
        return text

    def _answered(
        self,
        call: str,
        text: str,
        ms: float,
        *,
        most: int,
        failed: bool = False,
        characters: int | None = None,
    ) -> None:
        size = len(text) if characters is None else characters
        self.transcript.answer(text, most=most, failed=failed)
        self.transcript.size(size, ms)
        self.rows.append(Row(len(self.rows) + 1, call, self._title, size, ms))


async def _timed(call: Awaitable[Result]) -> tuple[Result, float]:
    started = time.perf_counter()
    result = await call
    return result, (time.perf_counter() - started) * 1000
