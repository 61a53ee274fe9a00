"""The same, asked for by several at the same time."""

import asyncio

import pytest

from fakes.sender import FakeSender, reply
from modules.outbound.deadline import deadline
from modules.outbound.errors import DeadlineExceeded, Unreachable
from modules.outbound.messages import Reply, Request
from modules.sentry.client import SentryClient
from modules.sentry.sharing import Sharing

THING = "/api/0/things/"


class Slow:
    """Ends when it is told; counts how often it was begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.go = asyncio.Event()

    async def __call__(self) -> str:
        self.begun += 1
        await self.go.wait()
        return f"answer {self.begun}"


async def started(*tasks: "asyncio.Future[str]") -> None:
    for _ in range(5):
        await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)


async def test_the_same_is_asked_for_once_and_the_next_time_anew() -> None:
    sharing, slow = Sharing(), Slow()
    waiting = [asyncio.ensure_future(sharing.call("a", slow)) for _ in range(5)]
    await started(*waiting)
    slow.go.set()

    assert await asyncio.gather(*waiting) == ["answer 1"] * 5
    assert await sharing.call("a", slow) == "answer 2"


async def test_something_else_is_asked_for_on_its_own() -> None:
    sharing, slow = Sharing(), Slow()
    waiting = [asyncio.ensure_future(sharing.call(key, slow)) for key in "ab"]
    await started(*waiting)
    slow.go.set()
    await asyncio.gather(*waiting)

    assert slow.begun == 2


async def test_a_failure_is_shared_too() -> None:
    sharing = Sharing()

    async def broken() -> str:
        await asyncio.sleep(0)
        raise Unreachable

    found = await asyncio.gather(
        *(sharing.call("a", broken) for _ in range(3)), return_exceptions=True
    )

    assert [type(one) for one in found] == [Unreachable] * 3


async def test_when_the_first_gives_up_the_next_one_asks() -> None:
    sharing, slow = Sharing(), Slow()
    first, second, third = (asyncio.ensure_future(sharing.call("a", slow)) for _ in range(3))
    await started(first, second, third)
    first.cancel()
    await started(second, third)
    slow.go.set()

    assert list(await asyncio.gather(second, third)) == ["answer 2", "answer 2"]
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_one_who_only_waited_gives_up_alone() -> None:
    sharing, slow = Sharing(), Slow()
    first, second = (asyncio.ensure_future(sharing.call("a", slow)) for _ in range(2))
    await started(first, second)
    second.cancel()
    await started(first)
    slow.go.set()

    assert await first == "answer 1"
    assert second.cancelled()


async def test_what_is_read_after_a_change_was_asked_for_after_it() -> None:
    told, go = ["before"], asyncio.Event()

    class Server(FakeSender):
        async def send(self, request: Request) -> Reply:
            self.requests.append(request)
            if request.write:
                told.append("after")
                return reply({})
            seen = told[-1]
            if seen == "before":
                await go.wait()
            return reply({"seen": seen})

    client = SentryClient("https://sentry.test", connect=lambda url: Server())
    early = asyncio.ensure_future(client.get(THING, what="x", need="y"))
    await asyncio.sleep(0)
    await client.put(THING, {}, what="x", need="y")
    late = await client.get(THING, what="x", need="y")
    go.set()

    assert late.data == {"seen": "after"}
    assert (await early).data == {"seen": "before"}


async def test_who_has_time_left_asks_again_when_anothers_time_is_over() -> None:
    sharing, begun = Sharing(), 0

    async def slow() -> str:
        nonlocal begun
        begun += 1
        await asyncio.sleep(0.3)
        return "answer"

    async def impatient() -> str:
        async with deadline(0.1):
            return await sharing.call("a", slow)

    async def made() -> str:
        """The maker's call ends by its own clock, as a request does."""
        raise DeadlineExceeded

    first = asyncio.ensure_future(impatient())
    await asyncio.sleep(0)
    second = asyncio.ensure_future(sharing.call("a", slow))

    assert await second == "answer"
    with pytest.raises(DeadlineExceeded):
        await first
    with pytest.raises(DeadlineExceeded):
        await sharing.call("b", made)
    assert begun == 2
