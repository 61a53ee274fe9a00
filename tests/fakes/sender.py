"""A Sender with answers by path; what it was asked is remembered."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from modules.outbound.messages import Reply, Request

Answer = Callable[[Request], Reply]


def reply(data: Any = None, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {"content-type": "application/json", **named}, json.dumps(data).encode())


def missing() -> Reply:
    return reply({"detail": "The requested resource does not exist"}, 404)


def following(cursor: str) -> str:
    return f'<https://x/?cursor={cursor}>; rel="next"; results="true"; cursor="{cursor}"'


class FakeSender:
    """Answers what `answers` has for a path; anything else is a 404."""

    def __init__(self, answers: Mapping[str, Reply | Answer | Exception] | None = None) -> None:
        self.answers = dict(answers or {})
        self.requests: list[Request] = []
        self.closed = False

    async def send(self, request: Request) -> Reply:
        self.requests.append(request)
        await asyncio.sleep(0)  # as a real one would, let others go on
        found = self.answers.get(request.path, missing())
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, Reply) else found(request)

    async def aclose(self) -> None:
        self.closed = True

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.requests]
