"""A transport that answers as told, and one request over it."""

import asyncio
from collections.abc import Callable

import httpx

from fakes.time_travel import clock, run
from modules.outbound.http_client import HttpClient
from modules.outbound.messages import Reply, Request, Rules
from modules.sentry.client import read_wait_hint

BASE = "https://sentry.example.com"
TOKEN = "-".join(("a", "planted", "token"))
GET = Request("GET", "/api/0/x/")
PUT = Request("PUT", "/api/0/x/", body={"status": "resolved"})
RULES = Rules(timeout_s=10, attempts=3, wait_hint=read_wait_hint)
Step = httpx.Response | Exception | str


class Script:
    """Answers one step after the other, the last one for ever; `"silence"` never answers."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []
        self.at: list[float] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.at.append(clock())
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, str):
            await asyncio.Event().wait()
        if isinstance(step, Exception):
            raise step
        assert isinstance(step, httpx.Response)
        stream = httpx.ByteStream(step.content)  # bytes as `content` would count as read already
        return httpx.Response(step.status_code, headers=step.headers, stream=stream)

    @property
    def hosts(self) -> set[str]:
        return {str(one.url.host) for one in self.requests}


def ok(body: bytes = b"{}") -> httpx.Response:
    return httpx.Response(200, content=body)


def redirect(to: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"location": to})


def send(script: Callable[..., object], request: Request = GET, rules: Rules = RULES) -> Reply:
    async def call() -> Reply:
        client = HttpClient(
            BASE,
            headers={"authorization": f"Bearer {TOKEN}"},
            rules=rules,
            transport=httpx.MockTransport(script),  # type: ignore[arg-type]
        )
        try:
            return await client.send(request)
        finally:
            await client.aclose()

    return run(call())
