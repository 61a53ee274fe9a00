"""Every operation on each server that speaks Sentry's API less well."""

from contextlib import AsyncExitStack

import pytest
from starlette.responses import HTMLResponse

from fakes import glitchtip_replies
from fakes.desk import (
    ALERT_CALLS,
    CALLS,
    JOB_CALLS,
    SETUP_CALLS,
    TELEMETRY_CALLS,
    TOKEN,
    TRACKER_CALLS,
    Desk,
    open_desk,
    walk,
)
from fakes.glitchtip import GlitchTip
from fakes.old_sentry import OldSentry
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS

# Where a comment cannot be added, it is asked twice whether the server is still the same.
MOST_REQUESTS = {"get-project-stats": 10, "resolve-issue": 10, "get-error-statistics": 8}
MOST_REQUESTS_LATER = {
    "get-project-stats": 7,
    "check-connection": 4,
    "resolve-issue": 7,
    "get-error-statistics": 6,
}

# GlitchTip of 2022 keeps no comments.
ON_EACH = [
    (desk, operation)
    for desk in ("glitch", "glitch_2022", "old")
    for operation in CALLS
    if (desk, operation) != ("glitch_2022", "add-comment")
]
on_each = pytest.mark.parametrize(("any_desk", "operation"), ON_EACH, indirect=["any_desk"])


def test_every_operation_is_tried() -> None:
    apart = {*JOB_CALLS, *TRACKER_CALLS, *ALERT_CALLS, *SETUP_CALLS, *TELEMETRY_CALLS}
    assert {*CALLS, *apart} == set(OPERATIONS.names)
    assert set(CALLS) & set(JOB_CALLS) == set()


@on_each
async def test_every_operation_has_an_answer_after_few_requests(
    any_desk: Desk, operation: str
) -> None:
    await any_desk.answer(operation, **CALLS[operation])

    assert 1 <= len(any_desk.server.seen) <= MOST_REQUESTS.get(operation, 6)


@on_each
async def test_a_second_call_knows_what_the_server_lacks(any_desk: Desk, operation: str) -> None:
    for name, parameters in CALLS.items():
        await any_desk.ask(name, **parameters)

    await any_desk.answer(operation, **CALLS[operation])

    assert len(any_desk.server.seen) <= MOST_REQUESTS_LATER.get(operation, 3)


async def test_jobs_are_answered_without_the_server(any_desk: Desk) -> None:
    accepted = await any_desk.data("autofix-issue", **CALLS["autofix-issue"])
    any_desk.server.token = "another"

    for operation, parameters in JOB_CALLS.items():
        named = {"job_id": accepted["job"]} if operation.endswith("autofix-job") else {}
        await any_desk.answer(operation, **named, **parameters)
        assert any_desk.server.seen == []


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get-issue-details", {}),
        ("get-error-events", {}),
        ("get-error-events", {"event_id": "latest"}),
        ("resolve-issue", {}),
    ],
)
@pytest.mark.parametrize("issue", ["99", "SHOP-99"])
async def test_an_unknown_issue_is_not_found_and_never_an_empty_answer(
    any_desk: Desk, operation: str, parameters: dict[str, str], issue: str
) -> None:
    error = await any_desk.refusal(operation, issue_id=issue, **parameters)

    assert error.category == "not_found"


@pytest.mark.parametrize("any_desk", ["glitch", "old"], indirect=True)
@pytest.mark.parametrize("issue", ["99", "SHOP-99"])
async def test_a_comment_on_an_unknown_issue_is_refused(any_desk: Desk, issue: str) -> None:
    error = await any_desk.refusal("add-comment", issue_id=issue, text="seen")

    assert error.category == "not_found"


async def test_an_unknown_project_is_not_found_and_the_others_are_named(any_desk: Desk) -> None:
    error = await any_desk.refusal("get-recent-issues", project_slug="1")

    assert error.category == "not_found"
    assert "shop" in str(error.recovery_suggestion)


async def test_an_unknown_organization_is_told(closing: AsyncExitStack) -> None:
    for server in (GlitchTip(TOKEN), GlitchTip(TOKEN, of_2022=True), OldSentry(TOKEN)):
        desk = open_desk(closing, server, SENTRY_ORG_SLUG="nope")

        error = await desk.refusal("get-recent-issues")

        assert error.category == "not_found"
        assert "SENTRY_ORG_SLUG to one of: acme" in str(error.recovery_suggestion)


@pytest.mark.parametrize("operation", CALLS)
async def test_a_bad_token_is_told_as_such(any_desk: Desk, operation: str) -> None:
    any_desk.server.token = "another"

    error = await any_desk.refusal(operation, **CALLS[operation])

    assert error.category == "authentication"


@on_each
async def test_the_token_is_in_no_answer(any_desk: Desk, operation: str) -> None:
    good = await any_desk.answer(operation, **CALLS[operation])
    any_desk.server.token = "another"
    bad = await any_desk.ask(operation, **CALLS[operation])

    assert TOKEN not in good.model_dump_json() + bad.model_dump_json()


@pytest.mark.parametrize("operation", CALLS)
async def test_a_web_page_with_status_200_is_never_an_answer(glitch: Desk, operation: str) -> None:
    glitch.server.app = HTMLResponse(glitchtip_replies.APP)

    error = await glitch.refusal(operation, **CALLS[operation])

    assert error.category == ("timeout" if operation == "add-comment" else "unsupported")
    assert "<" not in error.message


async def test_the_pages_of_a_list_are_walked_to_their_end(any_desk: Desk) -> None:
    found = await walk(any_desk, limit=5)

    assert sorted(found) == sorted(one["id"] for one in any_desk.server.issues)
