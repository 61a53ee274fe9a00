"""Several requests at the same time."""

import asyncio
from collections.abc import Awaitable
from typing import Any


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
