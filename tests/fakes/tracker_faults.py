"""Issues filed and told about while the tracker fails: one issue and one comment each.

A worker begins anew after every failure, as a delivery that was parked does. Faults are drawn for
each request, before or after it was applied.
"""

import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import httpx

from modules.github.client import GitHubClient, Wire, read_wait_hint
from modules.github.logins import TokenLogin
from modules.github.protocol import HEADERS, server_of
from modules.outbound.http_client import HttpClient
from modules.outbound.messages import Rules, Sender
from modules.tracker.adapters import jira_api, linear_api
from modules.tracker.adapters.github_issues import GitHubIssues
from modules.tracker.adapters.jira import JiraIssues
from modules.tracker.adapters.linear import LinearIssues
from modules.tracker.errors import TrackerAway
from modules.tracker.ports import Tracker

from .github import TOKEN, Answering
from .github_issues import FakeGitHubIssues
from .jira import API_TOKEN, EMAIL, FakeJira
from .linear import KEY, FakeLinear
from .tracker_contract import NOTE, ticket

T = TypeVar("T")
TRIES = 500  # a fresh worker needs eight answers in a row to file one on GitHub
PLAIN = Rules(timeout_s=5, attempts=1)
SHARE = 0.35  # of requests that fail
LIMITED = {"message": "You have exceeded a secondary rate limit"}
Failure = Callable[[httpx.Request], httpx.Response]


def _lost(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("lost", request=request)


def _reset(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("reset", request=request)


def _no_connection(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


FAULTS: dict[str, tuple[bool, Failure]] = {  # whether it was applied, and what comes back
    "the answer is lost": (True, _lost),
    "the request is lost": (False, _lost),
    "reset after": (True, _reset),
    "no connection": (False, _no_connection),
    "502 after": (True, lambda _: httpx.Response(502)),
    "half an answer": (True, lambda _: httpx.Response(200, content=b'{"data": {"iss')),
    "a page of a proxy": (False, lambda _: httpx.Response(502, content=b"<html>")),
    "too many": (False, lambda _: httpx.Response(429, headers={"retry-after": "0"})),
}


@dataclass
class Failing(httpx.AsyncBaseTransport):
    """A server behind a line on which everything may go wrong."""

    server: Answering
    chance: random.Random
    counts: Counter[str] = field(default_factory=Counter)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.chance.random() >= SHARE:
            return self._applied(request)
        name = self.chance.choice(sorted(FAULTS))
        self.counts[name] += 1
        applied, failure = FAULTS[name]
        if applied:
            self._applied(request)
        return failure(request)

    def _applied(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        body = json.loads(request.content) if request.content else None
        status, headers, told = self.server.answered(
            request.method,
            url.raw_path.decode().partition("?")[0].removeprefix("/api/v3"),
            dict(parse_qsl(url.query.decode())),
            {name.lower(): value for name, value in request.headers.items()},
            body,
        )
        return httpx.Response(status, headers=headers, content=json.dumps(told).encode())


@dataclass
class Stand:
    """One kind of tracker: its server, who asks it, and what came of it."""

    server: Any
    tracker: Callable[[Failing], Tracker]
    waits: Callable[[], None] = lambda: None  # what happens while a worker waits

    def issues(self) -> int:
        return len(self.server.issues)

    def comments(self) -> int:
        found = self.server.comments
        return sum(map(len, found.values())) if isinstance(self.server, FakeJira) else len(found)


def github() -> Stand:
    return Stand(FakeGitHubIssues(), _github)


def linear() -> Stand:
    headers = linear_api.headers_of(KEY)
    return Stand(FakeLinear(), lambda line: LinearIssues(_sender(line, headers), "OPS"))


def jira() -> Stand:
    server, headers = FakeJira(lags=True), jira_api.headers_of(EMAIL, API_TOKEN)
    made = lambda line: JiraIssues(_sender(line, headers), "OPS", site="https://x.test")  # noqa: E731
    return Stand(server, made, server.catch_up)


def _github(line: Failing) -> GitHubIssues:
    rules = Rules(timeout_s=5, attempts=1, wait_hint=read_wait_hint)

    def connect(authorization: str) -> Sender:
        return _sender(line, {**HEADERS, "authorization": authorization}, rules)

    wire = Wire(server_of("https://github.test/api/v3"), connect=connect)
    return GitHubIssues(GitHubClient(wire, login=TokenLogin(wire, TOKEN)), "acme/shop")


def _sender(line: Failing, headers: dict[str, str], rules: Rules = PLAIN) -> HttpClient:
    return HttpClient("https://tracker.test", headers=headers, rules=rules, transport=line)


async def one_run(stand: Stand, seed: int, *, looks: bool = True) -> Failing:
    """Filed, told about, closed. Without a look it is created whenever that failed."""
    line = Failing(stand.server, random.Random(seed))  # noqa: S311

    async def filed(tracker: Tracker) -> str:
        found = await tracker.find(ticket().marker) if looks else None
        return (found or await tracker.create(ticket())).key

    async def told(tracker: Tracker) -> None:
        await tracker.comment(key, f"It escalates.\n\n{NOTE}", NOTE)

    key = await _insisting(stand, line, filed)
    await _insisting(stand, line, told)
    await _insisting(stand, line, lambda tracker: tracker.change(key, state="closed"))
    return line


async def _insisting(stand: Stand, line: Failing, act: Callable[[Tracker], Awaitable[T]]) -> T:
    """By a worker that was just started, each time: it remembers nothing."""
    for _ in range(TRIES):
        try:
            return await act(stand.tracker(line))
        except TrackerAway:
            stand.waits()
    raise AssertionError("it came to no end")
