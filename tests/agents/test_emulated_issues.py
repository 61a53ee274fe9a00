"""The suite of trackers over GitHub as another program emulates it, and every request of ours held
against GitHub's own description of its API."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agents.emulated_github import EmulatedGround, emulator
from fakes.github import TOKEN
from fakes.github_grounds import Requests, forge_at
from fakes.github_schema import problems
from fakes.tracker_contract import NOTE, TrackerContract, ticket
from fakes.tracker_grounds import client, github_ground
from modules.outbound.messages import Request
from modules.tracker.adapters.github_issues import GitHubIssues

# What trackers ask of GitHub; each stands in the test below, so none is added unnoticed.
ENDPOINTS = {
    "GET /repos/acme/shop",
    "GET /repos/acme/shop/issues",
    "GET /repos/acme/shop/issues/1",
    "GET /repos/acme/shop/issues/1/comments",
    "GET /repos/acme/shop/labels/P1",
    "GET /repos/acme/shop/labels/P2",
    "GET /repos/acme/shop/labels/Sentry",
    "GET /search/issues",
    "GET /user",
    "PATCH /repos/acme/shop/issues/1",
    "POST /repos/acme/shop/issues",
    "POST /repos/acme/shop/issues/1/comments",
    "POST /repos/acme/shop/labels",
}


@dataclass
class EmulatedIssues:
    """Implements Ground."""

    tracker: GitHubIssues
    api: EmulatedGround
    ada: str = "ada"

    async def delete(self, key: str) -> None:
        pytest.skip("the emulator deletes no issues")

    async def said(self, key: str) -> int:
        return len(await self.api.call("GET", f"/issues/{key}/comments"))


class TestEmulatedGitHub(TrackerContract):
    @pytest.fixture
    async def ground(self, tools: Path, tmp_path: Path) -> AsyncIterator[EmulatedIssues]:
        async with emulator(tools, tmp_path) as url:
            requests = Requests(url)
            ours = client(requests, TOKEN)
            async with forge_at(Requests(url)) as forge:
                tracker = GitHubIssues(ours, "acme/shop")
                yield EmulatedIssues(tracker, EmulatedGround(forge, Requests(url)))
            await ours.aclose()
        assert requests.sent
        assert problems(requests.sent) == []


async def test_every_request_is_one_that_github_documents() -> None:
    async with github_ground() as ground:
        tracker = ground.tracker
        await tracker.check()
        assert await tracker.find(ticket().marker) is None
        key = (await tracker.create(ticket())).key
        await tracker.comment(key, f"It escalates.\n\n{NOTE}", NOTE)
        await tracker.change(key, state="closed", priority="P2", assignee="ada")
        await tracker.get(key)

    assert problems(ground.requests.sent) == []
    assert {f"{one.method} {one.path}" for one in ground.requests.sent} == ENDPOINTS


@pytest.mark.parametrize(
    "request_",
    [
        Request("POST", "/repos/acme/shop/issues", (), {"body": "no title"}),
        Request("GET", "/repos/acme/shop/issues", (("label", "Sentry"),)),
        Request("PATCH", "/repos/acme/shop/issues/1", (), {"state": "done"}),
        Request("POST", "/repos/acme/shop/labels", (), {"color": "362D59"}),
    ],
)
def test_a_request_that_is_not_documented_is_found(request_: Request) -> None:
    assert len(problems([request_])) == 1
