"""Lists of servers that order, page and date them otherwise than Sentry."""

import pytest

from fakes.desk import TOKEN, Desk, desk_on_http, seen_now, walk, words
from fakes.glitchtip import GlitchTip
from fakes.old_sentry import OldSentry


async def test_a_period_that_the_server_ignores_is_kept_all_the_same(
    glitch: Desk, old: Desk
) -> None:
    seen_now(glitch, 100, 4)

    output = await glitch.answer("get-recent-issues", period="24h", limit=5)

    assert [one["short_id"] for one in (output.data or {})["issues"]] == ["SHOP-5"]
    assert (output.data or {})["next_cursor"] is None  # what follows is older still
    assert "ignores period" in words(output)
    assert "ignores period" not in words(await old.answer("get-recent-issues", period="24h"))
    assert "ignores period" not in words(await glitch.answer("get-recent-issues"))


@pytest.mark.parametrize("sort", ["freq", "new", "user"])
async def test_of_a_list_by_another_order_younger_issues_may_follow(
    glitch: Desk, sort: str
) -> None:
    seen_now(glitch, 2)

    data = await glitch.data("get-recent-issues", period="24h", limit=2, sort=sort)

    assert data["next_cursor"]


async def test_an_issue_without_a_time_ends_no_list(glitch: Desk) -> None:
    for one in glitch.server.issues:
        one["lastSeen"] = ""

    assert (await glitch.data("get-recent-issues", period="24h", limit=2))["next_cursor"]


async def test_a_list_that_names_the_same_next_page_for_ever_ends(glitch: Desk) -> None:
    glitch.server.stuck_at = 6  # type: ignore[union-attr]

    found = await walk(glitch, sort="freq", limit=3)

    assert set(found) == {"1", "2", "3", "4", "5", "6"}


async def test_words_for_sorting_are_translated_and_that_is_remembered(glitch: Desk) -> None:
    first = await glitch.data("get-recent-issues", sort="freq", limit=3)
    second = await glitch.data("get-recent-issues", sort="new", limit=3)

    assert [one["events"] for one in first["issues"]] == [99, 98, 97]
    assert second["issues"]
    (asked,) = glitch.server.seen
    assert "sort=-first_seen" in asked


@pytest.mark.parametrize("any_http_desk", ["http_glitch", "http_glitch_2022"], indirect=True)
@pytest.mark.parametrize("sort", ["freq", "new"])
async def test_an_order_that_the_server_would_ignore_is_asked_for_in_its_own_words(
    any_http_desk: Desk, sort: str
) -> None:
    for at, one in enumerate(any_http_desk.server.issues):
        one["count"], one["firstSeen"] = str(at + 1), f"2026-08-{at + 1:02}T10:00:00.000Z"

    data = await any_http_desk.data("get-recent-issues", sort=sort, limit=3)

    assert [one["short_id"] for one in data["issues"]] == ["SHOP-12", "SHOP-11", "SHOP-10"]


async def test_an_order_that_the_server_does_not_have_is_told(
    http_glitch: Desk, http_old: Desk
) -> None:
    lacking = await http_glitch.answer("get-recent-issues", sort="user")
    having = await http_old.answer("get-recent-issues", sort="user")

    assert "cannot sort by users" in words(lacking)
    assert "cannot sort by users" not in words(having)


@pytest.mark.parametrize("sort", ["date", "new", "freq", "user"])
async def test_every_order_that_is_offered_is_taken_by_every_server(
    any_http_desk: Desk, sort: str
) -> None:
    assert (await any_http_desk.data("get-recent-issues", sort=sort))["shown"] == 10


async def test_without_a_search_only_unresolved_issues_are_listed(any_http_desk: Desk) -> None:
    any_http_desk.server.issues[0]["status"] = "resolved"

    assert "1" not in await walk(any_http_desk)


async def test_words_after_the_terms_of_a_search_are_found(any_http_desk: Desk) -> None:
    data = await any_http_desk.data("get-recent-issues", query="level:error boom")

    assert data["issues"]


@pytest.mark.parametrize("limit", [-1, 0, 101])
async def test_a_size_that_would_empty_a_page_is_never_sent(http_glitch: Desk, limit: int) -> None:
    error = await http_glitch.refusal("get-recent-issues", limit=limit)

    assert error.category == "validation"
    assert http_glitch.server.seen == []


async def test_events_are_walked_where_per_page_counts_for_nothing(http_glitch: Desk) -> None:
    http_glitch.server.events = 5  # type: ignore[union-attr]
    found: list[str] = []
    cursor = None

    for size in (2, 2, 1):
        page = await http_glitch.data("get-error-events", issue_id="3", limit=2, cursor=cursor)
        assert len(page["events"]) == size
        found += [one["id"] for one in page["events"]]
        cursor = page["next_cursor"]

    assert cursor is None
    assert found == [f"{4096 * age + 3:032x}" for age in range(5)]


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [("get-recent-issues", {}), ("get-error-events", {"issue_id": "3"})],
)
async def test_a_cursor_of_another_server_is_a_wrong_value_and_nothing_missing(
    any_http_desk: Desk, operation: str, parameters: dict[str, str]
) -> None:
    if operation == "get-error-events":
        await any_http_desk.data(operation, **parameters)

    error = await any_http_desk.refusal(operation, cursor="garbage", **parameters)

    assert error.category == "validation"


@pytest.mark.parametrize("any_http_desk", ["http_glitch", "http_glitch_2022"], indirect=True)
async def test_what_was_not_seen_in_the_period_is_in_no_pattern_and_not_among_the_top(
    any_http_desk: Desk,
) -> None:
    seen_now(any_http_desk, 100, 8)

    patterns = await any_http_desk.answer("analyze-error-patterns")
    stats = await any_http_desk.answer("get-project-stats")

    assert (patterns.data or {})["issues"] == 1
    assert [one["issue"] for one in (stats.data or {})["top_issues"]] == ["SHOP-9"]
    assert "ignores period" in words(patterns)
    assert "ignores period" in words(stats)


@pytest.mark.parametrize("any_http_desk", ["http_glitch", "http_glitch_2022"], indirect=True)
async def test_events_after_the_end_of_a_period_are_not_counted_in_it(any_http_desk: Desk) -> None:
    data = await any_http_desk.data("get-project-stats")

    assert (data["rates"]["accepted"], data["rates"]["trend_percent"]) == (7, 0)


async def test_projects_of_an_unknown_organization_are_no_empty_list() -> None:
    for server in (GlitchTip(TOKEN), GlitchTip(TOKEN, of_2022=True), OldSentry(TOKEN)):
        async with desk_on_http(server, SENTRY_ORG_SLUG="nope") as desk:
            error = await desk.refusal("list-projects")

        assert error.category == "not_found"
        assert "SENTRY_ORG_SLUG to one of: acme" in str(error.recovery_suggestion)
