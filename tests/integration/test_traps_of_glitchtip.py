"""Where GlitchTip answers one thing and means another; docs/other-servers.md lists what is tried."""

import re
from typing import Any

import pytest
from starlette.responses import HTMLResponse, JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from fakes.desk import CALLS, TOKEN, Desk, told, words
from fakes.glitchtip import SETTINGS, GlitchTip
from fakes.old_sentry import OldSentry
from modules.framework.contracts import Status

BOTH = pytest.mark.parametrize("any_http_desk", ["http_glitch", "http_glitch_2022"], indirect=True)


def elsewhere(desk: Desk, path: str, answer: ASGIApp) -> None:
    """From now on, another answer is given at a path."""
    before = desk.server.app

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (answer if scope["path"] == path else before)(scope, receive, send)

    desk.server.app = app


async def test_nothing_but_reads_and_changes_of_one_issue_is_sent(any_http_desk: Desk) -> None:
    sent: list[str] = []
    for operation, parameters in CALLS.items():
        await any_http_desk.ask(operation, **parameters)
        sent += any_http_desk.paths

    assert {one.partition(" ")[0] for one in sent} == {"GET", "PUT", "POST"}
    for one in sent:
        if not one.startswith("GET "):
            assert re.fullmatch(r"(PUT|POST) \S+/issues/[\w-]+/((notes|comments)/)?", one)
        assert one.endswith("/")


async def test_a_web_page_at_the_settings_is_no_glitchtip(http_old: Desk) -> None:
    elsewhere(http_old, "/api/settings/", HTMLResponse("<html>Sentry</html>"))

    output = await http_old.answer("resolve-issue", issue_id="3", in_release="shop@1.1")

    assert output.status is Status.SUCCESS
    assert (await http_old.data("check-connection"))["kind"] == "sentry"


async def test_a_version_that_is_kept_from_strangers_is_left_out(http_old: Desk) -> None:
    elsewhere(http_old, "/api/client-config/", JSONResponse({"isSelfHosted": True}))

    data = await http_old.data("check-connection")

    assert (data["kind"], data["version"]) == ("sentry", "")


async def test_a_token_that_ends_between_reading_and_changing_is_told_as_such(
    http_glitch: Desk,
) -> None:
    inner = http_glitch.server.app

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "PUT":
            http_glitch.server.token = "another"
        await inner(scope, receive, send)

    http_glitch.server.app = app

    error = await http_glitch.refusal("resolve-issue", issue_id="3")

    assert error.category == "authentication"
    assert http_glitch.server.issues[2]["status"] == "unresolved"


@BOTH
async def test_a_missing_scope_is_no_bad_token_in_the_words_of_either(any_http_desk: Desk) -> None:
    any_http_desk.server.scopes = ("event:read", "project:read")  # type: ignore[union-attr]

    error = await any_http_desk.refusal("resolve-issue", issue_id="3")

    assert error.category == "permission"
    assert "event:write" in str(error.recovery_suggestion)


async def test_an_issue_is_read_below_its_organization_where_that_is_there(
    http_glitch_2022: Desk,
) -> None:
    data = await http_glitch_2022.data("get-error-events", issue_id="3")
    assert data["events"][0]["id"] == f"{3:032x}"

    before = http_glitch_2022.server.issues[2]
    output = await http_glitch_2022.answer("ignore-issue", issue_id="3", until="forever")

    assert output.status is Status.SUCCESS
    assert before["status"] == "ignored"


@BOTH
@pytest.mark.parametrize("short", ["SHOP-0", "shop-0"])
async def test_short_ids_may_count_from_0(any_http_desk: Desk, short: str) -> None:
    any_http_desk.server.issues[4]["shortId"] = "SHOP-0"

    assert (await any_http_desk.data("get-issue-details", issue_id=short))["issue"]["id"] == "5"


async def test_where_comments_cannot_be_kept_a_change_is_made_without_its_comment(
    http_glitch_2022: Desk,
) -> None:
    error = await http_glitch_2022.refusal("add-comment", issue_id="3", text="seen")
    output = await http_glitch_2022.answer("resolve-issue", issue_id="3", comment="fixed")

    assert error.category == "unsupported"
    assert output.status is Status.PARTIAL_SUCCESS
    assert "comment was not added" in words(output)
    assert http_glitch_2022.server.issues[2]["status"] == "resolved"


@BOTH
async def test_an_oldest_event_has_no_name_there(any_http_desk: Desk) -> None:
    error = await any_http_desk.refusal("get-error-events", issue_id="3", event_id="oldest")

    assert error.category == "unsupported"
    assert "the last page" in str(error.recovery_suggestion)


@BOTH
async def test_a_permalink_is_shown_where_it_is_one(any_http_desk: Desk) -> None:
    base = (await any_http_desk.data("check-connection"))["server"]
    first, second = any_http_desk.server.issues[:2]
    first["permalink"], second["permalink"] = "Not implemented", f"{base}/shop/issues/2"

    found = await any_http_desk.data("get-recent-issues", limit=2)

    assert [one.get("url") for one in found["issues"]] == [None, f"{base}/shop/issues/2"]


async def test_an_address_that_the_server_did_not_scrub_is_redacted(any_http_desk: Desk) -> None:
    for detail in ("concise", "detailed"):
        output = await any_http_desk.answer(
            "get-issue-details", issue_id="3", response_format=detail
        )

        assert "jo" in told(output.data or {})["user"].values()
        assert "10.0.0.1" not in output.model_dump_json()


async def test_organizations_have_ids_of_numbers_and_no_links(http_glitch: Desk) -> None:
    organizations = [{"id": 1, "slug": "acme", "name": "Acme", "require2FA": False}]
    elsewhere(http_glitch, "/api/0/organizations/acme/", JSONResponse(organizations[0]))

    data = await http_glitch.data("check-connection")

    assert (data["organization"], data["region"]) == ("acme", "")


async def test_a_newer_glitchtip_with_another_version_is_recognised(http_glitch: Desk) -> None:
    elsewhere(http_glitch, "/api/settings/", JSONResponse({**SETTINGS, "version": "6.1.0"}))

    data = await http_glitch.data("check-connection")

    assert (data["kind"], data["version"]) == ("glitchtip", "6.1.0")
    assert any("affected users" in one for one in data["lacks"])


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("add-comment", {"issue_id": "3", "text": "seen"}),
        ("get-recent-issues", {"sort": "freq"}),
        ("get-error-events", {"issue_id": "3"}),
    ],
)
async def test_a_server_that_was_replaced_is_asked_anew(
    http_glitch: Desk, operation: str, parameters: dict[str, Any]
) -> None:
    for name, given in CALLS.items():
        await http_glitch.ask(name, **given)
    http_glitch.server = OldSentry(TOKEN)

    await http_glitch.answer(operation, **parameters)

    http_glitch.server = GlitchTip(TOKEN)
    await http_glitch.answer(operation, **parameters)
