"""The tracker beside a Sentry that sends webhooks itself: created, regressed, resolved, assigned."""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from demo.processes import bare
from fakes.patience import until
from fakes.webhooks import SECRET
from modules.framework.contracts import ModuleInput

from .conftest import Running, Start

TOKEN = "local-token-of-a-test"
JO = "local@acme.example"
PROJECTS = f"""
[projects.shop.tracker]
close_resolves_in_sentry = true
assignees = {{ "{JO}" = "jo" }}
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@asynccontextmanager
async def sentry(port: int, webhook: str) -> AsyncIterator[dict[str, Any]]:
    """What it says of itself when it listens."""
    program = (sys.executable, "-m", "mcp_servers.sentry_monitor", "local-sentry")
    options = ("--port", f"{port}", "--token", TOKEN, "--webhook", webhook)
    process = await asyncio.create_subprocess_exec(
        *program,
        *options,
        "--webhook-secret",
        SECRET,
        env=bare(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        yield json.loads(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def settings(settings: dict[str, str], port: int, tmp_path: Any) -> dict[str, str]:
    file = tmp_path / "projects.toml"
    file.write_text(PROJECTS)
    return {
        **settings,
        "SENTRY_URL": f"http://127.0.0.1:{port}",
        "SENTRY_AUTH_TOKEN": TOKEN,
        "SENTRY_ORG_SLUG": "acme",
        "SENTRY_PROJECTS_FILE": str(file),
        "SENTRY_TRACKER": "builtin",
    }


async def report(ready: Mapping[str, Any]) -> None:
    """An error, as an SDK sends it."""
    dsn = httpx.URL(ready["projects"]["shop"]["dsn"])
    stack = {"frames": [{"filename": "shop/cart.py", "function": "average", "in_app": True}]}
    raised = {"type": "ZeroDivisionError", "value": "division by zero", "stacktrace": stack}
    event = {"level": "error", "platform": "python", "exception": {"values": [raised]}}
    url = f"{ready['url']}/api{dsn.path}/store/"
    sent = {"x-sentry-auth": f"Sentry sentry_version=7, sentry_key={dsn.username}"}
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(url, json=event, headers=sent)
        assert answer.is_success, answer.text


async def ask(running: Running, operation: str, **parameters: Any) -> dict[str, Any]:
    request = ModuleInput(operation=operation, parameters=parameters)
    output = await running.service.module.execute(request)
    assert output.ok, output.error
    return output.data or {}


async def tracked(running: Running, **wanted: str) -> dict[str, Any]:
    """The one tracked issue, once it is so."""

    async def look() -> dict[str, Any] | None:
        (one,) = (await ask(running, "list-tracked-issues"))["issues"] or [{}]
        return one if wanted.items() <= one.items() else None

    return await until(look)


async def test_the_whole_life_of_an_error(start: Start, port: int) -> None:
    async with (
        start() as running,
        sentry(port, f"{running.http.base_url}/api/sentry/webhook") as ready,
    ):
        await report(ready)
        first = await tracked(running, identifier="OPS-1", state="open")
        issue = first["sentry_id"]

        await ask(running, "resolve-issue", issue_id=issue)
        await tracked(running, identifier="OPS-1", state="closed")

        await report(ready)
        await tracked(running, identifier="OPS-1", state="open")

        url = f"{ready['url']}/api/0/organizations/acme/issues/{issue}/"
        bearer = {"authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(trust_env=False, headers=bearer) as client:
            assert (await client.put(url, json={"assignedTo": JO})).is_success
        await tracked(running, identifier="OPS-1", assignee="jo")

        await ask(running, "sync-tracked-issue", name="OPS-1", action="close")

        async def resolved() -> bool:
            there = await ask(running, "get-issue-details", issue_id=issue)
            return bool(there["issue"]["status"] == "resolved")

        assert await until(resolved)
        shown = await ask(running, "get-tracked-issue", name="OPS-1")
    assert (shown["state"], shown["waits"]) == ("closed", [])
    told = shown["untrusted"]["data"]
    assert "shop/cart.py" in told["body"]
    assert len(told["comments"]) >= 2


async def test_what_no_webhook_told_is_repaired_by_a_sync(start: Start, port: int) -> None:
    async with start() as running:
        async with sentry(port, f"{running.http.base_url}/api/sentry/webhook") as ready:
            await report(ready)
            one = await tracked(running, identifier="OPS-1", state="open")
        async with sentry(port, "http://127.0.0.1:9/nobody") as ready:
            await report(ready)  # another store: the same first issue, of which nobody is told
            await ask(running, "resolve-issue", issue_id=one["sentry_id"])

            synced = await ask(running, "sync-tracked-issue", name="OPS-1")
            again = await ask(running, "sync-tracked-issue", name="OPS-1")

    assert (synced["repaired"], synced["state"]) == (["resolved-in-sentry"], "closed")
    assert again["repaired"] == []
