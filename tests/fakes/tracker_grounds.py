"""Each tracker on a server of this machine, for the suite of trackers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from modules.github.client import GitHubClient, read_wait_hint
from modules.github.logins import TokenLogin
from modules.outbound.http_client import HttpClient
from modules.outbound.messages import Rules, Sender
from modules.tracker.adapters import jira_api, linear_api
from modules.tracker.adapters.github_issues import GitHubIssues
from modules.tracker.adapters.jira import JiraIssues
from modules.tracker.adapters.linear import LinearIssues

from .github import TOKEN, served
from .github_grounds import Requests
from .github_issues import FakeGitHubIssues
from .jira import API_TOKEN, EMAIL, FakeJira
from .linear import KEY, FakeLinear
from .loopback import loopback

WRONG = "wrong-secret-" + "5" * 20
RULES = Rules(timeout_s=5, attempts=1)


@dataclass
class GitHubGround:
    """Implements FailingGround and LabellingGround."""

    github: FakeGitHubIssues
    requests: Requests
    tracker: GitHubIssues
    stranger: GitHubIssues
    ada: str = "ada"

    async def delete(self, key: str) -> None:
        self.github.deletes(int(key))

    async def said(self, key: str) -> int:
        return len([one for one in self.github.comments if one["on"] == int(key)])

    def limit(self) -> None:
        self.github.limited = True

    def go_down(self) -> None:
        self.github.down = True

    def forbid_labels(self) -> None:
        self.github.may_label = False


@asynccontextmanager
async def github_ground() -> AsyncIterator[GitHubGround]:
    github = FakeGitHubIssues()
    async with loopback(served(github)) as server:
        rules = Rules(timeout_s=5, attempts=1, wait_hint=read_wait_hint)
        requests = Requests(server.url, rules)
        ours, others = client(requests, TOKEN), client(requests, WRONG)
        try:
            tracker = GitHubIssues(ours, "acme/shop")
            yield GitHubGround(github, requests, tracker, GitHubIssues(others, "acme/shop"))
        finally:
            await ours.aclose()
            await others.aclose()


def client(requests: Requests, token: str) -> GitHubClient:
    wire = requests.wire()
    return GitHubClient(wire, login=TokenLogin(wire, token))


@dataclass
class LinearGround:
    """Implements FailingGround and LabellingGround."""

    linear: FakeLinear
    tracker: LinearIssues
    stranger: LinearIssues
    url: str
    ada: str = "ada@acme.example"

    async def delete(self, key: str) -> None:
        """Into the trash."""
        for issue in self.linear.issues.values():
            if issue["identifier"] == key:
                issue["trashed"] = True

    async def said(self, key: str) -> int:
        (ident,) = [one for one, told in self.linear.issues.items() if told["identifier"] == key]
        return len([one for one in self.linear.comments.values() if one["issueId"] == ident])

    def limit(self) -> None:
        self.linear.limited = True

    def go_down(self) -> None:
        self.linear.down = True

    def forbid_labels(self) -> None:
        self.linear.may_label = False


@asynccontextmanager
async def linear_ground() -> AsyncIterator[LinearGround]:
    linear = FakeLinear()
    async with loopback(served(linear)) as server:
        ours = LinearIssues(at(server.url, linear_api.headers_of(KEY)), "OPS")
        others = LinearIssues(at(server.url, linear_api.headers_of(WRONG)), "OPS")
        try:
            yield LinearGround(linear, ours, others, server.url)
        finally:
            await ours.aclose()
            await others.aclose()


@dataclass
class JiraGround:
    """Implements FailingGround."""

    jira: FakeJira
    tracker: JiraIssues
    stranger: JiraIssues
    url: str
    ada: str = "acc-ada"

    async def delete(self, key: str) -> None:
        del self.jira.issues[key]

    async def said(self, key: str) -> int:
        return len(self.jira.comments[key])

    def limit(self) -> None:
        self.jira.limited = True

    def go_down(self) -> None:
        self.jira.down = True


@asynccontextmanager
async def jira_ground() -> AsyncIterator[JiraGround]:
    jira = FakeJira()
    async with loopback(served(jira)) as server:
        ours = jira_at(at(server.url, jira_api.headers_of(EMAIL, API_TOKEN)))
        others = jira_at(at(server.url, jira_api.headers_of(EMAIL, WRONG)))
        try:
            yield JiraGround(jira, ours, others, server.url)
        finally:
            await ours.aclose()
            await others.aclose()


def jira_at(sender: Sender) -> JiraIssues:
    return JiraIssues(sender, "OPS", site="https://acme.atlassian.net")


def at(url: str, headers: Mapping[str, str]) -> HttpClient:
    return HttpClient(url, headers=headers, rules=RULES)
