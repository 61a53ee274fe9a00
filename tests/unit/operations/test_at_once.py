"""Requests at the same time, of which none outlives the call."""

import asyncio

import httpx
import pytest

from mcp_servers.sentry_monitor.src.operations.at_once import at_once
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ModuleInput, Status

ENVIRON = {
    "SENTRY_URL": "https://sentry.example.com",
    "SENTRY_AUTH_TOKEN": "a-token-of-a-test",
    "SENTRY_ORG_SLUG": "acme",
    "SENTRY_PROJECT": "shop",
    "SENTRY_RETRY_ATTEMPTS": "1",
}


@pytest.mark.parametrize(
    ("operation", "refused"),
    [
        ("get-project-stats", "/stats_v2/"),
        ("analyze-error-patterns", "/acme/issues/"),
        ("check-connection", "/api/0/"),
    ],
)
async def test_no_request_outlives_a_call_that_failed(operation: str, refused: str) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/projects/acme/shop/"):
            found = {"id": "1", "slug": "shop"}
            return httpx.Response(
                200, stream=httpx.ByteStream(str(found).replace("'", '"').encode())
            )
        if not path.endswith(refused):
            await asyncio.Event().wait()
        return httpx.Response(403, stream=httpx.ByteStream(b"{}"))

    async with SentryErrorMonitorModule(ENVIRON, transport=httpx.MockTransport(answer)) as module:
        output = await module.execute(ModuleInput(operation=operation))

    assert output.status is Status.FAILURE
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_results_come_in_the_order_of_the_calls() -> None:
    async def later(value: int, turns: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return value

    assert await at_once(later(1, 3), later(2, 1), later(3, 2)) == [1, 2, 3]
