"""What GlitchTip lacks or does otherwise, and how each operation copes."""

from typing import Any

import pytest

from fakes import glitchtip
from fakes.desk import CALLS, Desk, seen_now, told, words
from fakes.glitchtip import GlitchTip
from modules.framework.contracts import Status


async def test_an_issue_is_read_below_no_organization_and_that_is_remembered(glitch: Desk) -> None:
    first = await glitch.data("get-issue-details", issue_id="3")
    assert any(one.startswith("GET /api/0/organizations/acme/issues/3/") for one in glitch.paths)

    second = await glitch.data("get-issue-details", issue_id="4")

    assert first["issue"]["short_id"] == "SHOP-3"
    assert second["issue"]["short_id"] == "SHOP-4"
    assert sorted(glitch.paths) == ["GET /api/0/issues/4/", "GET /api/0/issues/4/events/latest/"]


async def test_the_recommended_event_is_the_latest_where_nobody_recommends(any_desk: Desk) -> None:
    data = await any_desk.data("get-issue-details", issue_id="3")

    assert data["event"]["id"] == f"{3:032x}"
    (cause, *_) = told(data)["exceptions"]
    assert cause["frames"][0]["source"] == "return cart.sum / cart.count"
    assert any(one.endswith("/events/recommended/") for one in any_desk.paths)

    await any_desk.data("get-issue-details", issue_id="4")
    assert not any(one.endswith("/events/recommended/") for one in any_desk.paths)


async def test_an_oldest_event_that_the_server_cannot_find_is_refused_with_advice(
    glitch: Desk,
) -> None:
    error = await glitch.refusal("get-error-events", issue_id="3", event_id="oldest")

    assert error.category in ("unsupported", "validation")


async def test_the_oldest_event_of_an_old_sentry_is_read(old: Desk) -> None:
    data = await old.data("get-error-events", issue_id="3", event_id="oldest")

    assert data["event"]["id"] == f"{3:032x}"


async def test_events_that_come_in_snake_case_are_read(glitch: Desk) -> None:
    data = await glitch.data("get-error-events", issue_id="3")

    assert data["events"][0]["id"] == f"{3:032x}"
    assert data["events"][0]["at"] == "2026-08-20T10:00Z"


async def test_a_short_id_is_looked_up_in_the_list_once(glitch: Desk) -> None:
    await glitch.data("get-issue-details", issue_id="SHOP-3")
    searches = [one for one in glitch.server.seen if "/issues/?" in one]
    assert len(searches) == 1
    assert "sort=" not in searches[0]

    data = await glitch.data("get-issue-details", issue_id="shop-3")

    assert data["issue"]["id"] == "3"
    assert not [one for one in glitch.server.seen if "/issues/?" in one]


async def test_a_short_id_on_a_later_page_is_found(glitch: Desk) -> None:
    glitch.server.issues = [glitchtip.an_issue(at) for at in range(1, 251)]

    data = await glitch.data("get-issue-details", issue_id="SHOP-240")

    assert data["issue"]["id"] == "240"
    assert len(glitch.server.seen) <= 8


async def test_a_comment_is_sent_in_the_form_that_the_server_reads(glitch: Desk) -> None:
    data = await glitch.data("add-comment", issue_id="3", text="seen **twice**")

    assert data["comment_id"] == "70"
    (kept,) = glitch.server.comments["3"]  # type: ignore[union-attr]
    assert kept["data"] == {"text": "seen **twice**"}

    await glitch.data("add-comment", issue_id="3", text="and again")
    assert glitch.paths[-1:] == ["POST /api/0/issues/3/comments/"]


async def test_statistics_of_buckets_that_are_null_are_sums(glitch: Desk) -> None:
    seen_now(glitch)

    output = await glitch.answer("get-project-stats")

    data = output.data or {}
    assert data["rates"]["accepted"] == 7
    assert data["rates"]["source"] == "stats_v2"
    assert data["users"] is None
    assert "No affected users" in words(output)
    assert output.status is Status.PARTIAL_SUCCESS
    assert data["top_issues"][0]["issue"] == "SHOP-1"


@pytest.mark.parametrize("any_desk", ["glitch", "glitch_2022"], indirect=True)
async def test_what_the_server_cannot_search_for_is_unknown_and_not_zero(any_desk: Desk) -> None:
    output = await any_desk.answer("get-project-stats")

    assert (output.data or {})["issues"] == {"new": None, "regressed": None, "escalating": None}
    for state in ("new", "regressed", "escalating"):
        assert f"No {state} issues" in words(output)


async def test_patterns_are_found_without_counts_by_release(glitch: Desk) -> None:
    seen_now(glitch)

    output = await glitch.answer("analyze-error-patterns")

    assert output.status is Status.PARTIAL_SUCCESS
    assert "No releases and environments" in words(output)
    assert told(output.data or {})["by_type"][0]["key"] == "ValueError"


@pytest.mark.parametrize(
    "query",
    [
        "age:-24h",
        "is:escalating",
        "is:archived",
        "!level:error",
        "timesSeen:>5",
        "lastSeen:-24h",
        "level:[error]",
        "assigned:me",
        'title:"boom 3"',
        "release:latest",
        "boom level:error",
    ],
)
async def test_nothing_found_by_words_that_the_server_does_not_know_is_no_empty_list(
    glitch: Desk, query: str
) -> None:
    error = await glitch.refusal("get-recent-issues", query=query)

    assert error.category == "unsupported"
    assert "GlitchTip" in error.message


async def test_nothing_found_by_words_that_the_server_knows_is_an_empty_list(
    any_desk: Desk,
) -> None:
    data = await any_desk.data("get-recent-issues", query="is:unresolved level:fatal")

    assert data["issues"] == []
    assert any_desk.server.seen[-1].startswith("GET /api/0/organizations/acme/issues/")


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("resolve-issue", {"in_next_release": True}),
        ("resolve-issue", {"in_release": "1.0"}),
        ("ignore-issue", {"until": "count", "count": 5}),
        ("ignore-issue", {"until": "duration", "minutes": 5}),
    ],
)
async def test_a_condition_that_the_server_would_drop_is_refused_before_anything_is_sent(
    glitch: Desk, operation: str, parameters: dict[str, Any]
) -> None:
    error = await glitch.refusal(operation, issue_id="3", **parameters)

    assert error.category == "unsupported"
    assert "keeps no condition" in error.message
    assert glitch.paths == ["GET /api/settings/"]
    assert glitch.server.issues[2]["status"] == "unresolved"


async def test_a_substatus_that_the_server_drops_is_told(glitch: Desk) -> None:
    output = await glitch.answer("ignore-issue", issue_id="3")

    assert output.status is Status.PARTIAL_SUCCESS
    assert "this server does not keep the condition" in words(output)
    assert glitch.server.issues[2]["status"] == "ignored"


async def test_what_the_server_is_is_asked_for_once_and_saves_every_later_detour(
    glitch: Desk,
) -> None:
    await glitch.answer("get-issue-details", issue_id="3")
    assert glitch.paths.count("GET /api/settings/") == 1

    for operation, parameters in CALLS.items():
        await glitch.ask(operation, **parameters)
        assert "GET /api/settings/" not in glitch.paths or operation == "check-connection"
        assert not [one for one in glitch.paths if "/acme/issues/SHOP" in one]
        assert not [one for one in glitch.paths if one.endswith(("/recommended/", "/notes/"))]


async def test_a_plain_change_is_a_plain_success_with_its_way_back(glitch: Desk) -> None:
    resolved = await glitch.answer("resolve-issue", issue_id="SHOP-3")
    (effect,) = resolved.side_effects
    undone = await glitch.answer("unresolve-issue", issue_id="SHOP-3")

    assert resolved.status is undone.status is Status.SUCCESS
    assert effect.undo == "unresolve-issue issue_id=SHOP-3"
    assert glitch.server.issues[2]["status"] == "unresolved"


async def test_what_the_server_is_and_lacks_is_told(glitch: Desk) -> None:
    data = await glitch.data("check-connection")

    assert (data["kind"], data["version"]) == ("glitchtip", "master-2025-12-24")
    assert any("priority and substatus" in one for one in data["lacks"])
    assert {name: told for name, told in data["operations"].items() if told != "ok"} == {
        "ensure-alert-rules": "lacks alerts:write",
        "fix-project-setup": "lacks project:write",
    }


async def test_a_comment_with_a_change_finds_the_issue_by_its_number(glitch: Desk) -> None:
    output = await glitch.answer("resolve-issue", issue_id="3", comment="fixed")

    assert [one.action for one in output.side_effects] == ["set-status", "add-comment"]
    assert {one.target for one in output.side_effects} == {f"issue SHOP-3 on {glitchtip.URL}"}
    assert not [one for one in glitch.server.seen if "query=&" in one]  # nothing to look up
    assert isinstance(glitch.server, GlitchTip)
    assert glitch.server.comments["3"]


@pytest.mark.parametrize("link", ["shop/issues/3", "acme/issues/3", "issues/3"])
async def test_a_permalink_may_name_the_project(glitch: Desk, link: str) -> None:
    data = await glitch.data("get-issue-details", issue_id=f"{glitchtip.URL}/{link}")

    assert data["issue"]["id"] == "3"
    error = await glitch.refusal("get-issue-details", issue_id=f"{glitchtip.URL}/shop/issues/999")
    assert "organization 'shop'" not in error.message


@pytest.mark.parametrize("operation", ["resolve-issue", "add-comment"])
async def test_a_missing_scope_is_told_apart_from_a_bad_token(glitch: Desk, operation: str) -> None:
    glitch.server.scopes = ("event:read", "org:read", "project:read")  # type: ignore[union-attr]

    error = await glitch.refusal(operation, **CALLS[operation])

    assert error.category == "permission"
    assert "event:write" in str(error.recovery_suggestion)


async def test_a_quote_that_is_never_closed_is_not_blamed_on_the_server(glitch: Desk) -> None:
    error = await glitch.refusal("get-recent-issues", query='title:"boom')

    assert error.category == "validation"
    assert not error.retryable
    assert len(glitch.server.seen) == 2


async def test_to_ignore_for_ever_is_all_that_the_server_knows(glitch: Desk) -> None:
    first = await glitch.answer("ignore-issue", issue_id="3", until="forever")
    again = await glitch.answer("ignore-issue", issue_id="3", until="forever")

    assert (first.status, again.status) == (Status.SUCCESS, Status.SUCCESS)
    assert "nothing was sent" in words(again)
