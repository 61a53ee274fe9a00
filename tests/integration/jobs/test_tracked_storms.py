"""Many deliveries, twice and out of order, eight at once, over a tracker whose answers get lost and
whose callers are killed: one tracked issue for each generation, and nothing lost."""

import asyncio
import itertools
import json
import os
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import pytest

from fakes.autofix_jobs import Shelf
from fakes.tracked import Flaky, Killed, LooseTracker, Nobody
from fakes.webhooks import issue_event
from modules.jobs.adapters.inbox import Inbox
from modules.jobs.deliveries import Delivery, Settled, State, delivery_id
from modules.sentry.webhooks import parse, read
from modules.tracker.adapters.arrivals import Arrivals, hand_on
from modules.tracker.adapters.outbox import Outbox
from modules.tracker.adapters.tracker_store import TrackerStore
from modules.tracker.bridge import Bridge
from modules.tracker.rules import AllRules, Rules
from modules.tracker.tracked import Decision, Tracked, case_of

DELIVERIES: Final = 5_000 if "STORMS_FULL" in os.environ else 160
AT_ONCE: Final = 8
# An issue's life: each of it is told with the second in which it happened.
LIFE: Final = (
    ("created", "new"),
    ("unresolved", "escalating"),
    ("resolved", ""),
    ("unresolved", "regressed"),
    ("resolved", ""),
    ("unresolved", "regressed"),
)


@dataclass
class Storm:
    """A bridge, what comes to it, and the tracker behind it."""

    shelf: Shelf
    inbox: Inbox
    bridge: Bridge
    flaky: Flaky
    tracker: LooseTracker
    killed: int = 0

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        """One worker after another takes one."""
        left = iter(deliveries)

        async def worker() -> None:
            for one in left:
                await self.inbox.put(one)
                try:
                    await self.bridge.answer(one.id)
                    await self.bridge.work()
                except Killed:
                    self.killed += 1

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))

    async def calm(self) -> None:
        """Until nothing is left to be done, however long that takes."""
        for _ in range(DELIVERIES):
            self.shelf.wait(minutes=10)
            with suppress(Killed):
                while await self.bridge.round():
                    pass
            counts = await self.bridge.store.counts()
            if (
                not counts.keys() & {"waiting", "parked"}
                and not await self.bridge.arrivals.waiting()
            ):
                return
        raise AssertionError("something is never done")


@pytest.fixture
async def storm(shelf: Shelf, request: pytest.FixtureRequest) -> AsyncIterator[Storm]:
    within, tracker = shelf.store().within, LooseTracker()
    flaky = Flaky(tracker, _faults())

    def now() -> datetime:
        return shelf.now

    def foresee(_: object, found: Sequence[Delivery]) -> list[Settled]:
        return [Settled(state=State.SKIPPED, reason="disabled") for _ in found]

    inbox = Inbox(shelf.engine, now=now, foresee=foresee, hand_on=hand_on)
    bridge = Bridge(
        arrivals=Arrivals(within, now=now),
        store=TrackerStore(within),
        outbox=Outbox(within, now=now),
        tracker=flaky,
        issues=Nobody(),
        rules=AllRules(shared=getattr(request, "param", Rules())),
        host="sentry.example",
        org="acme",
        now=now,
    )
    yield Storm(shelf, inbox, bridge, flaky, tracker)
    inbox.close()


def _faults() -> Iterator[str]:
    chance = random.Random(11)  # noqa: S311 - the same faults each time
    while True:
        yield chance.choices(("", "lost", "away", "killed"), (60, 20, 15, 5))[0]


def a_life(shelf: Shelf, issue: int) -> list[Delivery]:
    """Half of them come twice; of a few, a second body tells the same."""
    found = []
    for second, (action, substatus) in enumerate(LIFE):
        bodies = [issue_event(str(issue), action, substatus=substatus, count=str(second))]
        if second % 3 == 0:
            bodies.append(issue_event(str(issue), action, substatus=substatus, count=f"9{second}"))
        for body in bodies:
            told = read("issue", parse(body))
            found += [
                Delivery(
                    id=delivery_id("webhook", "issue", body),
                    source="webhook",
                    resource="issue",
                    action=action,
                    issue_id=told.issue_id,
                    project=told.project,
                    told=told.to_json(),
                    received_at=shelf.now,
                    state=State.SKIPPED,
                    reason="disabled",
                    headers={
                        "sentry-hook-timestamp": f"{shelf.now.timestamp() - 3600 + second:.0f}"
                    },
                    body=body,
                )
            ] * (1 + second % 2)
    return found


def lives(shelf: Shelf) -> list[list[Delivery]]:
    each = len(a_life(shelf, 1))
    return [a_life(shelf, number) for number in range(1, DELIVERIES // each + 1)]


async def test_shuffled_doubled_and_interrupted_each_issue_is_tracked_once(storm: Storm) -> None:
    whole = lives(storm.shelf)
    deliveries = list(itertools.chain.from_iterable(whole))
    random.Random(1).shuffle(deliveries)  # noqa: S311 - the same order each time

    await storm.deliver(deliveries)
    await storm.calm()

    filed = [ticket.marker for ticket, _ in storm.tracker.tickets.values()]
    assert sorted(filed) == sorted(
        f"<!-- sentry-monitor:issue sentry.example/acme/{number} generation 1 -->"
        for number in range(1, len(whole) + 1)
    )
    # The newest of each says that it came back, whatever came first.
    assert {one.state for _, one in storm.tracker.tickets.values()} == {"open"}
    assert storm.flaky.lost > len(whole) / 4
    assert storm.killed


@pytest.mark.parametrize("storm", [Rules(new_issue_on_regression=True)], indirect=True)
async def test_each_generation_is_tracked_once_where_each_is_an_issue(storm: Storm) -> None:
    whole = lives(storm.shelf)
    in_turns = itertools.chain.from_iterable(itertools.zip_longest(*whole))

    await storm.deliver([one for one in in_turns if one is not None])
    await storm.calm()

    filed = sorted(ticket.marker for ticket, _ in storm.tracker.tickets.values())
    assert len(filed) == len(set(filed))
    known = await storm.bridge.store.list(limit=DELIVERIES)
    assert {one.generation for one in known} == {3}
    assert len(filed) == 3 * len(whole)


async def test_what_is_tracked_is_what_the_tracker_has(storm: Storm) -> None:
    await storm.deliver(a_life(storm.shelf, 1))
    await storm.calm()

    tracked = await storm.bridge.store.named("1")
    filed = await storm.tracker.get(tracked.key)

    assert (filed.title, filed.state, filed.priority) == (
        tracked.title,
        tracked.state,
        tracked.priority,
    )
    assert json.dumps(tracked.metadata["shortId"]) == '"SHOP-1"'
    assert storm.shelf.now - tracked.state_at > timedelta(minutes=10)


class Blind(LooseTracker):
    """It never finds what it has."""

    async def find(self, marker: str) -> None:
        return None


async def test_control_who_does_not_look_first_files_some_twice(storm: Storm) -> None:
    blind = Blind()
    storm.bridge = replace(storm.bridge, tracker=Flaky(blind, _faults()))
    whole = lives(storm.shelf)

    await storm.deliver(list(itertools.chain.from_iterable(whole)))
    await storm.calm()

    assert len(blind.tickets) > len(whole)


async def test_what_is_filed_while_it_is_decided_about_keeps_its_name(storm: Storm) -> None:
    first, *_ = a_life(storm.shelf, 1)
    await storm.inbox.put(first)
    (decision,) = await storm.bridge.settle(first)
    assert decision is not None
    assert decision.tracked is not None
    before = decision.tracked
    await storm.calm()

    def decide(_: Tracked | None) -> Decision:
        return Decision(answer="changed", tracked=replace(before, assignee="jo"))

    await storm.bridge.store.settle(case_of(before, decide))

    after = await storm.bridge.store.get(before.id)
    assert (before.key, after.key, after.assignee) == ("", "L-1", "jo")
