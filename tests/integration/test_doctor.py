"""`sentry-monitor doctor` tries what must work, and says what to do where it does not."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from demo.processes import bare, local_sentry
from demo.repairs import workplace
from fakes.github import TOKEN, served
from fakes.github_issues import FakeGitHubIssues
from fakes.loopback import always, answer, loopback

PROGRAM = (sys.executable, "-m", "mcp_servers.sentry_monitor", "doctor")
ROOT = Path(__file__).parents[2]


def doctor(environ: dict[str, str]) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [*PROGRAM, "--json"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    return done.returncode, {one["what"]: one for one in json.loads(done.stdout)}


@pytest.fixture
async def healthy() -> Any:
    async with local_sentry() as sentry, workplace(sentry.project) as place:
        yield sentry.project, bare(**sentry.settings, **place.settings)


async def test_it_is_well_where_all_is_well(healthy: tuple[str, dict[str, str]]) -> None:
    project, environ = healthy

    code, found = doctor(environ)

    assert {one["reason"] for one in found.values()} == {""}
    assert code == 0
    assert "organization" in found["sentry"]["told"]
    assert found[f"{project}: repository"]["told"].startswith("main at ")
    assert found["clock"]["told"] == "as the server's"
    assert "SENTRY_WEBHOOK_SECRET" in found["webhook"]["told"]
    assert {"sandbox", "jobs", f"{project}: agent", f"{project}: tests"} <= set(found)


async def test_each_thing_that_is_missing_is_named(healthy: tuple[str, dict[str, str]]) -> None:
    project, environ = healthy
    mapping = Path(environ["SENTRY_PROJECTS_FILE"])
    mapping.write_text(  # noqa: ASYNC240 - one small file
        f'[projects.{project}]\nrepository = "/nowhere"\nagent_command = ["/no/agent"]\n'
        'test_command = ["/no/pytest", "-q"]\n'
    )

    code, found = doctor({**environ, "SENTRY_URL": "http://127.0.0.1:9"})

    reasons = {what: one["reason"] for what, one in found.items()}
    assert code == 11
    assert reasons["sentry"] == "unreachable"
    assert reasons[f"{project}: repository"] == "repository_missing"
    assert reasons[f"{project}: agent"] == "agent_missing"
    assert reasons[f"{project}: tests"] == "test_command_missing"


async def test_a_folder_that_the_repository_has_not(healthy: tuple[str, dict[str, str]]) -> None:
    project, environ = healthy
    mapping = Path(environ["SENTRY_PROJECTS_FILE"])
    mapping.write_text(f'{mapping.read_text()}\nfolder = "backend"\n')  # noqa: ASYNC240

    _, found = doctor(environ)

    assert found[f"{project}: repository"]["reason"] == "folder_missing"


def test_without_a_login_and_with_an_agent_that_needs_one(tmp_path: Path) -> None:
    mapped = {"SENTRY_PROJECTS": f"shop:1:shop:{tmp_path}", "SENTRY_DB_PATH": f"{tmp_path}/jobs.db"}

    code, found = doctor(bare(SENTRY_FIXER_ENABLED="true", SENTRY_FIXER_SANDBOX="none", **mapped))

    assert code == 11
    assert found["sentry"]["reason"] == "missing_token"
    assert found["shop: agent"]["reason"] == "auth"
    assert "ANTHROPIC_API_KEY" in found["shop: agent"]["told"]


def test_settings_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    code, found = doctor(bare(SENTRY_FIXER_SANDBOX="a wall"))

    assert code == 11
    assert list(found) == ["settings"]  # once
    assert "SENTRY_FIXER_SANDBOX must be one of" in found["settings"]["told"]


def test_what_happened_and_what_to_do_are_two_sentences() -> None:
    _, found = doctor(bare(SLACK_WEBHOOK_URL="https://hooks.slack.com"))

    assert "/…. Correct the named" in found["settings"]["told"]


async def test_a_clock_that_is_wrong_is_told() -> None:
    late = answer(401, {}, headers={"date": "Wed, 25 Nov 2026 12:00:00 GMT"})
    async with loopback(always(late)) as server:
        environ = bare(SENTRY_URL=server.url, SENTRY_AUTH_TOKEN="t" * 64)
        code, found = await asyncio.to_thread(doctor, environ)

    assert code == 11
    assert found["clock"]["reason"] == "clock_off"
    assert "time server" in found["clock"]["told"]
    asked = [one for one in server.seen if one.path == "/api/0/"]
    assert "authorization" not in asked[-1].headers


def test_where_files_are_kept_and_whether_there_is_room(tmp_path: Path) -> None:
    kept = {"SENTRY_DB_PATH": f"{tmp_path}/jobs.db", "SENTRY_WORK_DIR": f"{tmp_path}/deep/work"}

    _, found = doctor(bare(SENTRY_FIXER_ENABLED="true", SENTRY_FIXER_SANDBOX="none", **kept))

    assert found["work folder"]["told"].startswith(f"{tmp_path}/deep/work, ")
    assert found["database"]["told"].startswith(f"{tmp_path}/jobs.db, ")
    assert found["git"]["told"].startswith("git version ")


def test_a_webhook_that_is_set_is_no_fault() -> None:
    hook = "https://hooks.slack.com/services/T0/B0/secretsecretsecret"

    _, found = doctor(bare(SENTRY_FIXER_ENABLED="true", SLACK_WEBHOOK_URL=hook))

    assert found["notifications: slack"]["reason"] == ""


def test_what_is_off_is_well(tmp_path: Path) -> None:
    _, found = doctor(bare())

    assert found["autofix"]["reason"] == ""


async def test_a_tracker_is_tried_and_what_it_refuses_is_told() -> None:
    github = FakeGitHubIssues()
    async with loopback(served(github)) as server:
        environ = bare(
            SENTRY_TRACKER="github",
            GITHUB_TOKEN=TOKEN,
            GITHUB_REPO="acme/shop",
            GITHUB_API_URL=server.url,
        )
        _, well = await asyncio.to_thread(doctor, environ)
        github.archived = True
        code, refused = await asyncio.to_thread(doctor, environ)

    assert well["tracker: github"]["reason"] == ""
    assert code == 11
    assert "archived" in refused["tracker: github"]["told"]
    assert TOKEN not in str(refused)


def test_without_a_tracker_it_is_off() -> None:
    _, found = doctor(bare())

    assert (found["tracker"]["reason"], "trackers.md" in found["tracker"]["told"]) == ("", True)
