from collections.abc import Callable
from typing import Any

import pytest

Build = Callable[..., Any]


@pytest.fixture
async def server(a_server: Build, an_error: Build) -> Any:
    local = a_server(projects=("shop", "web"))
    await local.send(an_error())
    return local


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"status": "bogus"}, {"status": ['"bogus" is not a valid choice.']}),
        ({"priority": "urgent"}, {"priority": ['"urgent" is not a valid choice.']}),
        ({"hasSeen": "yes"}, {"hasSeen": ["Must be a valid boolean."]}),
        ({"assignedTo": "user:9"}, {"assignedTo": ["Cannot assign to non-team member"]}),
        (
            {"status": "resolved", "statusDetails": {"inRelease": "9.9"}},
            {"statusDetails": {"inRelease": ["Unable to find a release with the given version."]}},
        ),
        (
            {"status": "resolvedInNextRelease"},
            {
                "statusDetails": {
                    "inNextRelease": [
                        "No release data present in the system to form a basis for 'Next Release'"
                    ]
                }
            },
        ),
        (
            {"status": "ignored", "statusDetails": {"ignoreCount": "many"}},
            {"statusDetails": {"ignoreCount": ["A valid integer is required."]}},
        ),
        (
            {"status": "unresolved", "substatus": "archived_forever"},
            {"substatus": ["archived_forever is not a valid substatus for unresolved."]},
        ),
    ],
)
async def test_a_wrong_body_is_refused_field_by_field(server: Any, body: Any, problem: Any) -> None:
    answer = await server.put("issues/1/", **body)

    assert (answer.status_code, answer.json()) == (400, problem)
    assert (await server.issue())["status"] == "unresolved"


async def test_a_body_that_is_no_json_is_refused(server: Any) -> None:
    answer = await server.client.put("/api/0/organizations/acme/issues/1/", content=b"{")

    assert answer.status_code == 400


async def test_fields_are_changed_alone(server: Any) -> None:
    answer = await server.put("issues/1/", priority="high", hasSeen=True, assignedTo="user:1")

    issue = answer.json()
    assert (issue["priority"], issue["hasSeen"]) == ("high", True)
    assert issue["assignedTo"]["type"] == "user"
    assert issue["status"] == "unresolved"
    assert issue["priorityLockedAt"] == "2026-08-20T12:00:00.000000Z"


async def test_a_substatus_alone_archives(server: Any) -> None:
    answer = await server.put("issues/1/", substatus="archived_forever")

    assert (answer.json()["status"], answer.json()["substatus"]) == ("ignored", "archived_forever")


async def test_an_assignment_can_be_taken_back(server: Any) -> None:
    await server.put("issues/1/", assignedTo="me")

    answer = await server.put("issues/1/", assignedTo="")

    assert answer.json()["assignedTo"] is None


async def test_many_issues_are_changed_by_their_ids(server: Any, an_error: Build) -> None:
    await server.send(an_error("KeyError"))
    await server.send(an_error("TypeError"))

    answer = await server.put("issues/?id=1&id=2", status="resolved")

    assert answer.json() == {"status": "resolved", "statusDetails": {}}
    assert [one["id"] for one in await server.get("issues/")] == ["3"]


async def test_a_bulk_update_that_matches_nothing_has_no_content(server: Any) -> None:
    assert (await server.put("issues/?id=77", status="resolved")).status_code == 204


async def test_a_deleted_issue_is_gone(server: Any) -> None:
    answer = await server.client.delete("/api/0/organizations/acme/issues/1/")

    assert (answer.status_code, answer.content) == (202, b"")
    assert await server.get("issues/", query="") == []
