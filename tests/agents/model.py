"""A model that follows a script, at the address where the real API would be: the client makes its
real tool calls. https://docs.anthropic.com/en/api/messages-streaming"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from fakes.loopback import Line, Seen, loopback

Block = dict[str, Any]
USAGE: Mapping[str, int] = {"input_tokens": 100, "output_tokens": 20}
WORKING = {"Bash", "Read", "Edit", "Write", "StructuredOutput", "bash", "write"}


@dataclass(frozen=True)
class Turn:
    """One answer of the model. `after` must stand in what the client said since the last answer."""

    blocks: Sequence[Block] = ()
    after: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str = "api_error"
    message: str = "as the script says"
    hangs: bool = False
    shaky: Sequence[int] = ()  # the statuses that come before, one for each time it is asked
    usage: Mapping[str, int] = field(default_factory=lambda: USAGE)


def call(name: str, *, after: str = "", **arguments: Any) -> Turn:
    """A call of a tool."""
    return Turn([{"type": "tool_use", "name": name, "input": arguments}], after=after)


def say(text: str) -> Turn:
    return Turn([{"type": "text", "text": text}])


@dataclass
class Model:
    """What was asked, and where the script did not fit."""

    script: Sequence[Turn]
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)
    shaken: int = 0  # how often a shaky turn did not answer

    async def answer(self, seen: Seen, line: Line) -> None:
        self.seen.append(seen)
        if seen.method != "POST" or seen.path != "/v1/messages":
            await line.send(_plain(404, {}, {"type": "error"}))
            return
        body = json.loads(seen.body)
        if not WORKING & {tool.get("name") for tool in body.get("tools", ())}:
            await line.send(_stream(body, [{"type": "text", "text": "ok"}]))
            return
        self.asked.append(body)
        await self._play(self._turn(body), body, line)

    async def _play(self, turn: Turn, body: dict[str, Any], line: Line) -> None:
        if turn.hangs:
            await line.hang()
        elif (status := self._status(turn)) != 200:
            told = {"type": turn.error, "message": turn.message}
            error = {"type": "error", "error": told}
            await line.send(_plain(status, turn.headers, error))
        else:
            await line.send(_stream(body, turn.blocks, turn.usage))

    def _status(self, turn: Turn) -> int:
        if self.shaken >= len(turn.shaky):
            return turn.status
        self.shaken += 1
        return turn.shaky[self.shaken - 1]

    def _turn(self, body: dict[str, Any]) -> Turn:
        """By the number of answers so far: what is asked again gets the same turn."""
        messages = body["messages"]
        answered = sum(one["role"] == "assistant" for one in messages)
        if answered >= len(self.script):
            self.misses.append("the script is at its end")
            return say("nothing more")
        turn: Turn = self.script[answered]
        said = json.dumps(messages[_after_last_answer(messages) :])
        if turn.after and turn.after not in said:
            self.misses.append(f"turn {answered}: no {turn.after!r} in {said[-2000:]}")
        return turn


def _after_last_answer(messages: Sequence[Mapping[str, Any]]) -> int:
    answers = [at for at, one in enumerate(messages) if one["role"] == "assistant"]
    return answers[-1] + 1 if answers else 0


@asynccontextmanager
async def scripted(*script: Turn) -> AsyncIterator[Model]:
    model = Model(script)
    async with loopback(model.answer) as server:
        model.url = server.url
        yield model


def _plain(status: int, headers: Mapping[str, str], body: Any) -> bytes:
    text = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} As-Told", "content-type: application/json", "connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"content-length: {len(text)}", "", ""]).encode() + text


def _stream(
    body: Mapping[str, Any], blocks: Sequence[Block], usage: Mapping[str, int] = USAGE
) -> bytes:
    head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    return (head + "".join(_events(str(body.get("model")), blocks, usage))).encode()


def _events(model: str, blocks: Sequence[Block], usage: Mapping[str, int]) -> Iterator[str]:
    """Ids differ: with the same one twice the client takes two answers for one."""
    tools = any(one["type"] == "tool_use" for one in blocks)
    start: Block = {"id": f"msg_{uuid4().hex}", "type": "message", "role": "assistant", "model": model,
             "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}  # fmt: skip
    yield _event("message_start", message=start)
    for index, block in enumerate(blocks):
        yield from _block(index, block)
    stop = {"stop_reason": "tool_use" if tools else "end_turn", "stop_sequence": None}
    yield _event("message_delta", delta=stop, usage=usage)
    yield _event("message_stop")


def _block(index: int, block: Block) -> Iterator[str]:
    start: dict[str, Any]
    delta: dict[str, Any]
    if block["type"] == "text":
        start = {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": block["text"]}
    else:
        start = {
            "type": "tool_use",
            "id": f"toolu_{uuid4().hex}",
            "name": block["name"],
            "input": {},
        }
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    yield _event("content_block_start", index=index, content_block=start)
    yield _event("content_block_delta", index=index, delta=delta)
    yield _event("content_block_stop", index=index)


def _event(name: str, **data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n"
