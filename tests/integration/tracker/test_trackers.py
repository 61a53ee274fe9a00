"""The suite of trackers over each, on servers of this machine."""

from collections.abc import AsyncIterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fakes.github import TOKEN, served
from fakes.github_grounds import Requests
from fakes.github_issues import FakeGitHubIssues
from fakes.jira import API_TOKEN, EMAIL
from fakes.linear import KEY
from fakes.loopback import always, answer, loopback
from fakes.tracker_contract import NOTE, FailingTrackerContract, LabelsContract, ticket
from fakes.tracker_grounds import (
    GitHubGround,
    JiraGround,
    LinearGround,
    at,
    client,
    github_ground,
    jira_at,
    jira_ground,
    linear_ground,
)
from mcp_servers.sentry_monitor.src.settings import Settings
from mcp_servers.sentry_monitor.src.trackers import opened
from modules.tracker.adapters.github_issues import GitHubIssues
from modules.tracker.adapters.linear import LinearIssues
from modules.tracker.errors import TrackerAway, TrackerRefused
from modules.tracker.ports import LABEL, LABEL_COLOR

LONG = "x" * 70_000


class TestGitHub(FailingTrackerContract, LabelsContract):
    @pytest.fixture
    async def ground(self) -> AsyncIterator[GitHubGround]:
        async with github_ground() as ground:
            yield ground


class TestLinear(FailingTrackerContract, LabelsContract):
    @pytest.fixture
    async def ground(self) -> AsyncIterator[LinearGround]:
        async with linear_ground() as ground:
            yield ground

    async def test_a_second_create_of_a_marker_gives_the_first_issue(
        self, ground: LinearGround
    ) -> None:
        first = await ground.tracker.create(ticket())

        again = await ground.tracker.create(ticket())

        assert again == first
        assert len(ground.linear.issues) == 1

    async def test_a_label_of_the_workspace_is_used(self, ground: LinearGround) -> None:
        ground.linear.labels["l1"] = {"id": "l1", "name": LABEL, "team": None}
        ground.linear.labels["l2"] = {"id": "l2", "name": LABEL, "team": {"id": "t-other"}}

        await ground.tracker.create(ticket())

        (issue,) = ground.linear.issues.values()
        assert issue["labels"] == {"nodes": [{"id": "l1", "name": LABEL}]}

    async def test_nothing_hidden_is_written(self, ground: LinearGround) -> None:
        await ground.tracker.create(ticket())

        (issue,) = ground.linear.issues.values()
        assert "## Impact" in issue["description"]
        assert "<!--" not in issue["description"]


class TestJira(FailingTrackerContract):
    @pytest.fixture
    async def ground(self) -> AsyncIterator[JiraGround]:
        async with jira_ground() as ground:
            yield ground

    async def test_an_issue_is_filed_without_a_priority_where_the_project_has_none(
        self, ground: JiraGround
    ) -> None:
        ground.jira.has_priority = False

        made = await ground.tracker.create(ticket())

        found = await ground.tracker.find(ticket().marker)
        assert found is not None
        assert (found.key, found.priority, found.labels) == (made.key, "", (LABEL,))

    async def test_a_person_is_found_by_an_address(self, ground: JiraGround) -> None:
        key = (await ground.tracker.create(ticket())).key

        assigned = await ground.tracker.change(key, assignee="ada@acme.example")

        assert assigned.assignee == "acc-ada"
        with pytest.raises(TrackerRefused):
            await ground.tracker.change(key, assignee="nobody@acme.example")

    async def test_a_project_that_is_not_there_is_told_with_the_setting(
        self, ground: JiraGround
    ) -> None:
        ground.jira.project = "WEB"

        with pytest.raises(TrackerRefused) as refusal:
            await ground.tracker.create(ticket())

        assert "project" in refusal.value.message

    async def test_a_reference_stands_at_the_end_of_a_comment(self, ground: JiraGround) -> None:
        key = (await ground.tracker.create(ticket())).key

        await ground.tracker.comment(key, f"It escalates.\n\n{NOTE}", NOTE)

        (comment,) = ground.jira.comments[key]
        texts = [part["content"][0]["text"] for part in comment["body"]["content"]]
        assert texts[0] == "It escalates."
        assert texts[1].startswith("sentry-monitor-")


# -- what no server should answer


@pytest.mark.parametrize(
    "odd",
    [b"", b"<html>", b"null", b"[]", b"{}", b'{"data": {}}', b'{"data": null}', b'[{"id": {}}]'],
)
async def test_an_answer_of_another_form_is_away(odd: bytes) -> None:
    """It must not look as if something were missing, which would be filed again."""
    async with loopback(always(answer(200, odd))) as server:
        github = client(Requests(server.url), TOKEN)
        trackers = (
            GitHubIssues(github, "acme/shop"),
            LinearIssues(at(server.url, {}), "OPS"),
            jira_at(at(server.url, {})),
        )
        for tracker in trackers:
            for asked in (
                tracker.create(ticket()),
                tracker.comment("1", "text", NOTE),
                tracker.change("1", state="closed"),
            ):
                with pytest.raises(TrackerAway):
                    await asked
            await tracker.aclose()


# -- what only GitHub does


@pytest.fixture
async def github() -> AsyncIterator[GitHubGround]:
    async with github_ground() as ground:
        yield ground


async def test_the_label_has_the_colour_of_sentry(github: GitHubGround) -> None:
    await github.tracker.create(ticket())

    assert github.github.labels == {LABEL: LABEL_COLOR, "P1": "B60205"}


async def test_a_reader_sees_which_labels_could_not_be_made(github: GitHubGround) -> None:
    github.forbid_labels()

    await github.tracker.create(ticket())

    (issue,) = github.github.issues
    assert "could not be made here: Sentry, P1" in issue["body"]
    assert issue["labels"] == []


async def test_what_a_stranger_wrote_is_not_taken_for_ours(github: GitHubGround) -> None:
    made = await github.tracker.create(ticket())
    github.github.issues[0]["user"] = {"login": "mallory", "type": "User"}
    github.github.says(int(made.key), "<!-- sentry-monitor:note d1 -->", login="mallory")

    await github.tracker.comment(made.key, "It escalates.", "<!-- sentry-monitor:note d1 -->")

    assert await github.tracker.find(ticket().marker) is None
    assert len(github.github.comments) == 2


async def test_a_text_that_is_too_long_keeps_its_marker(github: GitHubGround) -> None:
    await github.tracker.create(ticket(body=f"{LONG}\n{ticket().marker}"))

    assert await github.tracker.find(ticket().marker) is not None


async def test_other_labels_stay_when_the_priority_changes(github: GitHubGround) -> None:
    made = await github.tracker.create(ticket())
    github.github.issues[0]["labels"].append({"name": "team: web"})

    changed = await github.tracker.change(made.key, priority="P4")

    assert set(changed.labels) == {LABEL, "team: web", "P4"}


async def test_an_assignee_that_github_refuses_is_a_matter_of_configuration(
    github: GitHubGround,
) -> None:
    key = (await github.tracker.create(ticket())).key

    with pytest.raises(TrackerRefused) as refusal:
        await github.tracker.change(key, assignee="nobody")

    assert "assignees" in refusal.value.message


async def test_a_repository_that_moved_or_is_missing_is_told_with_the_setting(
    github: GitHubGround,
) -> None:
    github.github.renamed = "acme/store"
    with pytest.raises(TrackerRefused) as moved:
        await github.tracker.create(ticket())

    assert "GITHUB_REPO" in (moved.value.recovery_suggestion or "")


async def test_an_issue_among_pull_requests_is_found(github: GitHubGround) -> None:
    made = await github.tracker.create(ticket())
    for _ in range(60):
        github.github.opened("branch", title="t")

    found = await github.tracker.find(ticket().marker)

    assert found is not None
    assert found.key == made.key


async def test_an_app_asks_for_issues_alone_and_knows_its_own() -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    github = FakeGitHubIssues(me="repair[bot]", app_key=key.public_key())
    async with loopback(served(github)) as server:
        environ = {
            "GITHUB_APP_ID": "12",
            "GITHUB_APP_PRIVATE_KEY": pem.decode(),
            "GITHUB_API_URL": server.url,
            "GITHUB_REPO": "acme/shop",
        }
        tracker = opened(Settings.from_environ(environ), "github")
        made = await tracker.create(ticket())
        found = await tracker.find(ticket().marker)
        await tracker.aclose()

    assert github.granted == {"issues": "write"}
    assert found == made


async def test_linear_and_jira_are_opened_by_their_settings() -> None:
    async with jira_ground() as jira:
        environ = {
            "LINEAR_API_KEY": KEY,
            "LINEAR_TEAM": "ops",
            "JIRA_URL": jira.url,
            "JIRA_EMAIL": EMAIL,
            "JIRA_API_TOKEN": API_TOKEN,
            "JIRA_PROJECT": "ops",
        }
        settings = Settings.from_environ(environ)
        linear, tracker = (opened(settings, name) for name in ("linear", "jira"))
        made = await tracker.create(ticket())
        await linear.aclose()
        await tracker.aclose()

    assert (made.key, made.url) == ("OPS-1", f"{jira.url}/browse/OPS-1")
    assert repr(linear) == "LinearIssues('OPS')"
    assert API_TOKEN not in repr(tracker)


async def test_a_tracker_without_its_settings_is_told_which() -> None:
    for name, variable in (("linear", "LINEAR_API_KEY"), ("jira", "JIRA_URL")):
        with pytest.raises(TrackerRefused, match=variable):
            opened(Settings.from_environ({}), name)


async def test_an_answer_that_does_not_come_is_away(github: GitHubGround) -> None:
    await github.tracker.create(ticket())
    github.requests.url = "http://127.0.0.1:9"
    nowhere = client(github.requests, TOKEN)
    try:
        with pytest.raises(TrackerAway):
            await GitHubIssues(nowhere, "acme/shop").find(ticket().marker)
    finally:
        await nowhere.aclose()


# -- whether the login can do it


async def test_a_check_tells_what_can_be_done() -> None:
    async with github_ground() as github, linear_ground() as linear, jira_ground() as jira:
        told = [await one.tracker.check() for one in (github, linear, jira)]

    assert [words.partition(" ")[0].strip(",:") for words in told] == ["acme/shop", "the", "OPS"]


async def test_a_check_tells_what_is_missing() -> None:
    async with github_ground() as github, linear_ground() as linear, jira_ground() as jira:
        github.github.archived = True
        linear.linear.team = "WEB"
        jira.jira.rights = False
        told = []
        for one in (github, linear, jira):
            with pytest.raises(TrackerRefused) as refusal:
                await one.tracker.check()
            told.append(refusal.value.message)

    assert "archived" in told[0]
    assert "OPS" in told[1]
    assert "CREATE_ISSUES" in told[2]
