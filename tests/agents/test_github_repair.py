"""From an error to a pull request on GitHub and back from its red checks, with the real program."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.processes import bare, local_sentry, run_shop
from demo.repairs import Workplace, workplace
from fakes.certificates import certificate
from fakes.clones import Clone
from fakes.github import TOKEN, FakeGitHub
from fakes.smart_http import API, SmartServer, Watcher, holding, smart_server
from integration.test_autofix_commands import Desk
from mcp_servers.sentry_monitor.src.assembly import Workshop
from mcp_servers.sentry_monitor.src.settings import Settings

PATIENCE_S = 180  # five runs of the shop's tests, twice, on a machine that has other things to do
REQUESTS = 13  # at most; docs/github.md tells it


@dataclass
class Scene:
    desk: Desk
    smart: SmartServer
    place: Workplace


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    chain, key = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    with smart_server(tmp_path / "hub", FakeGitHub(), chain, key) as smart:
        async with local_sentry() as sentry, workplace(sentry.project) as place:
            Clone(place.folder / "shop-repository").git("push", "-q", str(smart.bare), "main")
            smart.mirror()
            mapping = place.folder / "projects.toml"
            mapping.write_text(mapping.read_text() + 'github = "acme/shop"\n')
            await run_shop(sentry, "shop@1.4.0", "orders")
            github = {
                "GITHUB_API_URL": smart.url + API,
                "GITHUB_TOKEN": TOKEN,
                "SSL_CERT_FILE": str(chain),
            }
            desk = Desk(bare(**sentry.settings, **place.settings, **github))
            yield Scene(desk, smart, place)


async def test_an_error_becomes_a_pull_request_and_red_checks_another_attempt(
    scene: Scene,
) -> None:
    github = scene.smart.github
    with Watcher(TOKEN) as watcher:
        repairing = await scene.desk.start("autofix", "SHOP-1")
        _, told = await asyncio.wait_for(repairing.communicate(), PATIENCE_S)
    err = told.decode()
    assert repairing.returncode == 0, err
    assert len(github.asked) <= REQUESTS, "\n".join(map(str, github.asked))
    (pull,) = github.pulls
    head = pull["head"]["sha"]
    assert pull["draft"] is False
    assert pull["title"].startswith("fix(SHOP-1): ")
    assert watcher.leaks == []
    assert holding(scene.place.folder, TOKEN) == []
    assert TOKEN not in err

    github.checked(head, "end to end", "failure", "boom")
    workshop = Workshop(Settings.from_environ(scene.desk.env))
    await workshop.following().once()
    await workshop.aclose()
    job = (await scene.desk.ask("list-autofix-jobs"))["jobs"][0]
    assert job["status"] == "queued"
    ended = await _worked(scene.desk, job["job"])

    assert (ended["status"], ended["outcome"]) == ("succeeded", "fixed")
    record = await scene.desk.ask("get-autofix-job", job_id=job["job"], include="record")
    attempts = record["untrusted"]["data"]["record"]["attempts"]
    assert len(attempts) == 2
    assert {"end to end", "boom"} <= set(attempts[0]["failure"].splitlines())
    assert len(github.pulls) == 1


async def _worked(desk: Desk, job: str) -> dict[str, Any]:
    """What a worker makes of it."""
    worker = await desk.start("worker")
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                data = await desk.ask("get-autofix-job", job_id=job)
                if data["status"] not in ("queued", "running"):
                    return data
                await asyncio.sleep(0.2)
    finally:
        worker.send_signal(signal.SIGTERM)
        await asyncio.wait_for(worker.communicate(), PATIENCE_S)
