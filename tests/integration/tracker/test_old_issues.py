"""Issues that are hard to find: on GitHub those that many others followed, in Jira those that its
search does not know yet."""

from collections.abc import AsyncIterator

import pytest

from fakes.tracker_contract import MARKER, OTHER, ticket
from fakes.tracker_grounds import GitHubGround, JiraGround, github_ground, jira_ground
from modules.tracker.errors import TrackerAway
from modules.tracker.ports import LABEL


@pytest.fixture
async def github() -> AsyncIterator[GitHubGround]:
    async with github_ground() as github:
        yield github


@pytest.fixture
async def jira() -> AsyncIterator[JiraGround]:
    async with jira_ground() as jira:
        jira.jira.lags = True
        yield jira


async def test_an_issue_that_many_followed_is_found_by_search(github: GitHubGround) -> None:
    made = await github.tracker.create(ticket())
    await github.tracker.create(ticket(OTHER))
    github.github.written(520, LABEL)
    github.github.catch_up()

    found = await github.tracker.find(ticket().marker)

    assert found is not None
    assert found.key == made.key


async def test_what_the_search_does_not_know_yet_is_found_among_the_newest(
    github: GitHubGround,
) -> None:
    made = await github.tracker.create(ticket())
    github.github.written(150, LABEL)

    found = await github.tracker.find(ticket().marker)

    assert github.github.unindexed == {int(made.key)}
    assert found is not None


async def test_a_stranger_is_not_believed_by_search_either(github: GitHubGround) -> None:
    await github.tracker.create(ticket())
    github.github.issues[0]["user"] = {"login": "mallory", "type": "User"}
    github.github.written(250, LABEL)
    github.github.catch_up()

    assert await github.tracker.find(ticket().marker) is None


async def test_where_nothing_can_be_searched_it_is_filed_all_the_same(github: GitHubGround) -> None:
    github.github.searches = False

    assert await github.tracker.find(ticket().marker) is None


# -- Jira


@pytest.mark.parametrize(("before", "after"), [(0, 0), (0, 130), (260, 0), (260, 40), (120, 230)])
async def test_what_the_search_of_jira_does_not_know_yet_is_found(
    jira: JiraGround, before: int, after: int
) -> None:
    jira.jira.written(before)
    jira.jira.catch_up()
    made = await jira.tracker.create(ticket())
    jira.jira.written(after)

    found = await jira.tracker.find(MARKER)

    assert jira.jira.indexed.isdisjoint({made.key})
    assert found is not None
    assert (found.key, found.title) == (made.key, made.title)
    assert await jira.tracker.find(OTHER) is None


async def test_what_the_search_left_out_between_others_is_found(jira: JiraGround) -> None:
    made = await jira.tracker.create(ticket())
    jira.jira.written(30)
    jira.jira.catch_up()
    jira.jira.indexed.remove(made.key)

    assert await jira.tracker.find(MARKER) == made


async def test_a_strangers_label_is_not_taken_for_ours(jira: JiraGround) -> None:
    made = await jira.tracker.create(ticket())
    jira.jira.issues[made.key]["creator"] = {"accountId": "acc-mallory"}

    assert await jira.tracker.find(MARKER) is None


async def test_where_jira_cannot_read_some_nothing_is_filed(jira: JiraGround) -> None:
    await jira.tracker.create(ticket())
    jira.jira.unreadable = True

    with pytest.raises(TrackerAway):
        await jira.tracker.find(MARKER)
