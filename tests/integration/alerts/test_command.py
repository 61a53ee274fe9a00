"""As commands of a shell: exit codes, and a process that is killed in the middle."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from fakes.alerting import Ground, states

ROOT = Path(__file__).parents[3]


async def test_the_exit_code_tells_drift(ground: Ground) -> None:
    assert await _ended(ground, "check-alert-rules", "fail_on_drift=true") == 10
    assert await _ended(ground, "check-alert-rules") == 0
    assert await _ended(ground, "ensure-alert-rules", "apply=true") == 0
    assert await _ended(ground, "check-alert-rules", "fail_on_drift=true") == 0


async def test_a_file_that_cannot_be_used_has_an_exit_code(ground: Ground, tmp_path: Path) -> None:
    ground.rules_file = tmp_path / "none.toml"

    assert await _ended(ground, "check-alert-rules") == 11


async def test_a_run_that_stopped_half_way_has_an_exit_code(ground: Ground) -> None:
    ground.fail = frozenset({3})

    assert await _ended(ground, "ensure-alert-rules", "apply=true") == 14


@pytest.mark.parametrize("number", [1, 3, 5])
async def test_a_killed_process_leaves_what_the_next_one_ends(ground: Ground, number: int) -> None:
    process = await _begun(ground, "ensure-alert-rules", "apply=true")

    def kill(written: int) -> bool:
        if written == number:
            process.kill()
        return written == number

    ground.kill = kill
    assert await process.wait() == -9

    ground.kill = lambda _: False
    again = await ground.data("ensure-alert-rules", apply=True)

    assert list(states(again).values()).count("same") == number
    for rows in (await ground.all()).values():
        ours = [one["name"] for one in rows if "sentry-monitor" in one["name"]]
        assert len(ours) == len(set(ours))
    assert (await ground.data("check-alert-rules"))["in_step"]


async def _ended(ground: Ground, *words: str) -> int:
    return await (await _begun(ground, *words)).wait()


async def _begun(ground: Ground, *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mcp_servers.sentry_monitor",
        "call",
        *words,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **ground.environ},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
