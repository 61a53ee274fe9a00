"""All of it, and all of it real but the agent's thinking: an exception of an application, by the
Sentry SDK, to a Sentry, whose signed webhook makes a job, whose fix is proven and proposed, while
somebody looks on."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from browser.eyes import Eyes, broken_rules
from demo.processes import HERE, LocalSentry, bare, ended_with, local_sentry
from demo.repairs import Workplace, workplace
from mcp_servers.sentry_monitor.src.server.transports import listen

SECRET: Final = "of-the-integration-that-sends-webhooks"
# The shop of the demonstration, with one customer, who meets its bug.
CUSTOMER: Final = """
from functools import partial

import sentry_sdk
from shop.orders import Request, checkout
from shop.storage import Orders
from shop.web import answer, start_reporting

start_reporting()
serve = partial(checkout, orders=Orders(), provider=("127.0.0.1", 9))
answer(Request("A-101", {"sample-box": 1}, voucher_cents=500), serve)
sentry_sdk.flush()
"""
PATIENCE_MS: Final = 90_000


@asynccontextmanager
async def serving(sentry: LocalSentry, place: Workplace, port: int) -> AsyncIterator[None]:
    """`sentry-monitor serve`, from when it listens to the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "mcp_servers.sentry_monitor", "serve", "--port", str(port)),
        cwd=HERE.parent,
        env=bare(**sentry.settings, **place.settings, SENTRY_WEBHOOK_SECRET=SECRET),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    async with ended_with(process):
        assert process.stderr is not None
        async with asyncio.timeout(30):
            while b"listening at" not in (line := await process.stderr.readline()):
                assert line, "it ended before it listened"
        rest = asyncio.create_task(process.stderr.read())
        yield
        process.terminate()
        await rest


async def one_customer(sentry: LocalSentry) -> None:
    """A program of its own, which ends after one exception."""
    told = {"SENTRY_DSN": sentry.dsn, "SENTRY_RELEASE": "shop@1.4.0"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CUSTOMER, cwd=HERE, env=bare(**told)
    )
    async with ended_with(process), asyncio.timeout(30):
        assert await process.wait() == 0


def a_free_port() -> int:
    with listen("127.0.0.1", 0) as listener:
        port: int = listener.getsockname()[1]
    return port


async def test_an_exception_becomes_a_pull_request_before_ones_eyes(eyes: Eyes) -> None:
    port = a_free_port()  # Sentry is told of it before the service can be told of Sentry
    at = f"http://127.0.0.1:{port}"
    hooks = ("--webhook", f"{at}/webhooks/sentry", "--webhook-secret", SECRET)
    async with (
        local_sentry(*hooks) as sentry,
        workplace(sentry.project) as place,
        serving(sentry, place, port),
        eyes.on(at) as page,
    ):
        await page.get_by_text("Nothing runs, and nothing waits in the queue.").wait_for()

        await one_customer(sentry)

        ended = page.get_by_role("region", name="Jobs that ended in the last 24 hours")
        await ended.locator(".state-fixed").wait_for(timeout=PATIENCE_MS)
        await ended.get_by_role("link", name="CheckoutFailed").click()
        told = await page.locator("main").inner_text()
        broken = await broken_rules(page)
        await page.get_by_role("link", name="Delivery of").click()
        delivery = await page.locator("main").inner_text()

    assert "A webhook of Sentry." in told
    assert "test_a_voucher_on_a_free_cart_is_worth_nothing" in told
    assert "proven" in told
    assert "Pull request #1" in told
    assert "+    if whole == 0:" in told
    assert "It began a job." in delivery
    assert broken == []
    assert eyes.complaints == []
