"""`sentry-monitor serve` as people run it: a real process on a free port."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client

from demo.processes import bare
from fakes.patience import until
from fakes.webhooks import headers, issue_event

PROGRAM = (sys.executable, "-m", "mcp_servers.sentry_monitor", "serve", "--port", "0")
PATIENCE_S = 60


@asynccontextmanager
async def serving(
    settings: Mapping[str, str], log: Path, *arguments: str
) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """Its address and its process, which is ended politely."""
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *PROGRAM, *arguments, env=bare(**settings), stderr=out
        )
    try:
        yield await _address(log), process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), PATIENCE_S)


async def _address(log: Path) -> str:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            said = await asyncio.to_thread(log.read_text)
            if found := re.search(r"listening at (http://[^ ]+)", said):
                return found[1]
            await asyncio.sleep(0.1)


async def processed(http: httpx.AsyncClient) -> bool:
    status = (await http.get("/api/sentry/status")).json()
    return bool(status["processed"])


def logged(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


async def test_it_takes_webhooks_runs_jobs_and_stops_in_order(
    settings: dict[str, str], tmp_path: Path
) -> None:
    log, body = tmp_path / "serve.log", issue_event("1")
    async with serving(settings, log) as (at, process):
        async with httpx.AsyncClient(base_url=at, trust_env=False) as http:
            taken = await http.post("/webhooks/sentry", content=body, headers=headers(body))
            assert taken.status_code == 202
            await until(partial(processed, http))
            (job,) = (await http.get("/api/v1/jobs")).json()["jobs"]
            assert (job["status"], job["reason"]) == ("failed", "repository_missing")
            assert (await http.get("/readyz")).json()["worker"] is True
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0

    records = logged(log)
    assert {"time", "level", "logger", "message"} <= set(records[0])
    assert any(one.get("job") == job["id"] for one in records)
    assert records[-1]["message"] == "stopped; jobs under way went back to the queue"
    assert not [one for one in records if one["level"] == "error"]
    assert settings["SENTRY_WEBHOOK_SECRET"] not in log.read_text()


async def test_agents_reach_the_same_operations_over_mcp(
    settings: dict[str, str], tmp_path: Path
) -> None:
    served = serving(settings, tmp_path / "serve.log", "--no-worker")
    async with served as (at, _), Client(f"{at}/mcp") as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        answer = await client.call_tool("list-autofix-jobs", {})

    assert {"get-recent-issues", "autofix-issue"} <= names
    assert not answer.is_error


async def test_beyond_loopback_it_needs_a_token(settings: dict[str, str], tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, "--host", "0.0.0.0", env=bare(**settings), stderr=asyncio.subprocess.PIPE  # noqa: S104 - refused
    )  # fmt: skip
    _, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)

    assert process.returncode == 11
    assert b"SENTRY_MONITOR_HTTP_TOKEN" in err

    guarded = {**settings, "SENTRY_MONITOR_HTTP_TOKEN": "t" * 40}
    log = tmp_path / "serve.log"
    async with serving(guarded, log, "--host", "0.0.0.0") as (at, _):  # noqa: S104 - with a token
        own = at.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        async with httpx.AsyncClient(base_url=own, trust_env=False) as http:
            assert (await http.get("/api/v1/jobs")).status_code == 401
    assert "t" * 40 not in log.read_text()


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"SENTRY_AUTH_TOKEN": ""}, 11, "SENTRY_AUTH_TOKEN"),
        ({"SENTRY_WEBHOOK_SECRET": "short"}, 11, "SENTRY_WEBHOOK_SECRET"),
        ({"SENTRY_POLL_INTERVAL_MS": "5"}, 11, "SENTRY_POLL_INTERVAL_MS"),
        ({"SENTRY_PROJECTS": "shop"}, 11, "SENTRY_PROJECTS"),
    ],
    ids=["token", "secret", "interval", "projects"],
)
async def test_what_it_cannot_start_with_is_named(
    settings: dict[str, str], change: dict[str, str], code: int, word: str
) -> None:
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, env=bare(**{**settings, **change}), stderr=asyncio.subprocess.PIPE
    )
    _, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)

    assert process.returncode == code
    assert word.encode() in err
    assert b"Traceback" not in err


async def test_a_port_in_use_is_told(settings: dict[str, str], tmp_path: Path) -> None:
    async with serving(settings, tmp_path / "serve.log", "--no-worker") as (at, _):
        port = at.rpartition(":")[2]
        process = await asyncio.create_subprocess_exec(
            *PROGRAM[:-1], port, env=bare(**settings), stderr=asyncio.subprocess.PIPE
        )
        _, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)

    assert process.returncode == 2
    assert b"choose another --port" in err
