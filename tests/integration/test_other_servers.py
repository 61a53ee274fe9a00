"""Every operation on servers that speak Sentry's API less well: GlitchTip, and a Sentry of 2023."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from starlette.responses import HTMLResponse

from fakes import glitchtip, old_sentry
from fakes.glitchtip import GlitchTip
from fakes.old_sentry import OldSentry
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.page_text import agent_text
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ErrorDetail, ModuleInput, ModuleOutput, Status
from modules.framework.module import viewed

TOKEN = "7" * 64
CALLS: dict[str, dict[str, Any]] = {
    "get-recent-issues": {"sort": "freq"},
    "get-issue-details": {"issue_id": "SHOP-3"},
    "get-error-events": {"issue_id": "SHOP-3"},
    "resolve-issue": {"issue_id": "SHOP-3", "comment": "fixed"},
    "ignore-issue": {"issue_id": "SHOP-3"},
    "unresolve-issue": {"issue_id": "SHOP-5"},
    "add-comment": {"issue_id": "SHOP-3", "text": "seen"},
    "get-project-stats": {},
    "analyze-error-patterns": {},
    "list-projects": {},
    "check-connection": {},
}
MOST_REQUESTS = {"get-project-stats": 10, "resolve-issue": 7}
MOST_REQUESTS_LATER = {"get-project-stats": 7, "check-connection": 4, "resolve-issue": 5}


class Desk:
    """A server, a module that is set to it, and what passes between them."""

    def __init__(self, server: GlitchTip | OldSentry, url: str, **environ: str) -> None:
        self.server = server
        settings = {
            "SENTRY_URL": url,
            "SENTRY_AUTH_TOKEN": TOKEN,
            "SENTRY_ORG_SLUG": "acme",
            "SENTRY_PROJECT": "shop",
            "SENTRY_RETRY_ATTEMPTS": "1",
        }
        transport = httpx.ASGITransport(app=server)
        self.module = SentryErrorMonitorModule({**settings, **environ}, transport=transport)

    async def ask(self, operation: str, **parameters: Any) -> ModuleOutput:
        self.server.seen.clear()
        return await self.module.execute(ModuleInput(operation=operation, parameters=parameters))

    async def answer(self, operation: str, **parameters: Any) -> ModuleOutput:
        """One that has data, and can be read as a page."""
        output = await self.ask(operation, **parameters)
        assert output.ok, output.error
        assert agent_text(*viewed(output, OPERATIONS.find(operation).view))
        return output

    async def data(self, operation: str, **parameters: Any) -> dict[str, Any]:
        output = await self.answer(operation, **parameters)
        return output.data or {}

    async def refusal(self, operation: str, **parameters: Any) -> ErrorDetail:
        output = await self.ask(operation, **parameters)
        assert output.status is Status.FAILURE, output
        assert output.error is not None
        assert output.error.recovery_suggestion
        return output.error

    @property
    def paths(self) -> list[str]:
        """What the last call asked the server, without queries."""
        return [one.partition("?")[0] for one in self.server.seen]


@pytest.fixture
async def closing() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def glitch(closing: AsyncExitStack) -> Desk:
    return open_desk(closing, GlitchTip(TOKEN))


@pytest.fixture
def glitch_2022(closing: AsyncExitStack) -> Desk:
    return open_desk(closing, GlitchTip(TOKEN, of_2022=True))


@pytest.fixture
def old(closing: AsyncExitStack) -> Desk:
    return open_desk(closing, OldSentry(TOKEN))


@pytest.fixture(params=["glitch", "glitch_2022", "old"])
def any_desk(request: pytest.FixtureRequest) -> Desk:
    desk: Desk = request.getfixturevalue(request.param)
    return desk


def open_desk(closing: AsyncExitStack, server: GlitchTip | OldSentry, **environ: str) -> Desk:
    url = glitchtip.URL if isinstance(server, GlitchTip) else old_sentry.URL
    desk = Desk(server, url, **environ)
    closing.push_async_callback(desk.module.aclose)
    return desk


def words(output: ModuleOutput) -> str:
    return " ".join(output.warnings)


def told(data: dict[str, Any]) -> Any:
    return data["untrusted"]["data"]


# On each of them


def test_every_operation_is_tried() -> None:
    assert set(CALLS) == set(OPERATIONS.names)


@pytest.mark.parametrize("operation", CALLS)
async def test_every_operation_has_an_answer_after_few_requests(
    any_desk: Desk, operation: str
) -> None:
    await any_desk.answer(operation, **CALLS[operation])

    assert 1 <= len(any_desk.server.seen) <= MOST_REQUESTS.get(operation, 6)


@pytest.mark.parametrize("operation", CALLS)
async def test_a_second_call_knows_what_the_server_lacks(any_desk: Desk, operation: str) -> None:
    for name, parameters in CALLS.items():
        await any_desk.ask(name, **parameters)

    await any_desk.answer(operation, **CALLS[operation])

    assert len(any_desk.server.seen) <= MOST_REQUESTS_LATER.get(operation, 3)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get-issue-details", {}),
        ("get-error-events", {}),
        ("get-error-events", {"event_id": "latest"}),
        ("resolve-issue", {}),
        ("add-comment", {"text": "seen"}),
    ],
)
@pytest.mark.parametrize("issue", ["99", "SHOP-99"])
async def test_an_unknown_issue_is_not_found_and_never_an_empty_answer(
    any_desk: Desk, operation: str, parameters: dict[str, str], issue: str
) -> None:
    error = await any_desk.refusal(operation, issue_id=issue, **parameters)

    assert error.category == "not_found"


async def test_an_unknown_project_is_not_found_and_the_others_are_named(any_desk: Desk) -> None:
    error = await any_desk.refusal("get-recent-issues", project_slug="1")

    assert error.category == "not_found"
    assert "shop" in str(error.recovery_suggestion)


async def test_an_unknown_organization_is_told(closing: AsyncExitStack) -> None:
    for server in (GlitchTip(TOKEN), OldSentry(TOKEN)):
        desk = open_desk(closing, server, SENTRY_ORG_SLUG="nope")

        error = await desk.refusal("get-recent-issues")

        assert error.category == "not_found"
        assert "SENTRY_ORG_SLUG to one of: acme" in str(error.recovery_suggestion)


@pytest.mark.parametrize("operation", CALLS)
async def test_a_bad_token_is_told_as_such(any_desk: Desk, operation: str) -> None:
    any_desk.server.token = "another"

    error = await any_desk.refusal(operation, **CALLS[operation])

    assert error.category == "authentication"


@pytest.mark.parametrize("operation", CALLS)
async def test_the_token_is_in_no_answer(any_desk: Desk, operation: str) -> None:
    good = await any_desk.answer(operation, **CALLS[operation])
    any_desk.server.token = "another"
    bad = await any_desk.ask(operation, **CALLS[operation])

    assert TOKEN not in good.model_dump_json() + bad.model_dump_json()


@pytest.mark.parametrize("operation", CALLS)
async def test_a_web_page_with_status_200_is_never_an_answer(glitch: Desk, operation: str) -> None:
    glitch.server.app = HTMLResponse(glitchtip.APP)

    error = await glitch.refusal(operation, **CALLS[operation])

    assert error.category == ("timeout" if operation == "add-comment" else "unsupported")
    assert "<" not in error.message


async def test_the_pages_of_a_list_are_walked_to_their_end(any_desk: Desk) -> None:
    found = await walk(any_desk, limit=5)

    assert sorted(found) == sorted(one["id"] for one in any_desk.server.issues)


async def walk(desk: Desk, most: int = 8, **parameters: Any) -> list[str]:
    """The issues of every page, as somebody reads them who follows each cursor."""
    found: list[str] = []
    cursor = None
    for _ in range(most):
        page = await desk.data("get-recent-issues", cursor=cursor, **parameters)
        found += [one["id"] for one in page["issues"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
    raise AssertionError(f"there were still more after {most} pages")


# GlitchTip


async def test_an_issue_is_read_below_no_organization_and_that_is_remembered(glitch: Desk) -> None:
    first = await glitch.data("get-issue-details", issue_id="3")
    assert "GET /api/0/organizations/acme/issues/3/" in glitch.paths

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
    assert glitch.paths == ["POST /api/0/issues/3/comments/"]


async def test_words_for_sorting_are_translated_and_that_is_remembered(glitch: Desk) -> None:
    first = await glitch.data("get-recent-issues", sort="freq", limit=3)
    second = await glitch.data("get-recent-issues", sort="new", limit=3)

    assert [one["events"] for one in first["issues"]] == [99, 98, 97]
    assert second["issues"]
    (asked,) = glitch.server.seen
    assert "sort=-first_seen" in asked


async def test_a_list_that_names_the_same_next_page_for_ever_ends(glitch: Desk) -> None:
    glitch.server.stuck_at = 6  # type: ignore[union-attr]

    found = await walk(glitch, sort="freq", limit=3)

    assert set(found) == {"1", "2", "3", "4", "5", "6"}


async def test_statistics_of_buckets_that_are_null_are_sums(glitch: Desk) -> None:
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
    output = await glitch.answer("analyze-error-patterns")

    assert output.status is Status.PARTIAL_SUCCESS
    assert "No releases and environments" in words(output)
    assert told(output.data or {})["by_type"][0]["key"] == "ValueError"


@pytest.mark.parametrize(
    "query",
    ["age:-24h", "is:escalating", "!level:error", "timesSeen:>5", "lastSeen:-24h", "level:[error]"],
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


async def test_a_condition_that_the_server_drops_is_told(glitch: Desk) -> None:
    output = await glitch.answer("resolve-issue", issue_id="3", in_next_release=True)

    assert output.status is Status.PARTIAL_SUCCESS
    assert "this server does not keep the condition" in words(output)
    assert glitch.server.issues[2]["status"] == "resolved"


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
    assert set(data["operations"].values()) == {"ok"}


@pytest.mark.parametrize("operation", ["resolve-issue", "add-comment"])
async def test_a_missing_scope_is_told_apart_from_a_bad_token(
    closing: AsyncExitStack, operation: str
) -> None:
    reading = ("event:read", "org:read", "project:read")
    desk = open_desk(closing, GlitchTip(TOKEN, scopes=reading))

    error = await desk.refusal(operation, **CALLS[operation])

    assert error.category == "permission"
    assert "event:write" in str(error.recovery_suggestion)


async def test_a_quote_that_is_never_closed_is_not_blamed_on_the_server(glitch: Desk) -> None:
    error = await glitch.refusal("get-recent-issues", query='title:"boom')

    assert error.category == "validation"
    assert not error.retryable
    assert len(glitch.server.seen) == 2


# A Sentry of 2023


async def test_an_old_sentry_is_asked_for_issues_below_their_organization(old: Desk) -> None:
    data = await old.data("get-issue-details", issue_id="SHOP-3")

    assert data["issue"]["id"] == "3"
    assert "priority" not in data["issue"]
    assert "substatus" not in data["issue"]
    assert all(one.startswith("GET /api/0/organizations/acme/") for one in old.paths)


async def test_an_event_past_retention_leaves_the_issue_to_be_read(old: Desk) -> None:
    output = await old.answer(
        "get-issue-details", issue_id=f"{old_sentry.URL}/issues/3/events/{4:032x}/"
    )

    assert output.status is Status.PARTIAL_SUCCESS
    assert "past retention" in words(output)


async def test_a_substatus_that_is_not_kept_is_told(old: Desk) -> None:
    output = await old.answer("ignore-issue", issue_id="3", until="forever")

    assert output.status is Status.PARTIAL_SUCCESS
    assert "does not keep the condition" in words(output)


async def test_a_condition_that_is_kept_is_a_success(old: Desk) -> None:
    output = await old.answer("resolve-issue", issue_id="3", in_release="shop@1.1")

    assert output.status is Status.SUCCESS
    assert (output.data or {})["after"]["details"] == {"inRelease": "shop@1.1"}


async def test_an_unknown_release_is_explained(old: Desk) -> None:
    error = await old.refusal("resolve-issue", issue_id="3", in_release="9.9")

    assert error.category == "validation"
    assert "no such release" in str(error.recovery_suggestion)


async def test_the_same_comment_twice_is_there_once(old: Desk) -> None:
    first = await old.data("add-comment", issue_id="3", text="seen")
    second = await old.data("add-comment", issue_id="3", text="seen")

    assert (first["already_there"], second["already_there"]) == (False, True)
    assert first["comment_id"] == second["comment_id"]


async def test_statistics_of_an_old_sentry_are_complete_but_for_substatus(old: Desk) -> None:
    output = await old.answer("get-project-stats")

    data = output.data or {}
    assert output.status is Status.SUCCESS
    assert data["issues"] == {"new": 0, "regressed": 0, "escalating": 0}
    assert (data["rates"]["accepted"], data["rates"]["filtered"], data["users"]) == (7, 2, 2)


async def test_an_old_sentry_tells_its_version(old: Desk) -> None:
    data = await old.data("check-connection")

    assert (data["kind"], data["version"], data["lacks"]) == ("sentry", "23.7.1", [])
