"""A GitHub client on a server of this machine, with all its requests kept."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from modules.autofix.adapters.github_forge import GitHubForge
from modules.autofix.project import Project
from modules.github.client import GitHubClient, Login, Wire, read_wait_hint
from modules.github.logins import TokenLogin
from modules.github.protocol import HEADERS, server_of
from modules.outbound.clock import now
from modules.outbound.http_client import HttpClient
from modules.outbound.messages import Reply, Request, Rules, Sender

from .github import TOKEN, FakeGitHub, served
from .loopback import Loopback, loopback

SHOP = Project(key="shop", slug="shop", github="acme/shop", forge="github", repository="https://x")


@dataclass
class Recorder:
    """Keeps what is sent."""

    sender: Sender
    requests: list[Request]

    async def send(self, request: Request) -> Reply:
        self.requests.append(request)
        return await self.sender.send(request)

    async def aclose(self) -> None:
        await self.sender.aclose()


@dataclass
class Requests:
    """Everything that was sent to one server."""

    url: str
    rules: Rules = field(
        default_factory=lambda: Rules(timeout_s=5, attempts=1, wait_hint=read_wait_hint)
    )
    sent: list[Request] = field(default_factory=list)

    def wire(self) -> Wire:
        origin = server_of(self.url).origin

        def connect(authorization: str) -> Sender:
            headers = {**HEADERS, "authorization": authorization}
            return Recorder(HttpClient(origin, headers=headers, rules=self.rules), self.sent)

        return Wire(server_of(self.url), connect=connect)


@asynccontextmanager
async def forge_at(
    requests: Requests,
    *,
    login: Callable[[Wire], Login] = lambda wire: TokenLogin(wire, TOKEN),
    clock: Callable[[], datetime] = now,
) -> AsyncIterator[GitHubForge]:
    wire = requests.wire()
    client = GitHubClient(wire, login=login(wire))
    try:
        yield GitHubForge(client, clock=clock)
    finally:
        await client.aclose()


@asynccontextmanager
async def github_on_loopback(github: FakeGitHub) -> AsyncIterator[Loopback]:
    async with loopback(served(github)) as server:
        yield server
