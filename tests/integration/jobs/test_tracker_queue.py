"""What waits for the tracker: how it is taken, in one commit, and once."""

import asyncio
from collections.abc import Sequence

from fakes.autofix_jobs import Shelf
from fakes.tracked import AT, an_issue, news
from modules.jobs.deliveries import Delivery
from modules.tracker.adapters.arrivals import Arrivals, hand_on
from modules.tracker.adapters.outbox import Outbox
from modules.tracker.adapters.tracker_store import TrackerStore
from modules.tracker.rules import Ask, Rules
from modules.tracker.step import decide, fresh
from modules.tracker.tracked import Case, Decision, Effect, Tracked

SOON_S = 5.0  # a write would wait for half a minute


def a_case(
    ask: Ask, *, second: int, issue: str = "7", delivery: str = "", rules: Rules | None = None
) -> Case:
    told = news(ask, AT.replace(second=second), rules=rules, id=issue)
    return Case(
        source="sentry",
        external_id=issue,
        decide=lambda known: decide(told, known),
        delivery_id=delivery,
    )


def filed(number: int) -> Case:
    """Issue `number`, with two things to be done to it."""
    one = fresh(
        an_issue(id=str(number)),
        Ask.NEW,
        f"h/o/{number}",
        tracked_id=f"id-{number}",
        tracker="builtin",
        at=AT,
    )
    effects = (
        Effect(tracked_id=one.id, kind="file"),
        Effect(tracked_id=one.id, kind="change", args={"state": "closed"}),
    )
    decision = Decision(answer="created", tracked=one, effects=effects)
    return Case(source="sentry", external_id=str(number), decide=lambda _: decision)


async def hand(shelf: Shelf, ids: Sequence[str]) -> None:
    """As the inbox does with what arrives."""
    told = {"resource": "issue", "action": "created"}
    made = [
        Delivery(
            id=one,
            source="webhook",
            resource="issue",
            action="created",
            issue_id="7",
            project="shop",
            told=told,
            received_at=shelf.now,
        )
        for one in ids
    ]
    await shelf.store().within(lambda conn: hand_on(conn, made))


async def test_who_finds_nothing_waits_for_no_lock(shelf: Shelf) -> None:
    within = shelf.store().within
    outbox = Outbox(within, now=lambda: shelf.now)
    arrivals = Arrivals(within, now=lambda: shelf.now)
    sqlite = shelf.engine.dialect.name == "sqlite"
    lock = "begin immediate" if sqlite else "lock table tracker_effect in exclusive mode"

    with shelf.engine.connect() as other:
        other.exec_driver_sql(lock)
        async with asyncio.timeout(SOON_S):
            found = await outbox.claim(4), await arrivals.due(20)
        other.rollback()

    assert found == ((), ())


async def test_many_deliveries_of_one_issue_are_decided_in_one_commit(shelf: Shelf) -> None:
    within = shelf.store().within
    store = TrackerStore(within)
    await hand(shelf, ["d1", "d2", "d3", "d4"])

    decided = await store.settle(
        a_case(Ask.NEW, second=1, delivery="d1"),
        a_case(Ask.RESOLVED, second=2, delivery="d2"),
        a_case(Ask.REGRESSED, second=3, delivery="d3", rules=Rules(new_issue_on_regression=True)),
        a_case(Ask.NEW, second=4, issue="8", delivery="d4"),
    )

    assert [one.answer for one in decided if one] == ["created", "changed", "created", "created"]
    first, second = await store.get("id-7-120001"), await store.get("id-7-120003")
    assert (first.state, first.generation) == ("closed", 1)
    assert (second.state, second.generation, second.previous) == ("open", 2, first.id)
    assert await store.current("sentry", "7") == second
    assert await Arrivals(within, now=lambda: shelf.now).waiting() == 0


async def test_a_delivery_that_somebody_else_decided_about_is_left(shelf: Shelf) -> None:
    store = TrackerStore(shelf.store().within)
    await hand(shelf, ["d1", "d2"])
    await store.settle(a_case(Ask.NEW, second=1, delivery="d1"))

    again, other = await store.settle(
        a_case(Ask.REGRESSED, second=2, delivery="d1"),
        a_case(Ask.ESCALATING, second=3, delivery="d2"),
    )

    assert again is None
    assert other is not None
    assert len(await Outbox(shelf.store().within, now=lambda: shelf.now).of(known(other))) == 2


async def test_two_that_take_the_same_decide_about_each_once(shelf: Shelf) -> None:
    ids = [f"d{number}" for number in range(40)]
    await hand(shelf, ids)
    one, other = TrackerStore(shelf.store().within), TrackerStore(shelf.store("there").within)
    cases = [a_case(Ask.NEW, second=1, issue=id_[1:], delivery=id_) for id_ in ids]

    both = await asyncio.gather(
        *(store.settle(*some) for store, some in ((one, cases), (other, cases[::-1])))
    )

    answers = [decision for decided in both for decision in decided if decision is not None]
    assert [one.answer for one in answers] == ["created"] * 40
    assert len(await one.list(limit=100)) == 40


async def test_what_is_next_comes_with_what_is_done(shelf: Shelf) -> None:
    within = shelf.store().within
    store, outbox = TrackerStore(within), Outbox(within, now=lambda: shelf.now)
    await store.settle(filed(1), filed(2))

    claimed = await outbox.claim(10)
    assert [(one.kind, tracked.external_id) for one, tracked in claimed] == [
        ("file", "1"),
        ("file", "2"),
    ]
    following = await outbox.done(claimed[0][0])
    assert following is not None
    assert (following[0].kind, following[0].tracked_id) == ("change", "id-1")
    assert await outbox.claim(10) == ()
    assert await outbox.done(following[0]) is None


def known(decision: Decision) -> Tracked:
    assert decision.tracked is not None
    return decision.tracked
