"""`sentry-monitor check-project-setup --fix`: shown first, applied, and nothing left to apply."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from fakes.setup_ground import Ground, a_ground
from fakes.upstream import environ
from mcp_servers.sentry_monitor.src.cli.main import main


@pytest.fixture
async def ground(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ground]:
    async with a_ground() as one:
        for name, value in environ(one.server.url, SENTRY_RETRY_ATTEMPTS="1").items():
            monkeypatch.setenv(name, value)
        yield one


async def run(*words: str) -> int:
    return await asyncio.to_thread(main, ["check-project-setup", "--project", "shop", *words])


async def test_without_the_flag_nothing_changes(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run() == 0

    assert "filter web-crawlers: off -> on" in capsys.readouterr().out
    assert not ground.filters["web-crawlers"]


async def test_what_is_safe_is_shown_then_applied_and_a_second_time_nothing_is_left(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("--fix", "--json") == 0
    told = capsys.readouterr().out
    shown, end = json.JSONDecoder().raw_decode(told)
    applied = json.loads(told[end:])

    assert (shown["operation"], applied["operation"]) == (
        "check-project-setup",
        "fix-project-setup",
    )
    assert applied["side_effects"]
    assert ground.filters["web-crawlers"]
    assert await run("--fix") == 0
    assert capsys.readouterr().err == "nothing is left that is safe to apply\n"


async def test_a_project_that_does_not_exist_ends_as_a_call_does(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await asyncio.to_thread(main, ["check-project-setup", "--project", "nope", "--fix"])

    assert code == 5
    assert "not_found" in capsys.readouterr().err
