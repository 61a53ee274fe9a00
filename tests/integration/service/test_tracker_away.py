"""A tracker elsewhere that is away, asks for fewer requests, refuses, or has lost an issue: what
Sentry tells is acknowledged all the same, and both page and operation say what waits and why."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from fakes.github import TOKEN, served
from fakes.github_issues import FakeGitHubIssues
from fakes.loopback import loopback
from fakes.patience import until
from fakes.told_sentry import ToldSentry

from .conftest import Track, Tracking

Elsewhere = Callable[[], AbstractAsyncContextManager["OnGitHub"]]


@dataclass(frozen=True)
class OnGitHub:
    """The service, and the GitHub that it files on."""

    running: Tracking
    github: FakeGitHubIssues

    async def page(self, tracked: dict[str, Any]) -> str:
        answer = await self.running.http.get(f"/tracked/{tracked['id']}")
        assert answer.status_code == httpx.codes.OK
        return answer.text

    async def commented(self, number: int) -> list[str]:
        """What was said of an issue, once something was."""

        async def said() -> list[str]:
            return [one["body"] for one in self.github.comments if one["on"] == number]

        return await until(said)


@pytest.fixture
def elsewhere(track: Track) -> Elsewhere:
    @asynccontextmanager
    async def started() -> AsyncIterator[OnGitHub]:
        github = FakeGitHubIssues()
        async with loopback(served(github)) as server:
            more = {
                "SENTRY_TRACKER": "github",
                "GITHUB_REPO": "acme/shop",
                "GITHUB_TOKEN": TOKEN,
                "GITHUB_API_URL": server.url,
                "SENTRY_RETRY_ATTEMPTS": "1",
            }
            async with track(**more) as running:
                yield OnGitHub(running, github)

    return started


async def test_what_cannot_be_filed_waits_with_its_reason_and_is_filed_once(
    elsewhere: Elsewhere, sentry: ToldSentry
) -> None:
    async with elsewhere() as there:
        there.github.down = True
        await sentry.report()
        waiting = await there.running.waiting(parked=False)
        page = await there.page(waiting)
        there.github.down = False
        filed = await there.running.ask("sync-tracked-issue", name=waiting["id"])

    assert {one.status for one in sentry.deliveries} == {httpx.codes.OK}
    (left,) = waiting["waits"]
    assert (left["what"], left["reason"]) == (
        "file",
        "GitHub cannot be reached, or its answer did not come.",
    )
    assert left["reason"] in page
    assert "identifier" not in waiting
    assert (filed["identifier"], filed["waits"]) == ("1", [])
    assert len(there.github.issues) == 1


async def test_a_tracker_that_asks_for_fewer_requests_is_left_alone_for_a_while(
    elsewhere: Elsewhere, sentry: ToldSentry
) -> None:
    async with elsewhere() as there:
        there.github.limited = True
        await sentry.report()
        waiting = await there.running.waiting(parked=False)
        asked = len(there.github.asked)
        await sentry.report()
        await sentry.change("1", status="resolved")
        still = await there.running.ask("get-tracked-issue", name=waiting["id"])

    assert {one.status for one in sentry.deliveries} == {httpx.codes.OK}
    assert "fewer requests" in waiting["waits"][0]["reason"]
    assert [one["what"] for one in still["waits"]] == ["file", "comment", "change"]
    assert len(there.github.asked) == asked


async def test_what_a_tracker_refuses_is_parked_and_done_when_somebody_mended_it(
    elsewhere: Elsewhere, sentry: ToldSentry
) -> None:
    async with elsewhere() as there:
        there.github.archived = True
        await sentry.report()
        parked = await there.running.waiting(parked=True)
        page, listed = await there.page(parked), await there.running.ask("list-tracked-issues")
        first = await there.running.http.get("/tracked")
        there.github.archived = False
        filed = await there.running.ask("sync-tracked-issue", name=parked["id"])

    assert {one.status for one in sentry.deliveries} == {httpx.codes.OK}
    assert "archived" in parked["waits"][0]["reason"]
    assert "<strong>parked</strong>" in page
    assert parked["waits"][0]["reason"] in page
    assert listed["parked"] == 1
    assert "1 change is parked" in first.text
    assert (filed["identifier"], filed["waits"]) == ("1", [])


async def test_a_repository_that_is_not_there_is_told_with_its_setting(
    elsewhere: Elsewhere, sentry: ToldSentry
) -> None:
    async with elsewhere() as there:
        there.github.name = "acme/other"
        await sentry.report()
        parked = await there.running.waiting(parked=True)

    assert {one.status for one in sentry.deliveries} == {httpx.codes.OK}
    assert "GITHUB_REPO" in parked["waits"][0]["reason"]


async def test_an_issue_that_somebody_deleted_is_parked_and_filed_anew_by_a_sync(
    elsewhere: Elsewhere, sentry: ToldSentry
) -> None:
    async with elsewhere() as there:
        await sentry.report()
        await there.running.tracked("1", state="open")
        there.github.deletes(1)
        await sentry.change("1", status="ignored", substatus="archived_until_escalating")
        await sentry.report(times=10)
        parked = await there.running.waiting(parked=True)
        page = await there.page(parked)
        anew = await there.running.ask("sync-tracked-issue", name=parked["id"])

    assert "has this issue no more" in parked["waits"][0]["reason"]
    assert "has this issue no more" in page
    assert anew["repaired"] == ["filed-anew"]
    assert (anew["identifier"], anew["waits"], anew["state"]) == ("2", [], "open")
    assert [one["number"] for one in there.github.issues] == [2]


async def test_labels_that_cannot_be_made_stop_no_issue_and_are_told_in_it(
    elsewhere: Elsewhere, sentry: ToldSentry
) -> None:
    async with elsewhere() as there:
        there.github.may_label = False
        await sentry.report()
        filed = await there.running.tracked("1", state="open")
        await sentry.change("1", status="ignored", substatus="archived_until_escalating")
        await sentry.report(times=10)
        after = await there.running.tracked("1", priority="P1")
        said = await there.commented(1)

    assert (filed["waits"], after["waits"]) == ([], [])
    assert "could not be made here: Sentry, P2" in there.github.issues[0]["body"]
    assert any("escalating" in one for one in said)
