"""Settings of a project: read, changed, refused."""

from collections.abc import Callable
from typing import Any

import pytest

P = "/api/0/projects/acme/shop/"


async def test_settings_are_as_sentry_begins_and_change_as_they_are_put(
    a_server: Callable[..., Any],
) -> None:
    local = a_server()
    before = (await local.client.get(P)).json()

    answer = await local.client.put(
        P, json={"scrubIPAddresses": True, "sensitiveFields": [" Badge ", "visa_id"], "novel": 1}
    )

    after = (await local.client.get(P)).json()
    assert (before["dataScrubber"], before["scrubIPAddresses"]) == (True, False)
    assert answer.json() == after
    assert after["scrubIPAddresses"]
    assert after["sensitiveFields"] == ["badge", "visa_id"]
    assert after["dataScrubber"]
    assert "novel" not in after


@pytest.mark.parametrize(
    "body",
    [{"dataScrubber": "yes"}, {"sensitiveFields": "a"}, {"sensitiveFields": [1]}, {"platform": 3}],
)
async def test_a_wrong_value_changes_nothing_of_the_rest(
    body: dict[str, Any], a_server: Callable[..., Any]
) -> None:
    local = a_server()

    answer = await local.client.put(P, json={"scrubIPAddresses": True, **body})

    assert answer.status_code == 400
    assert list(answer.json()) == list(body)
    assert not (await local.client.get(P)).json()["scrubIPAddresses"]


async def test_who_only_reads_may_only_bookmark(a_server: Callable[..., Any]) -> None:
    local = a_server(scopes=("org:read", "project:read"))

    refused = await local.client.put(P, json={"dataScrubber": False})
    allowed = await local.client.put(P, json={"isBookmarked": True})

    assert (refused.status_code, allowed.status_code) == (403, 200)
    assert (
        await local.client.put(f"{P}filters/localhost/", json={"active": True})
    ).status_code == 403


async def test_filters_are_switched_and_browsers_chosen(a_server: Callable[..., Any]) -> None:
    local = a_server()

    on = await local.client.put(f"{P}filters/web-crawlers/", json={"active": True})
    some = await local.client.put(f"{P}filters/legacy-browser/", json={"subfilters": ["ie"]})

    active = {one["id"]: one["active"] for one in (await local.client.get(f"{P}filters/")).json()}
    assert (on.status_code, some.status_code) == (204, 204)
    assert active == {
        "browser-extensions": False,
        "filtered-transaction": True,
        "legacy-browsers": ["ie"],
        "localhost": False,
        "web-crawlers": True,
    }


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("web-crawlers", {"active": 1}, 400),
        ("legacy-browser", {"subfilters": "ie"}, 400),
        ("novel", {"active": True}, 404),
    ],
)
async def test_a_filter_takes_only_what_it_knows(
    name: str, body: dict[str, Any], status: int, a_server: Callable[..., Any]
) -> None:
    answer = await a_server().client.put(f"{P}filters/{name}/", json=body)

    assert answer.status_code == status


async def test_a_key_has_a_limit_until_it_is_taken_away(a_server: Callable[..., Any]) -> None:
    local = a_server()
    key = f"{P}keys/{local.project.public_key}/"

    limited = await local.client.put(key, json={"rateLimit": {"window": 60, "count": 100}})
    listed = (await local.client.get(f"{P}keys/")).json()
    freed = await local.client.put(key, json={"rateLimit": None, "name": "Web"})

    assert limited.json()["rateLimit"] == {"window": 60, "count": 100}
    assert listed == [limited.json()]
    assert (freed.json()["rateLimit"], freed.json()["label"]) == (None, "Web")
    assert (await local.client.get(key)).json() == freed.json()


async def test_a_limit_holds_for_its_window_and_a_key_that_is_off_lets_nothing_in(
    a_server: Callable[..., Any], an_error: Callable[..., Any], clock: Any
) -> None:
    local = a_server()
    key = f"{P}keys/{local.project.public_key}/"
    await local.client.put(key, json={"rateLimit": {"window": 600, "count": 2}})

    statuses = [(await local.send(an_error())).status_code for _ in range(3)]
    clock.move(minutes=11)
    later = await local.send(an_error())
    await local.client.put(key, json={"isActive": False})
    off = await local.send(an_error())

    assert statuses == [200, 200, 429]
    assert (later.status_code, off.status_code) == (200, 403)
    assert (await local.issue())["count"] == "3"


@pytest.mark.parametrize("limit", [{"window": 90_000, "count": 1}, {"window": -1, "count": 1}, 5])
async def test_a_limit_is_within_a_day(limit: Any, a_server: Callable[..., Any]) -> None:
    local = a_server()

    answer = await local.client.put(
        f"{P}keys/{local.project.public_key}/", json={"rateLimit": limit}
    )

    assert answer.status_code == 400


async def test_a_hidden_environment_is_listed_where_it_is_asked_for(
    a_server: Callable[..., Any], an_error: Callable[..., Any]
) -> None:
    local = a_server()
    for name in ("staging", "production"):
        await local.send(an_error(environment=name))

    await local.client.put(f"{P}environments/staging/", json={"isHidden": True})

    async def names(query: str = "") -> list[str]:
        rows = (await local.client.get(f"{P}environments/{query}")).json()
        return [one["name"] for one in rows]

    assert await names() == ["production"]
    assert await names("?visibility=hidden") == ["staging"]
    assert await names("?visibility=all") == ["production", "staging"]
    assert (await local.client.get(f"{P}environments/novel/")).status_code == 404


async def test_ownership_takes_rules_that_it_can_read(a_server: Callable[..., Any]) -> None:
    local = a_server()
    raw = "# who\npath:src/billing/* #billing\n"

    taken = await local.client.put(f"{P}ownership/", json={"raw": raw})
    refused = await local.client.put(f"{P}ownership/", json={"raw": "billing is ours"})

    assert taken.status_code == 202
    assert refused.status_code == 400
    assert refused.json() == {"raw": ["Parse error: rule on line 1"]}
    assert (await local.client.get(f"{P}ownership/")).json() == taken.json()


async def test_code_mappings_belong_to_their_project(a_server: Callable[..., Any]) -> None:
    local = a_server(projects=("shop", "web"))
    path = "/api/0/organizations/acme/code-mappings/"
    body = {"repositoryId": 7, "stackRoot": "", "sourceRoot": "src/", "defaultBranch": "main"}

    made = await local.client.post(path, json={**body, "projectId": local.project.id})
    short = await local.client.post(path, json=body)

    assert made.status_code == 201
    assert short.status_code == 400
    assert (await local.client.get(path, params={"project": "shop"})).json() == [made.json()]
    assert (await local.client.get(path, params={"project": "web"})).json() == []


async def test_a_release_counts_its_commits(a_server: Callable[..., Any]) -> None:
    local = a_server()
    commits = [{"id": "a" * 40, "message": "one"}, {"id": "b" * 40}]
    body = {"version": "shop@1.0", "projects": ["shop"], "commits": commits}

    made = await local.client.post("/api/0/organizations/acme/releases/", json=body)
    again = await local.client.post("/api/0/organizations/acme/releases/", json=body)

    assert (made.status_code, again.status_code) == (201, 208)
    assert made.json()["commitCount"] == again.json()["commitCount"] == 2
