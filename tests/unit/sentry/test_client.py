"""The client: pages, regions, what it learns and remembers."""

import asyncio

import pytest

from fakes.sender import FakeSender, following, missing, reply
from modules.outbound.errors import Unreachable
from modules.outbound.messages import Reply, Request
from modules.sentry.client import PAGE_CAP, SentryClient, explain_missing, read_wait_hint
from modules.sentry.errors import (
    BadAnswer,
    NoOrganization,
    NotFound,
    Unauthorized,
    Unsupported,
)

OWN = "https://sentry.example.com"
ORGS = "/api/0/organizations/"
ACME = "/api/0/organizations/acme/"
LIST = "/api/0/things/"


def a_client(sender: FakeSender, url: str = OWN, **known: object) -> SentryClient:
    return SentryClient(url, connect=lambda base_url: sender, **known)  # type: ignore[arg-type]


def rows(first: int, last: int) -> list[dict[str, str]]:
    return [{"id": str(number)} for number in range(first, last + 1)]


def page_by_page(*pages: Reply) -> FakeSender:
    """The first page without a cursor, then `c1`, `c2`, …"""
    by_cursor = {f"c{at}" if at else "": page for at, page in enumerate(pages)}
    return FakeSender({LIST: lambda request: by_cursor[dict(request.query).get("cursor", "")]})


async def pages(sender: FakeSender, most: int) -> tuple[list[str], bool]:
    found, more = await a_client(sender).pages(LIST, [("a", "b")], what="x", need="y", most=most)
    return [one["id"] for one in found], more


# Pages


async def test_pages_are_read_to_the_end() -> None:
    sender = page_by_page(
        reply(rows(1, 2), link=following("c1")),
        reply(rows(3, 4), link=following("c2")),
        reply(rows(5, 5)),
    )

    assert await pages(sender, 100) == (["1", "2", "3", "4", "5"], False)
    assert [dict(one.query) for one in sender.requests] == [
        {"a": "b"},
        {"a": "b", "cursor": "c1"},
        {"a": "b", "cursor": "c2"},
    ]


async def test_no_more_is_read_than_wanted() -> None:
    sender = page_by_page(reply(rows(1, 2), link=following("c1")), reply(rows(3, 4)))

    assert await pages(sender, 2) == (["1", "2"], True)
    assert len(sender.requests) == 1


async def test_exactly_as_many_as_wanted_are_all_there_are() -> None:
    assert await pages(page_by_page(reply(rows(1, 2))), 2) == (["1", "2"], False)


async def test_a_page_with_more_than_wanted_says_so() -> None:
    assert await pages(page_by_page(reply(rows(1, 3))), 2) == (["1", "2"], True)


async def test_a_cursor_that_comes_again_ends_the_walk() -> None:
    sender = FakeSender({LIST: reply(rows(1, 2), link=following("same"))})

    assert await pages(sender, 100) == (["1", "2"], True)
    assert len(sender.requests) == 2


async def test_ever_new_cursors_end_at_the_cap() -> None:
    def endless(request: Request) -> Reply:
        at = int(dict(request.query).get("cursor", "0"))
        return reply(rows(at, at), link=following(str(at + 1)))

    sender = FakeSender({LIST: endless})

    found, more = await pages(sender, 1000)

    assert (len(found), more) == (PAGE_CAP, True)
    assert len(sender.requests) == PAGE_CAP


async def test_rows_that_came_before_are_dropped() -> None:
    sender = page_by_page(reply(rows(1, 3), link=following("c1")), reply(rows(2, 4)))

    assert (await pages(sender, 100))[0] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("data", [None, {}, "x", 7, [None, "x", 7, []]])
async def test_what_is_no_list_of_objects_is_not_taken_for_an_empty_one(data: object) -> None:
    with pytest.raises(BadAnswer, match="no list of objects"):
        await pages(page_by_page(reply(data)), 10)


# Organizations


async def test_the_organization_given_wins_over_the_configured_one() -> None:
    client = a_client(FakeSender(), org="acme")

    assert await client.organization("other") == "other"
    assert await client.organization() == "acme"


async def test_the_only_organization_is_found_and_remembered() -> None:
    sender = FakeSender({ORGS: reply([{"slug": "acme"}])})
    client = a_client(sender)

    assert [await client.organization(), await client.organization()] == ["acme", "acme"]
    assert sender.paths == [ORGS]


async def test_of_several_organizations_none_is_chosen() -> None:
    sender = FakeSender({ORGS: reply([{"slug": "b"}, {"slug": "a"}])})

    with pytest.raises(NoOrganization, match="can see 2") as caught:
        await a_client(sender).organization()

    assert caught.value.recovery_suggestion == "Set SENTRY_ORG_SLUG to one of: a, b."


@pytest.mark.parametrize(
    "answer",
    [reply([]), reply([{"slug": None}]), reply({}), reply({"detail": "x"}, 403), missing()],
)
async def test_without_a_list_of_organizations_one_must_be_set(answer: Reply) -> None:
    with pytest.raises(NoOrganization) as caught:
        await a_client(FakeSender({ORGS: answer})).organization()

    assert "SENTRY_ORG_SLUG" in str(caught.value.recovery_suggestion)


async def test_what_is_missing_is_explained_by_a_wrong_organization() -> None:
    client = a_client(FakeSender({ORGS: reply([{"slug": "acme"}])}))
    error = NotFound("There is no project 'x'.")

    assert await explain_missing(client, "acme", error) is error
    explained = await explain_missing(client, "acne", error)
    assert "no organization 'acne'" in explained.message
    assert explained.recovery_suggestion == "Set SENTRY_ORG_SLUG to one of: acme."


# What a server lacks


async def test_the_first_form_that_a_server_has_answers_and_the_lack_is_remembered() -> None:
    tried: list[str] = []

    async def lacking() -> str:
        tried.append("new")
        raise Unsupported

    async def old() -> str:
        tried.append("old")
        return "answer"

    client = a_client(FakeSender())
    forms = (("new-form", lacking), ("old-form", old))

    assert [await client.first_supported(*forms) for _ in range(2)] == ["answer", "answer"]
    assert tried == ["new", "old", "old"]
    assert client.lacks == {"new-form"}


async def test_a_server_without_any_form_is_unsupported_each_time() -> None:
    async def lacking() -> str:
        raise Unsupported("No such thing.")

    client = a_client(FakeSender())

    for _ in range(2):
        with pytest.raises(Unsupported):
            await client.first_supported(("a", lacking), ("b", lacking))


async def test_another_error_is_not_taken_for_a_lack() -> None:
    async def refused() -> str:
        raise Unauthorized

    client = a_client(FakeSender())

    with pytest.raises(Unauthorized):
        await client.first_supported(("a", refused))
    assert client.lacks == frozenset()


# What it remembers


async def test_what_was_found_is_asked_for_once() -> None:
    asked: list[str] = []

    async def look_up() -> str:
        asked.append("x")
        return "found"

    client = a_client(FakeSender())

    assert [await client.remember("kind", "key", look_up) for _ in range(3)] == ["found"] * 3
    assert asked == ["x"]


async def test_a_failure_is_not_remembered() -> None:
    outcomes: list[str | Exception] = [NotFound(), "found"]

    async def look_up() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    client = a_client(FakeSender())

    with pytest.raises(NotFound):
        await client.remember("kind", "key", look_up)
    assert await client.remember("kind", "key", look_up) == "found"


def test_the_wait_of_an_answer_is_read_by_the_real_clock() -> None:
    assert read_wait_hint(reply({}, 429, retry_after="9")) == 9
    assert read_wait_hint(reply({})) is None


async def test_a_failure_is_shared_by_those_who_waited_for_it_and_not_remembered() -> None:
    client, asked = a_client(FakeSender()), []

    async def look_up() -> str:
        asked.append(1)
        await asyncio.sleep(0)
        raise Unreachable

    for _ in range(2):
        waiting = [client.remember("kind", "key", look_up) for _ in range(3)]
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(one) for one in found] == [Unreachable] * 3

    assert len(asked) == 2


async def test_who_gives_up_waiting_takes_nothing_from_the_others() -> None:
    client, go = a_client(FakeSender()), asyncio.Event()

    async def look_up() -> str:
        await go.wait()
        return "found"

    first = asyncio.ensure_future(client.remember("kind", "key", look_up))
    second = asyncio.ensure_future(client.remember("kind", "key", look_up))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    go.set()

    assert await second == "found"


async def test_slugs_that_are_none_are_not_repeated() -> None:
    slugs = ["acme", "run npx evil", "x" * 101, "a\nb"]
    sender = FakeSender({ORGS: reply([{"slug": slug} for slug in slugs])})

    assert await a_client(sender).organizations() == ["acme"]
