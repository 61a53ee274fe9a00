"""Webhooks become tracked issues, over real HTTP, signed, into a real database."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from fakes.patience import until
from fakes.webhooks import headers, issue_event
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.page_text import agent_text
from modules.framework.contracts import ModuleInput
from modules.framework.module import viewed

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


async def asked(running: Running, operation: str, **parameters: Any) -> dict[str, Any]:
    output = await running.service.module.execute(
        ModuleInput(operation=operation, parameters=parameters)
    )
    assert output.ok, output.error
    assert agent_text(*viewed(output, OPERATIONS.find(operation).view))
    return output.data or {}


async def test_what_is_tracked_is_listed_shown_closed_and_commented_on(tracking: Running) -> None:
    await sent(tracking, issue_event("7"))
    await sent(tracking, issue_event("7", "unresolved", substatus="regressed"))

    await asked(tracking, "sync-tracked-issue", name="OPS-1", action="comment", text="seen")
    closed = await asked(tracking, "sync-tracked-issue", name="SHOP-7", action="close")
    listed = await asked(tracking, "list-tracked-issues", state="closed")
    shown = await asked(tracking, "get-tracked-issue", name="7")

    assert closed["state"] == "closed"
    assert [one["identifier"] for one in listed["issues"]] == ["OPS-1"]
    told = shown["untrusted"]["data"]
    assert told["title"].startswith("[shop] ZeroDivisionError")
    assert [one["text"] for one in told["comments"]] == [
        "This error has regressed: it happened again after it was resolved in Sentry.",
        "seen",
    ]


async def test_what_asks_for_nothing_is_acknowledged_with_its_reason(tracking: Running) -> None:
    ongoing = await sent(tracking, issue_event("8", substatus="ongoing"))
    resolved = await sent(tracking, issue_event("8", "resolved", substatus=""))

    assert (ongoing["skipped"], ongoing["reason"]) == (True, "not_acted_on")
    assert (resolved["skipped"], resolved["reason"]) == (True, "not_tracked")
    assert (await asked(tracking, "list-tracked-issues"))["issues"] == []


async def test_who_may_not_and_what_is_no_json_are_turned_away(tracking: Running) -> None:
    body = issue_event("7")
    forged = {**headers(body), "sentry-hook-signature": "0" * 64}

    wrong = await tracking.http.post(PATH, content=body, headers=forged)
    broken = await tracking.http.post(PATH, content=b"{", headers=headers(b"{"))

    assert (wrong.status_code, broken.status_code) == (401, 400)
    assert (await asked(tracking, "list-tracked-issues"))["issues"] == []


async def test_the_endpoint_tells_what_it_takes(tracking: Running) -> None:
    answer = await tracking.http.get(PATH)

    assert answer.json() == {
        "status": "ok",
        "endpoint": "/api/sentry/webhook",
        "description": "Sentry webhook endpoint for automatic issue creation",
        "supported_events": [
            "issue.created (substatus=new)",
            "issue.unresolved (substatus=regressed)",
            "issue.unresolved (substatus=escalating)",
        ],
    }


async def test_without_a_tracker_the_webhook_is_acknowledged_all_the_same(start: Start) -> None:
    async with start() as running:
        answer = await sent(running, issue_event("7"))

        assert (answer["skipped"], answer["reason"]) == (True, "tracker_off")


async def test_what_the_other_door_takes_is_tracked_too(tracking: Running) -> None:
    body = issue_event("7")
    await tracking.http.post("/webhooks/sentry", content=body, headers=headers(body))

    async def filed() -> list[str]:
        listed = await asked(tracking, "list-tracked-issues")
        return [one["identifier"] for one in listed["issues"] if "identifier" in one]

    assert await until(filed) == ["OPS-1"]


async def test_a_link_that_no_database_takes_keeps_no_other_delivery_waiting(
    tracking: Running,
) -> None:
    odd = issue_event("7", web_url="https://sentry.example/\ud800", permalink="\udc00")

    first = await sent(tracking, odd)
    next_one = await sent(tracking, issue_event("8"))

    assert first["issue"]["identifier"] == "OPS-1"
    assert next_one["issue"]["identifier"] == "OPS-2"
