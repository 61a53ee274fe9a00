import re
from collections.abc import Callable
from typing import Any

import pytest

Build = Callable[..., Any]
API = "/api/0/organizations/acme/"


def next_cursor(header: str) -> tuple[str, bool]:
    match = re.search(r'rel="next"; results="(\w+)"; cursor="([^"]+)"', header)
    assert match
    return match[2], match[1] == "true"


@pytest.fixture
async def server(a_server: Build, an_error: Build) -> Any:
    """Two projects, seven issues, one of them with three events of two users."""
    local = a_server(projects=("shop", "web"))
    for number in range(7):
        await local.send(an_error(f"Error{number}", environment="dev" if number else "prod"))
        local.clock.move(seconds=1)
    for number in range(2):
        await local.send(an_error("Error0", user={"id": str(number)}, release="shop@1.0.0"))
    return local


async def test_pages_follow_one_another_without_gap(server: Any) -> None:
    seen, cursor, more = [], "0:0:0", True
    while more:
        query = {"limit": "3", "cursor": cursor}
        answer = await server.client.get(API + "issues/", params=query)
        seen += [one["id"] for one in answer.json()]
        cursor, more = next_cursor(answer.headers["Link"])

    assert sorted(seen) == [str(number) for number in range(1, 8)]
    assert (answer.headers["X-Hits"], answer.headers["X-Max-Hits"]) == ("7", "1000")


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "101"},
        {"limit": "0"},
        {"cursor": "x"},
        {"sort": "colour"},
        {"query": "(a)"},
        {"statsPeriod": "soon"},
        {"project": "nope"},
        {"groupStatsPeriod": "1y"},
    ],
)
async def test_what_cannot_be_listed_is_refused(server: Any, query: dict[str, str]) -> None:
    answer = await server.client.get(API + "issues/", params=query)

    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


@pytest.mark.parametrize("sort", ["date", "freq", "user", "trends", "recommended", "inbox"])
async def test_every_order_is_served(server: Any, sort: str) -> None:
    assert len(await server.get("issues/", sort=sort)) == 7


async def test_the_busiest_issue_comes_first_by_frequency(server: Any) -> None:
    first = (await server.get("issues/", sort="freq"))[0]

    assert (first["shortId"], first["count"], first["userCount"]) == ("SHOP-1", "3", 2)


async def test_counts_are_those_of_the_window(server: Any) -> None:
    server.clock.move(days=2)
    (issue,) = await server.get("issues/", query="Error0", statsPeriod="14d")

    nothing = await server.get("issues/", statsPeriod="24h")

    assert nothing == []
    assert issue["lifetime"]["count"] == issue["count"] == "3"
    assert sum(count for _, count in issue["stats"]["24h"]) == 0


async def test_an_environment_narrows_list_and_counts(server: Any) -> None:
    (issue,) = await server.get("issues/", environment="prod")

    assert (issue["shortId"], issue["count"], issue["lifetime"]["count"]) == ("SHOP-1", "1", "3")


async def test_collapsed_stats_take_the_counts_along(server: Any) -> None:
    issue = (await server.get("issues/", collapse="stats"))[0]

    assert not {"count", "userCount", "firstSeen", "lastSeen", "stats"} & issue.keys()
    assert issue["lifetime"]["count"]


async def test_a_project_without_events_has_no_issues(server: Any) -> None:
    assert await server.get("issues/", project="web") == []
    assert len(await server.get("issues/", project=["1", "web"])) == 7


async def test_a_short_id_is_looked_up_directly(server: Any) -> None:
    query = {"shortIdLookup": "1", "query": "shop-3"}

    answer = await server.client.get(API + "issues/", params=query)

    assert [one["shortId"] for one in answer.json()] == ["SHOP-3"]
    assert answer.headers["X-Sentry-Direct-Hit"] == "1"


async def test_an_issue_has_both_names_and_both_paths(server: Any) -> None:
    by_number = await server.issue(3)
    by_name = await server.get("issues/shop-3/")
    unscoped = (await server.client.get("/api/0/issues/3/")).json()

    assert by_number == by_name == unscoped


async def test_a_detail_leaves_out_what_is_collapsed(server: Any) -> None:
    issue = await server.get("issues/1/", collapse=["release", "tags", "stats"])

    assert not {"firstRelease", "tags", "stats"} & issue.keys()


async def test_events_know_their_neighbours(server: Any) -> None:
    oldest = await server.get("issues/1/events/oldest/")
    middle = await server.get(f"issues/1/events/{oldest['nextEventID']}/")

    assert oldest["previousEventID"] is None
    assert middle["previousEventID"] == oldest["eventID"]
    latest = await server.get("issues/1/events/latest/")
    assert latest["nextEventID"] is None
    assert latest["previousEventID"] == middle["eventID"]


async def test_the_recommended_event_tells_most(server: Any, an_error: Build) -> None:
    crumbs = {"values": [{"message": "here"}]}
    await server.send(an_error("Error0", breadcrumbs=crumbs, user={"id": "1"}, event_id="c" * 32))
    server.clock.move(seconds=1)
    await server.send(an_error("Error0"))

    assert (await server.get("issues/1/events/recommended/"))["eventID"] == "c" * 32


async def test_events_are_listed_short_or_full(server: Any) -> None:
    short = await server.get("issues/1/events/", per_page="2")
    full = await server.get("issues/1/events/", full="true", sort="timestamp")

    assert len(short) == 2
    assert short[0]["event.type"] == "error"
    assert len(full) == 3
    assert full[0]["entries"][0]["type"] == "exception"


async def test_tags_are_counted(server: Any, an_error: Build) -> None:
    await server.send(an_error("Error0", user={"id": "1"}))

    tag = await server.get("issues/1/tags/user/")
    values = await server.get("issues/1/tags/user/values/")

    assert (tag["uniqueValues"], tag["totalValues"]) == (2, 3)
    assert [(one["value"], one["count"]) for one in values] == [("id:1", 2), ("id:0", 1)]
    assert tag["topValues"] == values
    missing = await server.client.get(API + "issues/1/tags/nope/")
    assert missing.status_code == 404


async def test_an_event_id_leads_to_its_issue(server: Any) -> None:
    event = await server.get("issues/2/events/latest/")

    found = await server.get(f"eventids/{event['eventID']}/")
    in_project = await server.client.get(f"/api/0/projects/acme/shop/events/{event['eventID']}/")

    assert (found["groupId"], found["projectSlug"]) == ("2", "shop")
    assert in_project.json()["groupID"] == "2"


async def test_notes_are_written_changed_and_removed(server: Any) -> None:
    path = "/api/0/organizations/acme/issues/1/notes/"
    note = (await server.client.post(path, json={"text": "looking"})).json()

    again = await server.client.post(path, json={"text": "looking"})
    empty = await server.client.post(path, json={"text": " "})
    changed = await server.client.put(f"{path}{note['id']}/", json={"text": "found"})
    listed = (await server.client.get(path.replace("notes", "comments"))).json()
    removed = await server.client.delete(f"{path}{note['id']}/")

    assert again.json() == {"detail": "You have already posted that comment."}
    assert empty.json() == {"text": ["This field may not be blank."]}
    assert changed.json()["data"] == {"text": "found"}
    assert [one["data"]["text"] for one in listed] == ["found"]
    assert removed.status_code == 204
    assert (await server.issue())["numComments"] == 0


async def test_releases_are_ordered_by_first_sight(server: Any, an_error: Build) -> None:
    server.clock.move(hours=1)
    await server.send(an_error(release="a@2/3+x"))

    listed = [one["version"] for one in await server.get("releases/")]
    one = await server.get("releases/a@2%2F3%2Bx/")

    assert listed == ["a@2/3+x", "shop@1.0.0"]
    assert (one["newGroups"], one["versionInfo"]["package"]) == (1, "a")


async def test_a_release_is_announced_once(server: Any) -> None:
    body = {"version": "shop@9.0.0", "projects": ["shop"]}

    first = await server.client.post(API + "releases/", json=body)
    second = await server.client.post(API + "releases/", json=body)
    wrong = await server.client.post(API + "releases/", json={"version": "x", "projects": ["y"]})

    assert (first.status_code, second.status_code) == (201, 208)
    assert wrong.json() == {"projects": ["Invalid project ids or slugs"]}
