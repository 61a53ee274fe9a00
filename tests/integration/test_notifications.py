"""Notifications as people set them up: the command that tries them, and check-connection."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator

import pytest

from demo.processes import bare, local_sentry
from fakes.loopback import always, answer, loopback
from fakes.slack import TOKEN, Slack, a_slack
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ModuleInput, ModuleOutput


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with a_slack() as slack:
        yield slack


async def tried(**settings: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mcp_servers.sentry_monitor", "autofix", "--test-notify"),
        env=bare(**settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(), err.decode()


async def test_a_test_arrives_everywhere(slack: Slack) -> None:
    async with loopback(always(answer(body={}))) as sink:
        code, out, err = await tried(
            SLACK_BOT_TOKEN=TOKEN,
            SLACK_CHANNEL_ID="C0SHOP",
            SLACK_API_URL=slack.api,
            SENTRY_FIXER_NOTIFY_URLS=f"json://{sink.url.removeprefix('http://')}/a-secret-path",
        )

    assert (code, out) == (0, "slack: told\njson: told\n"), err
    assert slack.messages[0]["text"].startswith("🔔 Sentry Auto-Fix Test")
    assert json.loads(sink.seen[0].body)["title"] == "🔔 Sentry Auto-Fix Test"


async def test_a_place_that_refuses_the_connection_is_told_as_such() -> None:
    async with loopback(always(answer())) as gone:
        address = gone.url

    code, out, _ = await tried(SLACK_WEBHOOK_URL=f"{address}/services/T0/B0/secretsecretsecret")

    assert code == 8
    assert out.startswith("slack: not told: notify_unreachable: There is no connection")


async def test_a_place_that_is_not_set_up_is_a_matter_of_configuration() -> None:
    code, out, _ = await tried(SENTRY_FIXER_NOTIFY_URLS="nosuchservice://somewhere")

    assert code == 11
    assert "notify_url_unknown" in out


async def test_what_did_not_arrive_is_named_with_what_to_do(slack: Slack) -> None:
    slack.refusal = "not_in_channel"

    code, out, _ = await tried(
        SLACK_BOT_TOKEN=TOKEN, SLACK_CHANNEL_ID="C0SHOP", SLACK_API_URL=slack.api
    )

    assert code == 8
    assert out == (
        "slack: not told: slack_not_in_channel: The bot is not in the channel: invite it there.\n"
    )


async def test_nobody_to_tell_and_settings_that_cannot_be_used() -> None:
    nobody, _, told = await tried()
    unusable, _, why = await tried(SLACK_WEBHOOK_URL="https://evil.example/a-secret-path")

    assert (nobody, unusable) == (11, 11)
    assert "SLACK_WEBHOOK_URL" in told
    assert "a-secret-path" not in why


async def connection(**settings: str) -> ModuleOutput:
    async with (
        local_sentry() as sentry,
        SentryErrorMonitorModule(bare(**sentry.settings, **settings)) as module,
    ):
        return await module.execute(ModuleInput(operation="check-connection"))


async def test_the_state_of_notifications_is_part_of_the_connection(slack: Slack) -> None:
    output = await connection(
        SLACK_BOT_TOKEN=TOKEN, SLACK_CHANNEL_ID="C0SHOP", SLACK_API_URL=slack.api
    )

    assert (output.data or {})["notifications"] == [
        {"place": "slack", "state": "the token is good, messages go to C0SHOP"}
    ]
    assert slack.messages == []


async def test_a_slack_that_hangs_keeps_no_connection_from_being_checked(slack: Slack) -> None:
    slack.silent = True

    output = await connection(SLACK_BOT_TOKEN=TOKEN, SLACK_API_URL=slack.api, SENTRY_TIMEOUT="3")

    assert output.ok, output
    assert (output.data or {})["notifications"][0]["state"] in ("slack_away", "no answer in time")
