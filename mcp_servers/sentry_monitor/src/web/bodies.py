"""A body is taken whole before anything is done with it: so large, so soon, or not at all."""

import asyncio
from typing import Any

from starlette.types import Message, Receive

from .answers import Refused


async def whole(receive: Receive, *, most: int, seconds: float) -> bytes:
    """Counted as it comes, with one deadline for all of it: a sender that drips is dropped.
    Raises Refused."""
    parts, size = [], 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message: Any = await receive()
                if message["type"] == "http.disconnect":
                    raise Refused(400, "bad_body", "The body broke off.")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > most:
                    raise too_large(most)
                if not message.get("more_body"):
                    return b"".join(parts)
    except TimeoutError:
        raise Refused(408, "slow_body", "The body did not come in time.") from None


def given_again(body: bytes, receive: Receive) -> Receive:
    """For whoever reads it next; then, what comes after it."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def too_large(most: int) -> Refused:
    return Refused(413, "too_large", f"A body holds at most {most:,} bytes.")
