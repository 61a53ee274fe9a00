"""The process that decides about deliveries: begun when there is something to decide, begun again
when it died, and gone when the service is."""

import os
import signal
from functools import partial
from pathlib import Path

import httpx

from fakes.patience import until
from fakes.webhooks import headers, issue_event

from .test_serve import logged, serving


def deciders(parent: int) -> list[int]:
    """Of this service, alive."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            argv = (place / "cmdline").read_bytes()
            stat = (place / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if b"src.decider" in argv and int(stat[1]) == parent and stat[0] != "Z":
            found.append(int(place.name))
    return found


async def gone(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    return False


async def begun(http: httpx.AsyncClient, number: int) -> bool:
    return len((await http.get("/api/v1/jobs")).json()["jobs"]) == number


async def push(http: httpx.AsyncClient, issue: str) -> None:
    body = issue_event(issue)
    taken = await http.post("/webhooks/sentry", content=body, headers=headers(body))
    assert taken.status_code == 202


async def test_it_is_begun_again_when_it_died(settings: dict[str, str], tmp_path: Path) -> None:
    log = tmp_path / "serve.log"
    async with (
        serving(settings, log, "--no-worker") as (at, process),
        httpx.AsyncClient(base_url=at, trust_env=False) as http,
    ):
        await push(http, "1")
        await until(partial(begun, http, 1))
        (first,) = deciders(process.pid)
        os.kill(first, signal.SIGKILL)
        await push(http, "2")
        await until(partial(begun, http, 2))
        (second,) = deciders(process.pid)

    assert second != first
    assert "it is begun again" in " ".join(one["message"] for one in logged(log))
    assert deciders(process.pid) == []


async def test_it_does_not_outlive_a_service_that_is_killed(
    settings: dict[str, str], tmp_path: Path
) -> None:
    async with serving(settings, tmp_path / "serve.log", "--no-worker") as (at, process):
        async with httpx.AsyncClient(base_url=at, trust_env=False) as http:
            await push(http, "1")
            await until(partial(begun, http, 1))
        (decider,) = deciders(process.pid)
        process.kill()
        await process.wait()
        await until(partial(gone, decider))


async def test_it_keeps_tracked_issues_in_step_where_repairs_are_off(
    settings: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "serve.log"
    told = {**settings, "SENTRY_FIXER_ENABLED": "false", "SENTRY_TRACKER": "builtin"}
    async with (
        serving(told, log, "--no-worker") as (at, process),
        httpx.AsyncClient(base_url=at, trust_env=False) as http,
    ):

        async def filed() -> bool:
            return "OPS-1" in (await http.get("/tracked")).text

        body = issue_event("7")
        taken = await http.post("/webhooks/sentry", content=body, headers=headers(body))
        assert taken.json()["reason"] == "disabled"
        await until(filed)
        assert len(deciders(process.pid)) == 1

    assert deciders(process.pid) == []
