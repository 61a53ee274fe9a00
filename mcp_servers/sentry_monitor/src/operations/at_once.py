"""Several requests at the same time, and those that an answer can do without."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from modules.framework.errors import ModuleError
from modules.outbound.deadline import part_of_the_time

Result = TypeVar("Result")


async def at_once(*calls: Awaitable[Any]) -> list[Any]:
    """The results in order. The first error ends the other calls, too: `asyncio.gather` alone
    would leave them running, on connections that nobody closes any more."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def or_error(call: Awaitable[Result]) -> Result | ModuleError:
    """What the answer can do without, or why it is missing. It leaves time for the answer."""
    try:
        async with part_of_the_time(0.75):
            return await call
    except ModuleError as error:
        return error
