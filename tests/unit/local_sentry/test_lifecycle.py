from collections.abc import Callable
from typing import Any

import pytest

Build = Callable[..., Any]


@pytest.fixture
async def server(a_server: Build, an_error: Build) -> Any:
    """One issue with one event."""
    local = a_server()
    await local.send(an_error(release="1.0"))
    return local


async def standing(server: Any) -> tuple[str, str | None]:
    issue = await server.issue()
    return issue["status"], issue["substatus"]


async def test_a_new_issue_grows_ongoing_after_a_week(server: Any) -> None:
    before = await standing(server)

    server.clock.move(days=7)

    assert before == ("unresolved", "new")
    assert await standing(server) == ("unresolved", "ongoing")


async def test_an_event_reopens_what_was_resolved(server: Any, an_error: Build) -> None:
    await server.put("issues/1/", status="resolved")

    await server.send(an_error())

    assert await standing(server) == ("unresolved", "regressed")
    kinds = [one["type"] for one in (await server.issue())["activity"]]
    assert kinds == ["set_regression", "set_resolved", "first_seen"]


@pytest.mark.parametrize(
    ("release", "outcome"),
    [("0.9", "resolved"), ("1.0", "resolved"), (None, "resolved"), ("2.0", "unresolved")],
)
async def test_only_a_newer_release_reopens_what_is_resolved_in_one(
    server: Any, an_error: Build, release: str | None, outcome: str
) -> None:
    early = server.clock.now.timestamp() - 86400
    await server.send({"message": "earlier", "release": "0.9", "timestamp": early})
    await server.put("issues/1/", status="resolved", statusDetails={"inRelease": "1.0"})
    server.clock.move(hours=1)

    await server.send(an_error(release=release))

    assert (await server.issue())["status"] == outcome


async def test_a_burst_reopens_what_is_archived_until_it_escalates(
    server: Any, an_error: Build
) -> None:
    await server.put("issues/1/", status="ignored", substatus="archived_until_escalating")
    await server.send(an_error())
    after_one = await standing(server)

    for _ in range(9):
        await server.send(an_error())

    assert after_one == ("ignored", "archived_until_escalating")
    assert await standing(server) == ("unresolved", "escalating")


async def test_archived_forever_stays(server: Any, an_error: Build) -> None:
    await server.put("issues/1/", status="ignored", substatus="archived_forever")

    for _ in range(20):
        await server.send(an_error())

    assert await standing(server) == ("ignored", "archived_forever")


async def test_an_archive_ends_with_its_count(server: Any, an_error: Build) -> None:
    await server.put("issues/1/", status="ignored", statusDetails={"ignoreCount": 2})
    await server.send(an_error())
    after_one = await standing(server)

    await server.send(an_error())

    assert after_one == ("ignored", "archived_until_condition_met")
    assert await standing(server) == ("unresolved", "ongoing")


async def test_an_archive_ends_with_its_users(server: Any, an_error: Build) -> None:
    await server.put("issues/1/", status="ignored", statusDetails={"ignoreUserCount": 1})

    await server.send(an_error(user={"id": "7"}))

    assert await standing(server) == ("unresolved", "ongoing")


async def test_an_archive_ends_with_its_time(server: Any) -> None:
    answer = await server.put("issues/1/", status="ignored", statusDetails={"ignoreDuration": 30})

    server.clock.move(minutes=31)

    assert answer.json()["statusDetails"]["ignoreUntil"] == "2026-08-20T12:30:00.000000Z"
    assert await standing(server) == ("unresolved", "ongoing")


async def test_a_count_within_a_window_forgets_older_events(server: Any, an_error: Build) -> None:
    details = {"ignoreCount": 2, "ignoreWindow": 10}
    await server.put("issues/1/", status="ignored", statusDetails=details)
    await server.send(an_error())
    server.clock.move(minutes=11)

    await server.send(an_error())

    assert (await server.issue())["status"] == "ignored"


@pytest.mark.parametrize(
    ("event", "priority"),
    [
        ({"handled": False}, "high"),
        ({"level": "fatal"}, "high"),
        ({}, "medium"),
        ({"level": "warning"}, "low"),
    ],
)
async def test_priority_follows_how_grave_it_is(
    a_server: Build, an_error: Build, event: Any, priority: str
) -> None:
    server = a_server()

    await server.send(an_error(**event))

    assert (await server.issue())["priority"] == priority
