"""`sentry-monitor autofix` and `worker` as people run them: real processes, server, git, tests."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.processes import bare, local_sentry, run_shop
from demo.repairs import workplace
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ModuleInput

PROGRAM = (sys.executable, "-m", "mcp_servers.sentry_monitor")
PATIENCE_S = 180


@dataclass(frozen=True)
class Desk:
    """The command line, with a broken shop in Sentry and its code in a repository."""

    env: Mapping[str, str]

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *PROGRAM, *arguments, env=self.env, stdout=pipe, stderr=pipe
        )

    async def run(self, *arguments: str) -> tuple[int | None, str, str]:
        process = await self.start(*arguments)
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        return process.returncode, out.decode(), err.decode()

    async def ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """The same operations in this process: a command takes a second to start."""
        async with SentryErrorMonitorModule(self.env) as module:
            request = ModuleInput(operation=operation, parameters=parameters)
            return (await module.execute(request)).data or {}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with local_sentry() as sentry, workplace(sentry.project) as place:
        await run_shop(sentry, "shop@1.4.0", "orders")
        yield Desk(bare(**sentry.settings, **place.settings))


async def test_an_issue_becomes_a_pull_request_in_the_foreground(desk: Desk) -> None:
    code, out, err = await desk.run("autofix", "SHOP-1")

    assert code == 0, err
    assert "succeeded fixed" in out
    assert "proof: proven" in out
    assert "running the tests on the base" in err
    pulls = await desk.ask("list-autofix-pull-requests")
    assert [one["draft"] for one in pulls["pull_requests"]] == [False]
    jobs = await desk.ask("list-autofix-jobs")
    job = jobs["jobs"][0]["job"]
    record = await desk.ask("get-autofix-job", job_id=job, include="record")
    told = record["untrusted"]["data"]["record"]
    assert told["sentryIssueId"] == "1"
    assert {"prUrl", "prNumber", "retryCount", "maxRetries", "createdAt", "branchName"} <= set(told)


async def test_a_person_decides_and_a_worker_goes_on(desk: Desk) -> None:
    code, out, _ = await desk.run("autofix", "SHOP-1", "--stop-at", "diff", "--json")
    data = json.loads(out)["data"]
    assert (code, data["status"]) == (0, "waiting")
    decide = {"job_id": data["job"], "decision": "approve"}
    assert await desk.ask("decide-autofix-job", **decide, diff_sha256="0" * 64) == {}

    worker = await desk.start("worker")
    try:
        shown = data["diff_sha256"]
        approved = await desk.ask("decide-autofix-job", **decide, diff_sha256=shown)
        assert approved["status"] == "queued"
        ended = await _ended(desk, data["job"])
    finally:
        worker.send_signal(signal.SIGTERM)
        await asyncio.wait_for(worker.communicate(), PATIENCE_S)

    assert (ended["status"], ended["outcome"]) == ("succeeded", "fixed")
    assert worker.returncode == 0


async def _ended(desk: Desk, job: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            data = await desk.ask("get-autofix-job", job_id=job)
            if data["status"] not in ("queued", "running"):
                return data
            await asyncio.sleep(0.2)


async def test_the_kill_switch_and_what_was_typed_wrong(desk: Desk) -> None:
    paused, _, _ = await desk.run("autofix", "--pause")
    refused, _, err = await desk.run("autofix", "SHOP-1")
    resumed, _, _ = await desk.run("autofix", "--resume")
    unknown, _, _ = await desk.run("autofix", "SHOP-99")

    assert (paused, refused, resumed, unknown) == (0, 10, 0, 5)
    assert "autofix_paused" in err


async def test_a_job_that_was_cancelled_is_not_begun_again_and_says_how(desk: Desk) -> None:
    begun = await desk.ask("autofix-issue", issue_id="SHOP-1")
    await desk.ask("decide-autofix-job", job_id=begun["job"], decision="cancel")

    code, _, err = await desk.run("autofix", "SHOP-1")

    assert code == 10
    assert f"sentry-monitor call decide-autofix-job job_id={begun['job']} decision=retry" in err


async def test_what_was_told_of_a_job_before_is_not_told_again(desk: Desk) -> None:
    _, out, before = await desk.run("autofix", "SHOP-1", "--stop-at", "diff", "--json")
    data = json.loads(out)["data"]
    await desk.ask(
        "decide-autofix-job",
        job_id=data["job"],
        decision="approve",
        diff_sha256=data["diff_sha256"],
    )

    code, _, after = await desk.run("autofix", "SHOP-1")

    assert code == 0
    assert "gather done" in before
    assert f"going on with job {data['job']}" in after
    assert "gather done" not in after
    assert "publish done" in after


async def test_without_being_switched_on_nothing_begins(desk: Desk) -> None:
    off = Desk({**desk.env, "SENTRY_FIXER_ENABLED": "false"})

    code, _, err = await off.run("autofix", "SHOP-1")
    worker, _, told = await off.run("worker")

    assert (code, worker) == (11, 11)
    assert "SENTRY_FIXER_ENABLED=true" in err
    assert "SENTRY_FIXER_ENABLED=true" in told


async def test_a_login_that_is_missing_is_told_at_once_and_asking_again_goes_on(
    desk: Desk,
) -> None:
    mapping = Path(desk.env["SENTRY_PROJECTS_FILE"])
    whole = mapping.read_text()  # noqa: ASYNC240 - one small file
    mapping.write_text(re.sub(r"agent_command.*\n", "", whole))  # noqa: ASYNC240

    code, out, err = await desk.run("autofix", "SHOP-1")
    mapping.write_text(whole)  # noqa: ASYNC240
    again, told, _ = await desk.run("autofix", "SHOP-1")

    assert code == 11, err
    assert "ANTHROPIC_API_KEY" in out
    assert again == 0
    assert "succeeded fixed" in told


async def test_a_worker_tells_what_it_does_in_json_lines(desk: Desk) -> None:
    _, out, _ = await desk.run("call", "autofix-issue", "issue_id=SHOP-1", "--json")
    job = json.loads(out)["data"]["job"]

    worker = await desk.start("worker")
    try:
        await _ended(desk, job)
    finally:
        worker.send_signal(signal.SIGTERM)
        _, err = await asyncio.wait_for(worker.communicate(), PATIENCE_S)

    records = [json.loads(line) for line in err.decode().splitlines()]
    told = [one["message"] for one in records]
    events = [(one["issue"], one["stage"]) for one in records if one.get("job") == job]
    assert told[0].startswith("mapped projects: shop (main of /")
    assert told[1].startswith("working")
    assert events[0] == ("1", "gather")  # nobody has looked at it yet
    assert events[-1] == ("SHOP-1", "done")
    assert told[-1].startswith("stopping")


async def test_a_worker_without_projects_says_what_to_do(desk: Desk) -> None:
    bare_desk = Desk({**desk.env, "SENTRY_PROJECTS_FILE": "", "SENTRY_PROJECTS": ""})
    worker = await bare_desk.start("worker", "--log-format", "text")
    assert worker.stderr is not None
    first = (await asyncio.wait_for(worker.stderr.readline(), PATIENCE_S)).decode()
    worker.send_signal(signal.SIGTERM)
    await asyncio.wait_for(worker.communicate(), PATIENCE_S)

    assert first.startswith("WARNING no project is mapped")
    assert "SENTRY_PROJECTS" in first
    assert worker.returncode == 0
