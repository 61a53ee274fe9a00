"""`sentry-monitor poll` as people and cron run it."""

import asyncio
import json
import sys
from collections.abc import Mapping

from demo.processes import bare
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ModuleInput

PROGRAM = (sys.executable, "-m", "mcp_servers.sentry_monitor", "poll")


async def run(settings: Mapping[str, str], *arguments: str) -> tuple[int | None, str, str]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, *arguments, env=bare(**settings), stdout=pipe, stderr=pipe
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(), err.decode()


async def test_what_it_finds_waits_in_the_queue(settings: dict[str, str]) -> None:
    code, out, err = await run(settings, "--json")

    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["begun"] == found["looked"] >= 3
    async with SentryErrorMonitorModule(settings) as module:
        listed = await module.execute(ModuleInput(operation="list-autofix-jobs"))
    assert {one["status"] for one in (listed.data or {})["jobs"]} == {"queued"}

    code, out, _ = await run(settings)
    assert (code, out) == (
        0,
        "1 project: 0 issues changed since the last poll, 0 handed on to become jobs\n",
    )


async def test_what_it_cannot_do_is_told(settings: dict[str, str]) -> None:
    off, _, why = await run({**settings, "SENTRY_FIXER_ENABLED": "false"})
    away = {**settings, "SENTRY_URL": "http://127.0.0.1:9", "SENTRY_TIMEOUT": "5"}
    code, out, _ = await run(away)

    assert off == 11
    assert "SENTRY_FIXER_ENABLED" in why
    assert code == 8
    assert "not read: shop: " in out
