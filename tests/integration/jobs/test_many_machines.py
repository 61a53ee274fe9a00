"""The scaled form: a front that takes webhooks, a worker elsewhere, PostgreSQL between them."""

import asyncio
import re
import signal
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import httpx

from demo.processes import bare
from fakes.patience import until
from fakes.webhooks import SECRET, headers, issue_event

PROGRAM = (sys.executable, "-m", "mcp_servers.sentry_monitor")
PATIENCE_S = 90


async def start(
    log: Path, settings: Mapping[str, str], *arguments: str
) -> asyncio.subprocess.Process:
    with log.open("wb") as out:
        return await asyncio.create_subprocess_exec(
            *PROGRAM, *arguments, env=bare(**settings), stderr=out
        )


async def said(log: Path, pattern: str) -> str:
    async def look() -> str:
        found = re.search(pattern, await asyncio.to_thread(log.read_text))
        return found[1] if found else ""

    return await until(look)


async def processed(http: httpx.AsyncClient) -> bool:
    status = (await http.get("/api/sentry/status")).json()
    return bool(status["processed"])


async def test_a_front_and_a_worker_share_the_work_by_postgresql(
    postgres_url: str, sentry_environ: Mapping[str, str], tmp_path: Path
) -> None:
    settings = {
        **sentry_environ,
        "SENTRY_FIXER_ENABLED": "true",
        "SENTRY_PROJECTS": f"shop:1:shop:{tmp_path / 'nowhere'}",
        "SENTRY_WORK_DIR": str(tmp_path / "work"),
        "SENTRY_WEBHOOK_SECRET": SECRET,
    }
    body, log = issue_event("1"), tmp_path / "front.log"
    front = await start(
        log, settings, "serve", "--port", "0", "--no-worker", "--database", postgres_url
    )
    shared = {**settings, "SENTRY_DATABASE_URL": postgres_url}
    worker = await start(tmp_path / "worker.log", shared, "worker")
    try:
        at = await said(log, r"listening at (http://[^ ]+)")
        async with httpx.AsyncClient(base_url=at, trust_env=False) as http:
            taken = await http.post("/webhooks/sentry", content=body, headers=headers(body))
            again = await http.post("/webhooks/sentry", content=body, headers=headers(body))
            await until(partial(processed, http))
            (job,) = (await http.get("/api/v1/jobs")).json()["jobs"]
            ready = (await http.get("/readyz")).json()
    finally:
        for process in (front, worker):
            process.send_signal(signal.SIGTERM)
        codes = [await asyncio.wait_for(one.wait(), PATIENCE_S) for one in (front, worker)]

    assert (taken.status_code, again.status_code) == (202, 200)
    assert (job["status"], job["reason"], job["trigger"]) == (
        "failed",
        "repository_missing",
        "webhook",
    )
    assert ready == {"ok": True, "worker": False, "paused": False}
    assert codes == [0, 0]
    assert job["id"] in (tmp_path / "worker.log").read_text()
