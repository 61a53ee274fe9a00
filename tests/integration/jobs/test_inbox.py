"""The inbox on both databases: kept once, decided once, purged in time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from fakes.autofix_jobs import Shelf
from modules.jobs.adapters.inbox import WAITING_BYTES, Inbox
from modules.jobs.adapters.inbox_rows import Bounds
from modules.jobs.deliveries import Delivery, Settled, State, delivery_id
from modules.jobs.errors import DatabaseAway, InboxFull, NoSuchDelivery

DONE = Settled(state=State.DONE, reason="queued", job_id="j1")


def a_delivery(shelf: Shelf, name: str = "d1", **more: object) -> Delivery:
    plain = Delivery(
        id=name,
        source="webhook",
        resource="issue",
        action="created",
        issue_id="7",
        project="shop",
        told={"resource": "issue", "action": "created", "title": "\ud800 \0 x"},
        received_at=shelf.now,
        headers={"request-id": "r"},
        body=b"{}",
    )
    return replace(plain, **more)  # type: ignore[arg-type]


class Foresight:
    """What `foresee` is asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.answer = Settled(state=State.NEW)

    def __call__(self, _: sa.Connection, deliveries: Sequence[Delivery]) -> list[Settled]:
        self.asked.append([one.id for one in deliveries])
        return [self.answer for _ in deliveries]


@pytest.fixture
def foresight() -> Foresight:
    return Foresight()


@pytest.fixture
async def inbox(shelf: Shelf, foresight: Foresight) -> AsyncIterator[Inbox]:
    inbox = Inbox(shelf.engine, now=lambda: shelf.now, foresee=foresight, keep=Bounds(5, 8, 3_000))
    yield inbox
    inbox.close()


def done(_: sa.Connection, __: Delivery) -> Settled:
    return DONE


async def test_what_was_put_is_there_and_known_when_it_comes_again(
    inbox: Inbox, shelf: Shelf, foresight: Foresight
) -> None:
    first = await inbox.put(a_delivery(shelf))
    again = await inbox.put(a_delivery(shelf))

    assert (first, again) == ("", "duplicate_delivery")
    kept = await inbox.get("d1")
    assert (kept.body, kept.headers, kept.state) == (b"{}", {"request-id": "r"}, State.NEW)
    assert kept.told["title"] == "\ud800 \0 x"
    assert foresight.asked == [["d1"]]


async def test_many_at_once_are_few_commits_and_each_is_told_its_own(
    inbox: Inbox, shelf: Shelf, foresight: Foresight
) -> None:
    names = [f"d{n % 60}" for n in range(100)]

    told = await asyncio.gather(*(inbox.put(a_delivery(shelf, name)) for name in names))

    assert told.count("") == 60
    assert told.count("duplicate_delivery") == 40
    assert len(foresight.asked) <= 3
    assert await inbox.counts() == {"new": 60}


async def test_what_is_skipped_at_once_is_kept_with_its_reason(inbox: Inbox, shelf: Shelf) -> None:
    skipped = a_delivery(shelf, state=State.SKIPPED, reason="not_acted_on")

    assert await inbox.put(skipped) == "not_acted_on"
    assert await inbox.drain(done) == 0
    assert (await inbox.get("d1")).reason == "not_acted_on"


async def test_what_is_likely_is_told_and_decided_all_the_same(
    inbox: Inbox, shelf: Shelf, foresight: Foresight
) -> None:
    foresight.answer = Settled(state=State.NEW, reason="rate_limited")

    assert await inbox.put(a_delivery(shelf)) == "rate_limited"
    assert await inbox.drain(done) == 1
    assert (await inbox.get("d1")).state is State.DONE


async def test_what_is_certain_when_it_comes_is_settled_with_it(
    inbox: Inbox, shelf: Shelf, foresight: Foresight
) -> None:
    foresight.answer = Settled(state=State.SKIPPED, reason="duplicate", job_id="j9")

    assert await inbox.put(a_delivery(shelf)) == "duplicate"
    kept = await inbox.get("d1")
    assert (kept.state, kept.reason, kept.job_id) == (State.SKIPPED, "duplicate", "j9")
    assert await inbox.drain(done) == 0


async def test_what_became_certain_since_is_settled_by_the_way(
    inbox: Inbox, shelf: Shelf, foresight: Foresight
) -> None:
    for n in range(12):
        await inbox.put(a_delivery(shelf, f"d{n}"))
    foresight.answer = Settled(state=State.SKIPPED, reason="duplicate", job_id="j9")

    assert await inbox.drain(done) == 12
    assert {(one.reason, one.job_id) for one in await inbox.list()} == {("duplicate", "j9")}
    assert await inbox.counts() == {"skipped": 12}


async def test_one_that_is_decided_again_forgets_the_job_of_another(
    inbox: Inbox, shelf: Shelf, foresight: Foresight
) -> None:
    foresight.answer = Settled(state=State.SKIPPED, reason="duplicate", job_id="j9")
    await inbox.put(a_delivery(shelf, "another's"))
    foresight.answer = Settled(state=State.NEW)
    await inbox.put(a_delivery(shelf, "its own"))
    await inbox.drain(done)

    for name in ("another's", "its own"):
        await inbox.replay(name, {})

    assert (await inbox.get("another's")).job_id is None
    assert (await inbox.get("its own")).job_id == "j1"


async def test_each_is_decided_once(inbox: Inbox, shelf: Shelf) -> None:
    for n in range(7):
        await inbox.put(a_delivery(shelf, f"d{n}"))
    seen: list[str] = []

    def decide(_: sa.Connection, one: Delivery) -> Settled:
        seen.append(one.id)
        return DONE

    while await inbox.drain(decide):
        pass

    assert sorted(seen) == [f"d{n}" for n in range(7)]
    assert {one.job_id for one in await inbox.list(state=State.DONE)} == {"j1"}


@pytest.mark.logs_errors
async def test_one_that_cannot_be_decided_leaves_the_others_alone_and_is_dead_at_last(
    inbox: Inbox, shelf: Shelf
) -> None:
    await inbox.put(a_delivery(shelf, "bad", issue_id="8"))
    await inbox.put(a_delivery(shelf, "good"))

    def decide(conn: sa.Connection, one: Delivery) -> Settled:
        if one.id == "bad":
            conn.execute(sa.text("update inbox set action = 'spoiled' where id = 'good'"))
            raise ZeroDivisionError
        return DONE

    await inbox.drain(decide)

    good, bad = await inbox.get("good"), await inbox.get("bad")
    assert (good.state, good.action) == (State.DONE, "created")
    assert (bad.state, bad.attempts) == (State.NEW, 1)
    assert await inbox.drain(decide) == 0, "it waits before it is tried again"
    for _ in range(4):
        shelf.wait(seconds=300)
        await inbox.drain(decide)
    assert (await inbox.get("bad")).state is State.DEAD
    assert (await inbox.get("bad")).reason == "defect: ZeroDivisionError"


async def test_two_that_drain_one_database_decide_each_delivery_once(
    inbox: Inbox, shelf: Shelf, foresight: Foresight
) -> None:
    for n in range(12):
        await inbox.put(a_delivery(shelf, f"d{n}"))
    other = Inbox(shelf.engine, now=lambda: shelf.now, foresee=foresight)
    seen: list[str] = []

    def decide(_: sa.Connection, one: Delivery) -> Settled:
        seen.append(one.id)
        return DONE

    async def all_of(one: Inbox) -> None:
        while await one.drain(decide):
            pass

    await asyncio.gather(all_of(inbox), all_of(other))
    other.close()

    assert sorted(seen) == sorted(f"d{n}" for n in range(12))


async def test_a_replay_decides_anew(inbox: Inbox, shelf: Shelf) -> None:
    await inbox.put(a_delivery(shelf, state=State.SKIPPED, reason="disabled"))

    await inbox.replay("d1", {"resource": "issue", "action": "created"})

    assert await inbox.drain(done) == 1
    with pytest.raises(NoSuchDelivery):
        await inbox.replay("d2", {})


async def test_only_what_was_skipped_for_a_passing_reason_is_opened_again(
    inbox: Inbox, shelf: Shelf
) -> None:
    await inbox.put(a_delivery(shelf, "a", state=State.SKIPPED, reason="disabled"))
    await inbox.put(a_delivery(shelf, "b", state=State.SKIPPED, reason="not_acted_on"))

    assert await inbox.reopen("a", {"disabled", "rate_limited"})
    assert not await inbox.reopen("b", {"disabled", "rate_limited"})
    assert not await inbox.reopen("a", {"disabled"}), "it is open already"


async def test_polls_do_not_count_as_pushed(inbox: Inbox, shelf: Shelf) -> None:
    hour_ago = shelf.now - timedelta(hours=1)
    await inbox.put(a_delivery(shelf, "p", source="poll"))

    assert not await inbox.pushed_since("7", hour_ago)
    await inbox.put(a_delivery(shelf, "w"))
    assert await inbox.pushed_since("7", hour_ago)
    assert not await inbox.pushed_since("8", hour_ago)
    assert not await inbox.pushed_since("7", shelf.now + timedelta(seconds=1))


async def test_old_bodies_and_rows_go_but_nothing_that_waits(inbox: Inbox, shelf: Shelf) -> None:
    await inbox.put(a_delivery(shelf, "waits"))
    await inbox.put(a_delivery(shelf, "old", state=State.SKIPPED, reason="x"))
    shelf.wait(days=8)
    await inbox.purge()
    assert (await inbox.get("old")).body == b""
    assert (await inbox.get("waits")).body == b"{}"
    shelf.wait(days=30)
    assert await inbox.purge() == 1
    assert [one.id for one in await inbox.list()] == ["waits"]


async def test_it_stays_within_its_bounds_however_much_arrives(inbox: Inbox, shelf: Shelf) -> None:
    for n in range(20):
        shelf.wait(seconds=1)
        await inbox.put(a_delivery(shelf, f"d{n}", received_at=shelf.now))
    while await inbox.drain(done):
        pass

    await inbox.purge()

    kept = await inbox.list()
    assert [one.id for one in kept] == [f"d{n}" for n in reversed(range(11, 20))]
    bodies = [one.id for one in kept if (await inbox.get(one.id)).body]
    assert bodies == [f"d{n}" for n in reversed(range(14, 20))]


async def test_bodies_stay_within_their_bytes_the_newest_first(inbox: Inbox, shelf: Shelf) -> None:
    for n in range(4):
        shelf.wait(seconds=1)
        await inbox.put(a_delivery(shelf, f"d{n}", received_at=shelf.now, body=b"x" * 1_200))
    while await inbox.drain(done):
        pass

    await inbox.purge()

    assert [one.id for one in await inbox.list() if (await inbox.get(one.id)).body] == ["d3", "d2"]


async def test_what_waits_to_be_written_is_bounded_in_bytes(inbox: Inbox, shelf: Shelf) -> None:
    large = b"x" * (WAITING_BYTES // 3)
    taken = [inbox.put(a_delivery(shelf, f"d{n}", body=large)) for n in range(9)]

    told = await asyncio.gather(*taken, return_exceptions=True)

    refused = [one for one in told if isinstance(one, InboxFull)]
    assert len(refused) == 6
    assert await inbox.put(a_delivery(shelf, "later", body=large)) == ""


@pytest.mark.logs_errors  # PostgreSQL names a missing table another error than one that is away
async def test_a_database_that_is_away_is_told_to_everybody_who_waits(
    inbox: Inbox, shelf: Shelf
) -> None:
    with shelf.engine.begin() as conn:
        conn.execute(sa.text("alter table inbox rename to elsewhere"))

    told = await asyncio.gather(
        *(inbox.put(a_delivery(shelf, f"d{n}")) for n in range(3)), return_exceptions=True
    )

    assert all(isinstance(one, DatabaseAway) for one in told)
    with shelf.engine.begin() as conn:
        conn.execute(sa.text("alter table elsewhere rename to inbox"))
    assert await inbox.put(a_delivery(shelf, "later")) == ""


def test_a_delivery_is_known_by_its_content_alone() -> None:
    assert delivery_id("webhook", "issue", b"{}") == delivery_id("webhook", "issue", b"{}")
    assert len({delivery_id(*one) for one in KINDS}) == len(KINDS)


KINDS = [
    ("webhook", "issue", b"{}"),
    ("webhook", "error", b"{}"),
    ("legacy", "issue", b"{}"),
    ("webhook", "issue", b"{ }"),
    ("webhook", "issu", b"e\0{}"),
]
