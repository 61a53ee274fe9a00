"""500 repairs proposed and told about while GitHub fails: one pull request and one comment each.

Two workers do the same at the same time, and each begins anew after every failure, as jobs that
were parked do. Faults are drawn for each request, before or after it was applied.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import parse_qsl

import httpx

from fakes.forge_contract import MARK, A, proposal
from fakes.github import TOKEN, FakeGitHub
from fakes.github_grounds import SHOP
from modules.autofix.adapters.github_forge import GitHubForge
from modules.autofix.errors import Parked
from modules.autofix.project import Project
from modules.github.client import GitHubClient, Wire, read_wait_hint
from modules.github.logins import TokenLogin
from modules.github.protocol import HEADERS, server_of
from modules.outbound.http_client import HttpClient
from modules.outbound.messages import Rules, Sender

T = TypeVar("T")
RUNS = 500
TRIES = 60
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
    "reset before": (False, _reset),
    "no connection": (False, _no_connection),
    "502 after": (True, lambda _: httpx.Response(502)),
    "500 before": (False, lambda _: httpx.Response(500)),
    "secondary limit": (False, lambda _: httpx.Response(403, json=LIMITED)),
    "too many": (False, lambda _: httpx.Response(429, headers={"retry-after": "0"})),
}


@dataclass
class Failing(httpx.AsyncBaseTransport):
    """GitHub behind a line on which everything may go wrong."""

    github: FakeGitHub
    chance: random.Random
    kind: type[GitHubForge]
    counts: Counter[str] = field(default_factory=Counter)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(self.chance.randint(0, 3)):
            await asyncio.sleep(0)  # the other worker's turn
        if self.chance.random() >= SHARE:
            return self._applied(request)
        name = self.chance.choice(sorted(FAULTS))
        self.counts[f"{request.method} {name}"] += 1
        applied, failure = FAULTS[name]
        if applied:
            self._applied(request)
        await asyncio.sleep(0)
        return failure(request)

    def _applied(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        body = json.loads(request.content) if request.content else None
        status, headers, told = self.github.answered(
            request.method,
            url.raw_path.decode().partition("?")[0],
            dict(parse_qsl(url.query.decode())),
            {name.lower(): value for name, value in request.headers.items()},
            body,
        )
        return httpx.Response(status, headers=headers, content=json.dumps(told).encode())


async def worker(line: Failing) -> None:
    """Two steps, each begun anew after each failure."""
    pull = await _insisting(line, lambda forge: forge.propose(SHOP, proposal()))
    told = f"The checks failed.\n{MARK}"
    await _insisting(line, lambda forge: forge.comment(SHOP, pull.number, told))


async def _insisting(line: Failing, act: Callable[[GitHubForge], Awaitable[T]]) -> T:
    for _ in range(TRIES):
        try:
            return await act(_forge(line))
        except Parked:
            continue
    raise AssertionError("it came to no end")


def _forge(line: Failing) -> GitHubForge:
    """Of a worker that was just started: it remembers nothing, waits for nothing."""
    rules = Rules(timeout_s=5, attempts=1, wait_hint=read_wait_hint)

    def connect(authorization: str) -> Sender:
        headers = {**HEADERS, "authorization": authorization}
        return HttpClient("https://github.test", headers=headers, rules=rules, transport=line)

    wire = Wire(server_of("https://github.test/api/v3"), connect=connect)
    return line.kind(GitHubClient(wire, login=TokenLogin(wire, TOKEN)))


class EnterpriseGitHub(FakeGitHub):
    """Below `/api/v3`, as an Enterprise server has it."""

    def answered(self, method, path, query, headers, body):  # type: ignore[no-untyped-def]
        bare = path.removeprefix("/api/v3") if "/v3" in path else path.removeprefix("/api")
        return super().answered(method, bare, query, headers, body)


async def one_run(seed: int, kind: type[GitHubForge] = GitHubForge) -> Failing:
    github = EnterpriseGitHub()
    github.pushed(A, "a" * 40)
    line = Failing(github, random.Random(seed), kind)  # noqa: S311
    await asyncio.gather(worker(line), worker(line))
    return line


async def test_no_fault_makes_a_second_pull_request_or_comment() -> None:
    counts: Counter[str] = Counter()
    for seed in range(RUNS):
        line = await one_run(seed)
        counts += line.counts
        (pull,) = line.github.pulls
        (comment,) = line.github.comments
        assert MARK in comment["body"], seed
        assert (pull["title"], pull["body"]) == (proposal().title, proposal().body), seed
        assert {one["name"] for one in pull["labels"]} == set(proposal().labels), seed

    assert {name.partition(" ")[2] for name in counts} == set(FAULTS)
    assert all(counts[f"POST {name}"] > 20 for name in FAULTS), counts
    print(f"{RUNS} runs, {sum(counts.values())} faults")  # noqa: T201


class Blind(GitHubForge):
    """Posts, and never looks whether it is there."""

    async def _written(self, project: Project, number: int, text: str) -> bool:
        return False


async def test_without_a_look_there_would_be_two() -> None:
    """The control."""
    doubled = [seed for seed in range(20) if len((await one_run(seed, Blind)).github.comments) > 1]

    assert len(doubled) == 20
