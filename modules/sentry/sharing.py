"""Calls under way, by what they ask: whoever wants the same meanwhile waits for the same answer."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, TypeVar

from modules.outbound.deadline import remaining_s
from modules.outbound.errors import DeadlineExceeded, HeldBack

LEAST_S: Final = 0.2  # less is not worth a request
Result = TypeVar("Result")


class Sharing:
    """One call for each key at a time.

    The first caller makes it, the others get its answer or its failure. If the first is
    cancelled, the next one makes the call.
    """

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Future[Any]] = {}

    def forget(self) -> None:
        """Whoever asks from now on gets a call that begins from now on."""
        self._under_way.clear()

    async def call(self, key: Hashable, make: Callable[[], Awaitable[Result]]) -> Result:
        while (found := self._under_way.get(key)) is not None:
            try:
                answer: Result = await asyncio.shield(found)
            except asyncio.CancelledError:
                if not found.cancelled() or _is_cancelled():
                    raise
            except (DeadlineExceeded, HeldBack):  # of another's time; there may be some of ours
                if remaining_s(LEAST_S) < LEAST_S:
                    raise
            else:
                return answer
        return await self._make(key, make)

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[Result]]) -> Result:
        answer = asyncio.get_running_loop().create_future()
        self._under_way[key] = answer
        try:
            found = await make()
        except asyncio.CancelledError:
            answer.cancel()
            raise
        except BaseException as error:
            answer.set_exception(error)
            answer.exception()  # nobody may be waiting for it
            raise
        else:
            answer.set_result(found)
            return found
        finally:
            if self._under_way.get(key) is answer:
                del self._under_way[key]


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
