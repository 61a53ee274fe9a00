"""The suite of trackers over ours and over its fake, and what is our own's alone."""

from collections.abc import Awaitable, Callable

import pytest

from fakes import tracker_contract
from fakes.autofix_jobs import Shelf
from fakes.tracked import LooseTracker
from fakes.tracker_contract import a_ticket, says_a_comment_once
from modules.tracker.adapters.builtin import BuiltinTracker
from modules.tracker.ports import Tracker

Promise = Callable[[Tracker], Awaitable[None]]


@pytest.fixture
def ours(shelf: Shelf) -> BuiltinTracker:
    return BuiltinTracker(shelf.store().within, prefix="OPS", now=lambda: shelf.now)


@pytest.mark.parametrize("promise", tracker_contract.ALL)
async def test_ours_does_what_every_tracker_does(ours: BuiltinTracker, promise: Promise) -> None:
    await promise(ours)


@pytest.mark.parametrize("promise", tracker_contract.ALL)
async def test_the_fake_does_what_every_tracker_does(promise: Promise) -> None:
    await promise(LooseTracker())


async def test_a_comment_is_said_once(ours: BuiltinTracker) -> None:
    loose = LooseTracker()
    (key,) = await says_a_comment_once(ours)
    await says_a_comment_once(loose)

    assert len(await ours.comments(key)) == len(loose.comments) == 2


async def test_numbers_go_up_and_the_prefix_is_chosen(shelf: Shelf) -> None:
    bugs = BuiltinTracker(shelf.store().within, prefix="BUG", now=lambda: shelf.now)

    keys = [(await bugs.create(a_ticket(number))).key for number in (7, 8)]
    again = await bugs.create(a_ticket(7, "another title"))

    assert keys == ["BUG-1", "BUG-2"]
    assert (again.key, again.title) == ("BUG-1", a_ticket().title)
