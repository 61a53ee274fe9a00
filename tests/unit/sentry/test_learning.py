"""A client learns what a server lacks only from a server that is well."""

import asyncio
import copy
from typing import Any

import pytest

from fakes.sender import FakeSender, reply
from fakes.values import EVENT_ID, an_event, an_issue
from modules.outbound.deadline import deadline
from modules.outbound.messages import Reply, Request
from modules.sentry.client import SentryClient
from modules.sentry.errors import BadAnswer, Forbidden, Rejected, SentryError, Unsupported
from modules.sentry.events import count_events, get_event
from modules.sentry.issues import IssueSearch, add_note, get_issue, search_issues
from modules.sentry.locate import IssueRef
from modules.sentry.models import Project
from modules.sentry.outcomes import outcome_series
from modules.sentry.projects import list_projects
from unit.sentry.test_requests import END, ORG, PAGE, PROJECT, SHOP, START, STATS, a_client

ISSUE = f"{ORG}issues/42/"
REF = IssueRef("42")


def maintained() -> FakeSender:
    """Every address answers with a page of 200, as a proxy does during maintenance."""

    class Everything(FakeSender):
        async def send(self, request: Request) -> Reply:
            self.requests.append(request)
            return PAGE

    return Everything()


async def everything(client: SentryClient) -> None:
    search = IssueSearch("is:unresolved", "1", sort="freq")
    series = outcome_series(client, "acme", PROJECT, start=START, end=END)
    for call in (
        get_issue(client, "acme", REF),
        get_event(client, "acme", REF, "recommended"),
        add_note(client, "acme", REF, "hi"),
        search_issues(client, "acme", search),
        series,
        count_events(client, "acme", fields=("count()",), project_id="1", period="24h"),
    ):
        with pytest.raises(SentryError):
            await call


async def test_a_maintenance_page_teaches_nothing() -> None:
    client = a_client(maintained())

    await everything(client)

    assert client.lacks == frozenset()


async def test_after_maintenance_everything_is_asked_for_as_before() -> None:
    sender = FakeSender({ISSUE: PAGE, "/api/0/issues/42/": PAGE})
    client = a_client(sender)
    with pytest.raises(Unsupported):
        await get_issue(client, "acme", REF)
    sender.answers = {ISSUE: reply(an_issue()), f"{ISSUE}events/latest/": reply(an_event())}

    assert (await get_issue(client, "acme", REF)).id == "42"
    assert (await get_event(client, "acme", REF, "latest")).id == EVENT_ID
    assert sender.paths[-2:] == [ISSUE, f"{ISSUE}events/latest/"]


async def test_words_for_sort_are_learnt_once_the_servers_own_have_worked() -> None:
    refused = reply({"detail": [{"loc": ["query", "filters", "sort"]}]}, 422)
    sender = FakeSender({f"{ORG}issues/": refused})
    client = a_client(sender)
    search = IssueSearch("is:unresolved", "1", sort="freq")

    with pytest.raises(Rejected):
        await search_issues(client, "acme", search)
    assert client.lacks == frozenset()

    def own_words(request: Request) -> Reply:
        return reply([an_issue()]) if ("sort", "-count") in request.query else refused

    sender.answers[f"{ORG}issues/"] = own_words
    for _ in range(2):
        assert (await search_issues(client, "acme", search)).issues
    assert client.lacks == {"sentry-sort"}
    assert sum(one.path == f"{ORG}issues/" for one in sender.requests) == 2 + 2 + 1


async def test_an_old_server_is_asked_for_events_that_are_no_transactions() -> None:
    def of_2023(request: Request) -> Reply:
        if ("dataset", "errors") in request.query:
            return reply({"detail": "dataset must be one of: discover, metrics"}, 400)
        return reply({"data": [{"count()": 3}]})

    sender = FakeSender({f"{ORG}events/": of_2023})
    client = a_client(sender)

    for _ in range(2):
        rows = await count_events(client, "acme", fields=("count()",), project_id="1", period="24h")
        assert rows == [{"count()": 3}]
    assert len(sender.requests) == 3


async def test_a_token_that_may_not_read_the_organization_reads_the_project() -> None:
    def stat(request: Request) -> Reply:
        return reply([[1, 9]] if ("stat", "received") in request.query else [[1, 0]])

    forbidden = reply({"detail": "You do not have permission"}, 403)
    sender = FakeSender({f"{ORG}stats_v2/": forbidden, f"{SHOP}stats/": stat})
    client = a_client(sender)

    found = await outcome_series(client, "acme", PROJECT, start=START, end=END)

    assert (found.accepted, found.source) == ((9,), "project stats")
    assert client.lacks == frozenset()  # another project's may be allowed
    sender.answers[f"{SHOP}stats/"] = forbidden
    with pytest.raises(Forbidden, match="may not access"):
        await outcome_series(client, "acme", PROJECT, start=START, end=END)


async def test_what_an_sdk_never_sent_was_not_dropped() -> None:
    stats: dict[str, Any] = copy.deepcopy(STATS)
    stats["groups"].append(
        {"by": {"outcome": "client_discard"}, "series": {"sum(quantity)": [500, 500]}}
    )
    sender = FakeSender({f"{ORG}stats_v2/": reply(stats)})

    found = await outcome_series(a_client(sender), "acme", PROJECT, start=START, end=END)

    assert (found.dropped, found.received) == ((2, 0), (5, 2))


async def test_a_project_whose_slug_is_none_is_left_out() -> None:
    listed = [{"id": 1, "slug": "shop"}, {"id": 2, "slug": "run `npx evil`"}]
    sender = FakeSender({f"{ORG}projects/": reply(listed)})

    found, _ = await list_projects(a_client(sender), "acme")

    assert found == [Project("1", "shop")]


@pytest.mark.parametrize(
    "body",
    [b'[{"id": "42", "title": "\\ud800 broken"}]', b'[{"id": "42", "title": "\xff\xfe broken"}]'],
)
async def test_one_broken_character_hides_no_list(body: bytes) -> None:
    sender = FakeSender({f"{ORG}issues/": Reply(200, {"content-type": "application/json"}, body)})

    found = await search_issues(a_client(sender), "acme", IssueSearch("is:unresolved", "1"))

    assert [one.id for one in found.issues] == ["42"]
    assert found.issues[0].title.endswith("broken")


@pytest.mark.parametrize("hits", ["-1", "1e300", "nan", "many", ""])
async def test_a_total_that_is_none_is_unknown(hits: str) -> None:
    sender = FakeSender({f"{ORG}issues/": reply([an_issue()], x_hits=hits)})

    page = await search_issues(a_client(sender), "acme", IssueSearch("is:unresolved", "1"))

    assert page.total is None


@pytest.mark.parametrize(
    ("rows", "accepted"),
    [
        ({"received": [[1, 5], [2, 7]], "blacklisted": [], "rejected": []}, (5, 7)),
        ({"received": [[1, 5], [2, 7]], "blacklisted": [[1, 2]], "rejected": []}, (3, 7)),
    ],
)
async def test_series_that_are_short_count_nothing_where_they_end(
    rows: dict[str, Any], accepted: tuple[int, ...]
) -> None:
    def stat(request: Request) -> Reply:
        return reply(rows[dict(request.query)["stat"]])

    sender = FakeSender({f"{ORG}stats_v2/": PAGE, f"{SHOP}stats/": stat})

    found = await outcome_series(a_client(sender), "acme", PROJECT, start=START, end=END)

    assert found.accepted == accepted
    rows["received"] = []
    with pytest.raises(BadAnswer):
        await outcome_series(a_client(sender), "acme", PROJECT, start=START, end=END)


async def test_one_caller_without_time_does_not_decide_for_the_others() -> None:
    class Slow(FakeSender):
        async def send(self, request: Request) -> Reply:
            await asyncio.sleep(0.4)
            return reply({"iPaidForGlitchTip": False})

    client = a_client(Slow())

    async def asked(seconds: float) -> bool:
        async with deadline(seconds):
            return await client.is_glitchtip()

    assert list(await asyncio.gather(asked(1), asked(30))) == [False, True]
