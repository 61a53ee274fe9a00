"""A Slack on loopback: a bot's channel with its threads, and an incoming webhook."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from .loopback import Line, Loopback, Seen, answer, loopback

TOKEN = "xoxb-word-for-tests"
HOOK = "/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx"


@dataclass
class Slack:
    """What it was told. `refusal` is the `error` of every answer; `silent` says nothing at all;
    `refused_once` is answered to the first request alone."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    hooked: list[dict[str, Any]] = field(default_factory=list)
    refusal: str = ""
    refused_update: str = ""
    silent: bool = False
    first_answer: bytes = b""
    server: Loopback = field(default_factory=lambda: Loopback(""))

    @property
    def api(self) -> str:
        return f"{self.server.url}/api"

    @property
    def hook(self) -> str:
        return f"{self.server.url}{HOOK}"

    async def behave(self, seen: Seen, line: Line) -> None:
        if self.silent:
            await line.hang()
            return
        raw, self.first_answer = self.first_answer, b""
        await line.send(raw or self._answer(seen))

    def _answer(self, seen: Seen) -> bytes:
        body = json.loads(seen.body)
        if seen.path == HOOK:
            self.hooked.append(body)
            return answer(body=b"ok", content_type="text/plain")
        method = seen.path.removeprefix("/api/")
        if seen.headers.get("authorization") != f"Bearer {TOKEN}":
            return answer(body={"ok": False, "error": "invalid_auth"})
        if refusal := self.refusal or (self.refused_update if method == "chat.update" else ""):
            return answer(body={"ok": False, "error": refusal})
        return answer(body={"ok": True, **self._done(method, body)})

    def _done(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        if method == "auth.test":
            return {"user": "bot"}
        if method == "chat.update":
            first = next(one for one in self.messages if one["ts"] == body["ts"])
            first["text"] = body["text"]
            return {"ts": body["ts"], "channel": body["channel"]}
        ts = f"1700000000.{len(self.messages):06}"
        self.messages.append({**body, "ts": ts})
        return {"ts": ts, "channel": "C0SHOP"}


@asynccontextmanager
async def a_slack() -> AsyncIterator[Slack]:
    slack = Slack()
    async with loopback(slack.behave) as server:
        slack.server = server
        yield slack
