"""The files that a service is run with: image, compose file, unit. No container is started here."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from argparse import _SubParsersAction
from pathlib import Path
from typing import Any

import pytest
import yaml

from fakes.loopback import always, answer, loopback
from mcp_servers.sentry_monitor.src.cli.main import parser
from mcp_servers.sentry_monitor.src.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
UNIT = (ROOT / "deploy/sentry-monitor.service").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
RUNNING = (ROOT / "docs/running.md").read_text()
PROGRAM = "/opt/sentry-monitor/bin/sentry-monitor"
NOT_OURS = ("postgres",)
VARIABLE = r"[A-Z][A-Z0-9_]+"


def known_variables() -> set[str]:
    extras = [field.json_schema_extra for field in Settings.model_fields.values()]
    return {str(name) for one in extras if isinstance(one, dict) for name in _list(one["env"])}


def _list(value: Any) -> list[Any]:
    assert isinstance(value, list)
    return value


def our_services() -> dict[str, Any]:
    return {name: one for name, one in COMPOSE["services"].items() if name not in NOT_OURS}


def command_of_the_image() -> list[str]:
    found = re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert found
    return _list(json.loads(found[1]))


def command_lines() -> dict[str, list[str]]:
    """Each command that one of the files, or the page about them, tells to run."""
    found = {"Dockerfile": command_of_the_image()}
    for name, one in our_services().items():
        words = [re.sub(r"\$\{\w+:-(.*)\}", r"\1", word) for word in one.get("command", [])]
        found[f"compose {name}"] = words or command_of_the_image()
    for line in re.findall(rf"^ExecStart={PROGRAM} (.*)$", UNIT, re.MULTILINE):
        found["unit"] = line.split()
    blocks = re.findall(r"^```sh\n(.*?)^```", RUNNING, re.MULTILINE | re.DOTALL)
    for line in "\n".join(blocks).splitlines():
        if told := re.match(rf"(?:sudo -u \S+ )?(?:{PROGRAM}|sentry-monitor) ([^#|]*)", line):
            found[f"running.md: {line}"] = told[1].split()
    return found


LINES = command_lines()


@pytest.mark.parametrize("where", LINES)
def test_every_command_line_can_be_parsed(where: str) -> None:
    whole = parser()
    commands = next(one for one in whole._actions if isinstance(one, _SubParsersAction))
    if LINES[where][0] not in commands.choices:
        pytest.skip(f"this version has no command {LINES[where][0]!r}")

    assert whole.parse_args(LINES[where]).run


def test_every_variable_is_one_that_settings_read() -> None:
    named = set(
        re.findall(rf"\b({VARIABLE})=", " ".join(re.findall(r"^ENV .*", DOCKERFILE, re.MULTILINE)))
    )
    named |= set(re.findall(rf"^Environment=({VARIABLE})=", UNIT, re.MULTILINE))
    named |= {name for one in our_services().values() for name in one.get("environment", {})}
    of_python = {"PATH", *(name for name in named if name.startswith("UV_"))}

    assert named - of_python <= known_variables()
    assert {"SENTRY_DB_PATH", "SENTRY_DATABASE_URL"} <= named


def test_every_variable_of_the_example_is_one_that_settings_read() -> None:
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(rf"^#?({VARIABLE})=", example, re.MULTILINE))
    basic = {"ENABLED", "TEST_COMMAND", "AGENT_COMMAND"}

    assert named <= known_variables()
    assert {"SENTRY_PROJECTS", *(f"SENTRY_FIXER_{one}" for one in basic)} <= named


def test_nothing_is_published_beyond_this_machine() -> None:
    ports = [port for one in COMPOSE["services"].values() for port in one.get("ports", [])]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert "docker.sock" not in str(COMPOSE)


def test_each_profile_has_what_it_needs_and_secrets_are_in_no_file() -> None:
    by_profile = {
        profile: {name for name, one in COMPOSE["services"].items() if profile in one["profiles"]}
        for profile in ("single", "scaled")
    }

    assert by_profile == {"single": {"single"}, "scaled": {"front", "worker", "postgres"}}
    assert COMPOSE["services"]["worker"]["deploy"]["replicas"] > 1
    assert "healthcheck" in COMPOSE["services"]["postgres"]
    assert all(one["env_file"] == ".env" for one in our_services().values())
    assert COMPOSE["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"].startswith("${")


def test_the_image_is_pinned_not_roots_and_made_of_what_is_let_into_it() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    let_in = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    copied = re.findall(r"^COPY (?!--)(.*) \S+$", DOCKERFILE, re.MULTILINE)

    assert all(re.search(r":\d+\.\d+\.\d+-", base) for base in bases)
    assert DOCKERFILE.index("\nUSER sentry-monitor") < DOCKERFILE.index("\nENTRYPOINT")
    assert {word for line in copied for word in line.split()} == let_in
    assert "uv sync --frozen --no-dev" in DOCKERFILE


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False)])
async def test_the_health_check_tells_a_server_that_is_well(status: int, well: bool) -> None:
    told = re.search(r"^  CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert told
    _, dash_c, code = json.loads(told[1])
    async with loopback(always(answer(status))) as server:
        here = code.replace("http://127.0.0.1:8081", server.url)
        check = await asyncio.create_subprocess_exec(
            *(sys.executable, dash_c, here), stderr=asyncio.subprocess.DEVNULL
        )
        ended = await check.wait()

    assert (ended == 0) is well
    assert server.seen[0].path == "/healthz"


def test_the_unit_is_one_that_systemd_understands(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "sentry-monitor.service"
    unit.write_text(UNIT.replace(PROGRAM, sys.executable))

    done = subprocess.run(
        [verify, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_leaves_bubblewrap_what_it_needs() -> None:
    settings = dict(re.findall(r"^(\w+)=(.*)$", UNIT, re.MULTILINE))

    assert {"user", "mnt", "pid", "net"} <= set(settings["RestrictNamespaces"].split())
    assert not {"ProtectKernelTunables", "ProtectProc", "ProtectKernelLogs"} & set(settings)
    assert settings["KillSignal"] == "SIGTERM"
    assert settings["Restart"] == "on-failure"
    assert int(settings["TimeoutStopSec"]) >= 30
