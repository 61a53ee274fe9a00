"""`sentry-monitor check-project-setup --fix`: shown first, applied, and nothing left to apply."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from fakes.loopback import answer
from fakes.setup_ground import SHOP, Ground, a_ground, played
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
    assert await run("--fix") == 0
    told = capsys.readouterr().out

    assert told.index("off -> on") < told.index("changes read back as made")
    assert ground.filters["web-crawlers"]
    assert await run("--fix") == 0
    assert capsys.readouterr().err == "nothing is left that is safe to apply\n"


async def test_as_json_there_is_one_document_of_what_was_done_last(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("--fix", "--json") == 0
    told = capsys.readouterr()
    applied = json.loads(told.out)

    assert applied["operation"] == "fix-project-setup"
    assert applied["side_effects"]
    assert "filter web-crawlers: off -> on" in told.err  # shown first all the same
    assert await run("--fix", "--json") == 0
    assert json.loads(capsys.readouterr().out)["operation"] == "check-project-setup"


async def test_a_gate_ends_with_a_conflict_and_names_what_is_wanting(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("--fail-on-wanting") == 10
    told = capsys.readouterr()
    assert "Remedy: " in told.out
    assert "sensitive-fields (" in told.err

    assert await run("--fail-on-wanting", "--fix") == 10
    told = capsys.readouterr()
    assert "rate-limits (" in told.err  # what only people can mend
    assert "sensitive-fields (" not in told.err

    assert await run("--fail-on-wanting", "--json") == 10
    assert json.loads(capsys.readouterr().out)["operation"] == "check-project-setup"


async def test_the_command_takes_what_the_operation_takes(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--sensitive-fields", "badge_number,visa_id", "--retention-days", "30")

    assert await run(*words, "--scrub-ip-addresses", "--fix") == 0

    assert ground.settings["sensitiveFields"][-2:] == ["badge_number", "visa_id"]
    assert ground.settings["scrubIPAddresses"]
    assert "events are kept for 30 days" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [("--retention-days", "0"), ("--retention-days", "x"), ("--sensitive-fields", "a b")]
)
async def test_a_bad_value_is_named(
    words: tuple[str, str], ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(*words) == 2
    assert words[0][2:].replace("-", "_") in capsys.readouterr().err
    assert ground.server.seen == []


async def test_a_fix_that_was_done_in_part_has_an_exit_code(ground: Ground) -> None:
    ground.play[("PUT", f"{SHOP}filters/web-crawlers/")] = played(answer(403, {"detail": "no"}))

    assert await run("--fix") == 14


async def test_what_cannot_be_read_beside_a_fix_leaves_it_whole(ground: Ground) -> None:
    ground.play[("GET", f"{SHOP}keys/")] = played(answer(403, {"detail": "no"}))

    assert await run("--fix") == 0
    assert ground.filters["web-crawlers"]


async def test_a_project_that_does_not_exist_ends_as_a_call_does(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await asyncio.to_thread(main, ["check-project-setup", "--project", "nope", "--fix"])

    assert code == 5
    assert "not_found" in capsys.readouterr().err
