"""What is asked of a server, and what becomes of odd answers to it."""

from datetime import UTC, datetime

import pytest

from fakes.sender import FakeSender, missing, reply
from fakes.values import EVENT_ID, an_event, an_issue
from modules.outbound.errors import Unreachable
from modules.outbound.messages import Reply, Request
from modules.sentry.client import SentryClient
from modules.sentry.errors import BadAnswer, Forbidden, NotFound, Unsupported
from modules.sentry.events import count_events, get_event
from modules.sentry.issues import IssueSearch, add_note, get_issue, list_notes, search_issues
from modules.sentry.locate import IssueRef
from modules.sentry.models import Project
from modules.sentry.outcomes import outcome_series
from modules.sentry.projects import (
    find_project,
    list_projects,
    server_kind,
    who_am_i,
)

ORG = "/api/0/organizations/acme/"
ISSUE = f"{ORG}issues/42/"
SHOP = "/api/0/projects/acme/shop/"
PROJECT = Project("1", "shop")
PAGE = Reply(200, {"content-type": "text/html"}, b"<html>")
START, END = datetime(2026, 8, 20, tzinfo=UTC), datetime(2026, 8, 21, tzinfo=UTC)


def a_client(sender: FakeSender) -> SentryClient:
    return SentryClient("https://sentry.example.com", connect=lambda base_url: sender, org="acme")


# Issues


async def test_a_search_goes_to_the_server_as_it_was_given() -> None:
    sender = FakeSender({f"{ORG}issues/": reply([an_issue()], x_hits="7")})
    search = IssueSearch('is:unresolved "a b" !x:[1,2]', "1", "prod", "14d", "freq", 5, "0:5:0")

    page = await search_issues(a_client(sender), "acme", search)

    assert (page.issues[0].id, page.total, page.next_cursor) == ("42", 7, None)
    assert sender.requests[-1].query == (
        ("query", 'is:unresolved "a b" !x:[1,2]'),
        ("limit", "5"),
        ("project", "1"),
        ("environment", "prod"),
        ("statsPeriod", "14d"),
        ("sort", "freq"),
        ("cursor", "0:5:0"),
    )


async def test_a_share_link_is_resolved_before_it_is_used() -> None:
    key = EVENT_ID
    sender = FakeSender(
        {
            f"{ORG}shared/issues/{key}/": reply({"id": "42"}),
            ISSUE: reply(an_issue()),
            f"{ISSUE}notes/": lambda request: reply(
                {"id": "9"} if request.method == "POST" else [{"id": "9", "data": {"text": "hi"}}]
            ),
        }
    )
    client, ref = a_client(sender), IssueRef(key, shared=True)

    assert (await get_issue(client, "acme", ref)).id == "42"
    assert await add_note(client, "acme", ref, "hi") == "9"
    assert await list_notes(client, "acme", ref) == [("9", "hi")]


# Events


@pytest.mark.parametrize("answer", [missing(), reply({"detail": "x"}, 400), PAGE])
async def test_a_server_that_does_not_know_recommended_is_asked_for_the_latest(
    answer: Reply,
) -> None:
    latest = {f"{ISSUE}events/latest/": reply(an_event())}
    sender = FakeSender({f"{ISSUE}events/recommended/": answer, **latest})
    sender.answers["/api/0/issues/42/events/recommended/"] = answer
    sender.answers["/api/0/issues/42/events/latest/"] = reply(an_event())
    client = a_client(sender)

    for _ in range(2):
        assert (await get_event(client, "acme", IssueRef("42"), "recommended")).id == EVENT_ID
    assert "alias-recommended" in client.lacks
    assert sum("recommended" in one for one in sender.paths) <= 2


async def test_an_issue_without_any_event_says_so_and_teaches_nothing() -> None:
    client = a_client(FakeSender({}))

    with pytest.raises(NotFound, match="recommended"):
        await get_event(client, "acme", IssueRef("42"), "recommended")
    assert client.lacks == frozenset()


async def test_another_event_has_no_substitute() -> None:
    sender = FakeSender({f"{ISSUE}events/latest/": reply(an_event())})

    with pytest.raises(NotFound):
        await get_event(a_client(sender), "acme", IssueRef("42"), "oldest")


# Projects


async def test_a_project_without_an_id_is_a_bad_answer_and_not_every_project() -> None:
    with pytest.raises(BadAnswer):
        await find_project(a_client(FakeSender({SHOP: reply({"id": None})})), "acme", "shop")


async def test_a_project_that_may_not_be_read_is_found_in_the_list() -> None:
    listed = reply([{"id": "7", "slug": "shop-old"}, {"id": "1", "slug": "shop"}])
    sender = FakeSender({SHOP: reply({"detail": "x"}, 403), f"{ORG}projects/": listed})

    assert (await find_project(a_client(sender), "acme", "shop")).id == "1"
    sender.answers[f"{ORG}projects/"] = reply([])
    with pytest.raises(Forbidden):
        await find_project(a_client(sender), "acme", "shop")


async def test_an_unknown_project_is_told_with_those_there_are() -> None:
    sender = FakeSender({f"{ORG}projects/": reply([{"id": "1", "slug": "shop"}])})

    with pytest.raises(NotFound) as caught:
        await find_project(a_client(sender), "acme", "shpo")

    assert caught.value.recovery_suggestion == "Give one of the projects: shop."
    assert caught.value.details == {"projects": ["shop"]}


@pytest.mark.parametrize("broken", [Unreachable(), reply({"detail": "x"}, 500), PAGE])
async def test_an_explanation_that_fails_hides_nothing(broken: Reply | Exception) -> None:
    sender = FakeSender({f"{ORG}projects/": broken, "/api/0/organizations/": broken})
    client = a_client(sender)

    with pytest.raises(NotFound, match="project 'shpo'"):
        await find_project(client, "acme", "shpo")
    with pytest.raises(NotFound, match="issue 42"):
        await get_issue(client, "acme", IssueRef("42"))


async def test_projects_are_sorted_and_must_have_slugs() -> None:
    sender = FakeSender(
        {f"{ORG}projects/": reply([{"id": 2, "slug": "b"}, {"id": 1, "slug": "a"}])}
    )

    found, more = await list_projects(a_client(sender), "acme")

    assert ([one.slug for one in found], more) == (["a", "b"], False)
    sender.answers[f"{ORG}projects/"] = reply([{"id": 2, "slug": None}])
    with pytest.raises(BadAnswer):
        await list_projects(a_client(sender), "acme")


# Statistics

STATS = {
    "intervals": ["2026-08-20T00:00:00Z", "2026-08-20T01:00:00Z"],
    "groups": [
        {"by": {"outcome": "accepted"}, "series": {"sum(quantity)": [3, None]}},
        {"by": {"outcome": "filtered"}, "series": {"sum(quantity)": [0, 2]}},
        {"by": {"outcome": "rate_limited"}, "series": {"sum(quantity)": [1, 0]}},
        {"by": {"outcome": "abuse"}, "series": {"sum(quantity)": [1]}},
    ],
}


async def test_outcomes_are_counted_by_what_became_of_the_events() -> None:
    sender = FakeSender({f"{ORG}stats_v2/": reply(STATS)})

    found = await outcome_series(a_client(sender), "acme", PROJECT, start=START, end=END)

    assert (found.accepted, found.filtered, found.dropped) == ((3, 0), (0, 2), (2, 0))
    assert found.received == (5, 2)


@pytest.mark.parametrize("data", [{}, None, [], {"intervals": []}, {"intervals": [None]}, "x"])
async def test_no_figures_are_not_the_figure_zero(data: object) -> None:
    sender = FakeSender({f"{ORG}stats_v2/": reply(data)})

    with pytest.raises(BadAnswer):
        await outcome_series(a_client(sender), "acme", PROJECT, start=START, end=END)


async def test_the_statistics_of_the_project_are_the_second_source() -> None:
    rows = {
        "received": [[1, 9], [2, 5]],
        "blacklisted": [[1, 2], [2, None]],
        "rejected": [[1, 1], "x"],
    }

    def stat(request: Request) -> Reply:
        return reply(rows[dict(request.query)["stat"]])

    sender = FakeSender({f"{ORG}stats_v2/": PAGE, f"{SHOP}stats/": stat})

    found = await outcome_series(a_client(sender), "acme", PROJECT, start=START, end=END)

    assert (found.accepted, found.filtered, found.dropped) == ((6, 5), (2, 0), (1, 0))
    assert found.source == "project stats"


async def test_what_the_project_counted_after_the_end_belongs_to_no_period() -> None:
    hour, end = 3600, int(END.timestamp())
    rows = reply([[end - 2 * hour, 4], [end - hour, 3], [end, 50]])
    nothing = reply([[end - 2 * hour, 0], [end - hour, 0], [end, 0]])
    sender = FakeSender(
        {
            f"{ORG}stats_v2/": PAGE,
            f"{SHOP}stats/": lambda asked: rows if ("stat", "received") in asked.query else nothing,
        }
    )

    found = await outcome_series(a_client(sender), "acme", PROJECT, start=START, end=END)

    assert found.accepted == (4, 3)


async def test_a_server_without_statistics_is_unsupported() -> None:
    sender = FakeSender({f"{ORG}stats_v2/": PAGE, f"{SHOP}stats/": PAGE})

    with pytest.raises(Unsupported):
        await outcome_series(a_client(sender), "acme", PROJECT, start=START, end=END)


# The server itself


@pytest.mark.parametrize(
    ("root", "told"),
    [
        ({"user": {"username": "jo"}, "auth": {"scopes": ["b", "a"]}}, ("jo", ["a", "b"], True)),
        ({"user": None, "auth": None}, ("", [], False)),
        ({"user": None, "auth": {"scopes": ["event:read"]}}, ("", ["event:read"], True)),
        ({"user": {"id": 7}, "auth": {"scopes": [None, 3]}}, ("(user 7)", [], True)),
        ({"user": {"id": None}, "auth": {"scopes": [None]}}, ("", [], False)),
    ],
    ids=range(5),
)
async def test_a_token_is_judged_by_what_the_server_says_of_it(
    root: object, told: tuple[str, list[str], bool]
) -> None:
    assert await who_am_i(a_client(FakeSender({"/api/0/": reply(root)}))) == told


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (
            {"/api/settings/": reply({"iPaidForGlitchTip": False, "version": "5.2"})},
            ("glitchtip", "5.2"),
        ),
        ({"/api/client-config/": reply({"version": {"current": "26.8.0"}})}, ("sentry", "26.8.0")),
        ({"/api/settings/": PAGE, "/api/client-config/": PAGE}, ("sentry", "")),
        ({"/api/settings/": Unreachable(), "/api/client-config/": Unreachable()}, ("sentry", "")),
        ({}, ("sentry", "")),
    ],
    ids=range(5),
)
async def test_the_kind_of_server_is_found_out_or_taken_for_sentry(
    answers: dict[str, Reply], kind: tuple[str, str]
) -> None:
    assert await server_kind(a_client(FakeSender(answers))) == kind


async def test_what_has_no_counts_is_not_taken_for_the_count_0() -> None:
    client = a_client(FakeSender({"/api/0/organizations/acme/events/": reply({"detail": "x"})}))

    with pytest.raises(BadAnswer):
        await count_events(client, "acme", fields=("count()",), project_id="1", period="24h")
