"""Whether errors arrive is tried with the real SDK against the real server process."""

import json
import socket
import subprocess
import sys
from typing import Any

import httpx
import pytest

from fakes.loopback import always, answer
from fakes.recorder import recording
from fakes.setup_ground import SHOP, Ground, a_ground
from fakes.upstream import environ
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import Category, ModuleInput, ModuleOutput, Status

Environ = dict[str, str]


async def verified(known: Environ, **parameters: Any) -> ModuleOutput:
    async with SentryErrorMonitorModule(known) as module:
        given = {"wait_seconds": 1, **parameters}
        request = ModuleInput(operation="verify-telemetry", parameters=given)
        return await module.execute(request)


@pytest.fixture
def dsn(sentry_process: dict[str, Any]) -> str:
    found: str = sentry_process["projects"]["shop"]["dsn"]
    return found


async def test_an_error_and_a_message_are_found_again(sentry_environ: Environ, dsn: str) -> None:
    output = await verified({**sentry_environ, "SENTRY_DSN": dsn}, wait_seconds=20)

    assert output.ok, output.error
    assert output.data is not None
    assert [one["what"] for one in output.data["events"]] == ["test error", "test message"]
    assert len(output.side_effects) == 2
    titles = search(sentry_environ, f"telemetry.trial:{output.data['tag'].partition(':')[2]}")
    assert sorted(titles) == [
        "TelemetryTrial: sentry-monitor verify-telemetry",
        "Test message of sentry-monitor verify-telemetry",
    ]


async def test_a_trial_is_no_new_error_of_production(sentry_environ: Environ, dsn: str) -> None:
    known = {**sentry_environ, "SENTRY_DSN": dsn}

    first = await verified(known, wait_seconds=20, environment="trial")
    second = await verified(known, wait_seconds=20, environment="trial")

    assert first.data is not None
    assert first.data["environment"] == "trial"
    query = f"telemetry.trial:{first.data['tag'].partition(':')[2]}"
    found = issues(known, f"{query} environment:trial")
    assert {one["level"] for one in found} == {"info"}
    ids = sorted(one["id"] for one in found)
    told = [f"sentry-monitor call ignore-issue issue_id={one} until=forever" for one in ids]
    assert sorted(one.rpartition(": ")[2] for one in first.recommendations) == told
    assert second.recommendations == first.recommendations  # the same two issues, forever
    argv = first.recommendations[0].rpartition(": ")[2].split()
    done = command(*argv[1:], **known)
    assert done.returncode == 0, done.stderr


def search(known: Environ, query: str) -> list[str]:
    return [one["title"] for one in issues(known, query)]


def issues(known: Environ, query: str) -> list[dict[str, Any]]:
    answer = httpx.get(
        f"{known['SENTRY_URL']}/api/0/organizations/{known['SENTRY_ORG_SLUG']}/issues/",
        params={"query": query},
        headers={"Authorization": f"Bearer {known['SENTRY_AUTH_TOKEN']}"},
        trust_env=False,
    )
    found: list[dict[str, Any]] = answer.json()
    return found


def command(*argv: str, **known: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mcp_servers.sentry_monitor", *argv],
        env={**known, "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


async def test_without_a_dsn_it_says_what_to_set(sentry_environ: Environ) -> None:
    output = await verified(sentry_environ)

    assert output.error is not None
    assert (output.error.code, output.error.category) == ("no_dsn", Category.CONFIGURATION)
    assert "SENTRY_DSN" in str(output.error.recovery_suggestion)


async def test_a_malformed_dsn_is_named_and_not_shown(sentry_environ: Environ) -> None:
    output = await verified({**sentry_environ, "SENTRY_DSN": "https://s3cr3tvalue@/shop"})

    assert output.error is not None
    assert output.error.code == "bad_dsn"
    assert "SENTRY_DSN" in output.error.message
    assert "s3cr3tvalue" not in output.model_dump_json()


async def test_the_dsn_of_another_project_is_told(sentry_environ: Environ, dsn: str) -> None:
    other = dsn.rpartition("/")[0] + "/4711"

    output = await verified({**sentry_environ, "SENTRY_DSN": other})

    assert output.error is not None
    assert output.error.code == "dsn_of_another_project"
    assert "number 4711" in output.error.message


async def test_a_key_that_is_none_of_the_projects_is_told(
    sentry_environ: Environ, dsn: str
) -> None:
    host = dsn.partition("@")[2]

    output = await verified({**sentry_environ, "SENTRY_DSN": f"http://{'0' * 32}@{host}"})

    assert output.error is not None
    assert output.error.code == "dsn_of_another_project"
    assert "is not the key of project 'shop'" in output.error.message


@pytest.mark.parametrize(
    ("status", "said"),
    [(429, "rate limited"), (403, "disabled"), (413, "bodies of this size"), (500, "status_500")],
)
@pytest.mark.logs_errors
async def test_what_the_host_of_the_dsn_refuses_is_told(
    sentry_environ: Environ, dsn: str, status: int, said: str
) -> None:
    with recording(status=status) as wire:
        elsewhere = (
            f"{dsn.partition('@')[0]}@{wire.url.partition('://')[2]}/{dsn.rpartition('/')[2]}"
        )

        output = await verified({**sentry_environ, "SENTRY_DSN": elsewhere})

    assert output.error is not None
    assert output.error.code == "telemetry_not_delivered"
    assert said in output.error.message


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("127.0.0.1:9", "127.0.0.1:9 refuses connections"),
        ("nowhere.invalid", "the name nowhere.invalid cannot be resolved"),
    ],
)
def test_a_host_that_cannot_be_reached_is_named_and_nothing_else(
    bare: Environ, host: str, said: str
) -> None:
    dsn = bare["SENTRY_DSN"]
    nowhere = f"{dsn.partition('@')[0]}@{host}/{dsn.rpartition('/')[2]}"

    done = command("verify-telemetry", "--wait", "8", **{**bare, "SENTRY_DSN": nowhere})

    assert done.returncode == 9
    assert said in done.stderr
    assert "Retrying" not in done.stderr
    assert "urllib3" not in done.stderr


async def test_a_host_that_does_not_answer_is_told(sentry_environ: Environ, dsn: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        place = f"127.0.0.1:{deaf.getsockname()[1]}"
        silent = f"{dsn.partition('@')[0]}@{place}/{dsn.rpartition('/')[2]}"
        output = await verified({**sentry_environ, "SENTRY_DSN": silent}, wait_seconds=2)

    assert output.error is not None
    assert output.error.category is Category.NETWORK
    assert f"{place} does not answer in time" in output.error.message


async def test_what_is_taken_and_never_arrives_is_told(sentry_environ: Environ, dsn: str) -> None:
    with recording(status=200) as wire:
        elsewhere = (
            f"{dsn.partition('@')[0]}@{wire.url.partition('://')[2]}/{dsn.rpartition('/')[2]}"
        )

        output = await verified({**sentry_environ, "SENTRY_DSN": elsewhere})

    assert output.error is not None
    assert output.error.code == "telemetry_not_arrived"
    assert "test error and the test message did not arrive within 1 second," in output.error.message
    assert f"SENTRY_DSN sends to {wire.url.partition('://')[2]}" in output.error.message
    assert f"SENTRY_URL is {sentry_environ['SENTRY_URL']}" in output.error.message


@pytest.fixture
def bare(sentry_environ: Environ, dsn: str) -> Environ:
    return {**sentry_environ, "SENTRY_DSN": dsn, "PATH": "/usr/bin:/bin"}


def test_the_command_tells_how_far_it_is_and_ends_well(bare: Environ) -> None:
    done = command("verify-telemetry", "--json", "--environment", "trial", **bare)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "success"
    assert json.loads(done.stdout)["data"]["environment"] == "trial"
    assert "[2/4] sending an error and a message" in done.stderr
    steps = [line[:5] for line in done.stderr.splitlines() if line.startswith("[")]
    assert steps == ["[1/4]", "[2/4]", "[3/4]", "[4/4]"]


def test_the_command_says_that_it_waits(bare: Environ) -> None:
    dsn = bare["SENTRY_DSN"]
    with recording(status=200) as wire:
        place = wire.url.partition("://")[2]
        elsewhere = f"{dsn.partition('@')[0]}@{place}/{dsn.rpartition('/')[2]}"
        done = command("verify-telemetry", "--wait", "6", **{**bare, "SENTRY_DSN": elsewhere})

    assert done.returncode == 8
    assert "[3/4] not there yet" in done.stderr


def reporting_to(ground: Ground) -> Environ:
    place = ground.server.url.partition("://")[2]
    dsn = f"http://{ground.project.public_key}@{place}/{ground.project.id}"
    return {**environ(ground.server.url), "SENTRY_DSN": dsn, "SENTRY_ENVIRONMENT": "lab"}


async def test_an_inbound_filter_that_takes_them_is_told() -> None:
    async with a_ground(filters={"environment": "lab"}) as ground:
        output = await verified(reporting_to(ground))

    assert output.error is not None
    assert output.error.code == "telemetry_not_arrived"
    assert "inbound filters left out 2 events" in output.error.message
    assert "Inbound Filters" in str(output.error.recovery_suggestion)


async def test_a_quota_that_refuses_them_is_told() -> None:
    async with a_ground(event_limit=0) as ground:
        output = await verified(reporting_to(ground))

    assert output.error is not None
    assert output.error.code == "telemetry_not_delivered"
    assert "rate limited" in output.error.message


async def test_a_key_that_is_disabled_is_told_before_anything_is_sent() -> None:
    async with a_ground() as ground:
        await ground.put(f"{SHOP}keys/{ground.project.public_key}/", {"isActive": False})

        output = await verified(reporting_to(ground))

    assert output.error is not None
    assert output.error.code == "telemetry_not_delivered"
    assert "disabled" in output.error.message
    assert not [one for one in ground.server.seen if one.path.endswith("/envelope/")]


async def test_keys_that_cannot_be_read_are_a_gap_and_no_failure() -> None:
    async with a_ground() as ground:
        ground.play["GET", f"{SHOP}keys/"] = always(answer(403, {"detail": "No."}))

        output = await verified(reporting_to(ground), wait_seconds=20)

    assert output.status is Status.PARTIAL_SUCCESS
    assert "keys of the project could not be read" in str(output.warnings)
