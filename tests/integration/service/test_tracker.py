"""Webhooks become tracked issues, over real HTTP, signed, into a real database."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from fakes.webhooks import headers, issue_event

from .conftest import Running, Start

PATH = "/api/sentry/webhook"


@pytest.fixture
async def tracking(start: Start) -> AsyncIterator[Running]:
    async with start(SENTRY_TRACKER="builtin", SENTRY_FIXER_ENABLED="false") as found:
        yield found


async def sent(running: Running, body: bytes) -> dict[str, Any]:
    answer = await running.http.post(PATH, content=body, headers=headers(body))
    assert answer.status_code == httpx.codes.OK, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_new_error_becomes_an_issue_of_the_builtin_tracker(tracking: Running) -> None:
    answer = await sent(tracking, issue_event("7"))

    assert answer["success"] is True
    assert answer["issue"]["identifier"] == "OPS-1"
    assert answer["sentry"] == {"id": "7", "shortId": "SHOP-7"}
    assert "deduplicated" not in answer


async def test_the_same_error_is_tracked_once(tracking: Running) -> None:
    first = await sent(tracking, issue_event("7"))
    same = await sent(tracking, issue_event("7"))
    back = await sent(tracking, issue_event("7", "unresolved", substatus="regressed"))

    assert same["deduplicated"] is True
    assert back["deduplicated"] is True
    assert same["issue"] == back["issue"] == first["issue"]
    assert back["message"] == "Issue already tracked as OPS-1"
