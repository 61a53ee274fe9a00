"""A suspected cause, by the module's door: a local Sentry, a real repository, GitHub on loopback."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fakes.dated_clone import Clone, call
from fakes.github import TOKEN, FakeGitHub
from fakes.github_grounds import github_on_loopback
from fakes.repairs import frame, problem
from mcp_servers.sentry_monitor.src.assembly import Workshop
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.page_text import agent_text
from mcp_servers.sentry_monitor.src.settings import Settings
from modules.framework.module import viewed


async def test_who_wrote_the_line_is_named_first_with_the_reason(
    mapped: dict[str, str], first: dict[str, Any], tmp_path: Path
) -> None:
    clone, path = Clone(tmp_path / "clone"), str(first["path"]).lstrip("/")
    lines = [f"line {number}" for number in range(first["line"] + 40)]
    clone.commit(path, lines, "begin", first["seen"] - timedelta(days=9))
    lines[first["line"] - 1] = "broken"
    culprit = clone.commit(path, lines, "make it @faster", first["seen"] - timedelta(hours=9))
    lines[first["line"] + 25] = "something else"
    other = clone.commit(path, lines, "tidy", first["seen"] - timedelta(hours=1))

    output = await call(mapped, "find-suspected-cause", issue_id=first["id"])

    assert output.data is not None, output.error
    assert [one["sha"] for one in output.data["commits"]] == [culprit, other]
    assert output.data["looked_at"] == 2
    told = output.data["untrusted"]["data"]["commits"][0]
    assert "wrote line" in told["reasons"][0]
    assert told["title"] == "make it @faster"
    text = agent_text(*viewed(output, OPERATIONS.find("find-suspected-cause").view))
    assert culprit[:12] in text


async def test_without_a_mapping_it_says_what_is_missing(
    sentry_environ: dict[str, str], first: dict[str, Any], tmp_path: Path
) -> None:
    environ = {**sentry_environ, "SENTRY_DB_PATH": str(tmp_path / "jobs.db")}

    output = await call(environ, "find-suspected-cause", issue_id=first["id"])

    assert output.ok
    assert output.data is not None
    assert output.data["commits"] == []
    assert any("SENTRY_PROJECTS" in one for one in output.warnings)


async def test_a_repository_that_is_not_there_is_told_and_the_rest_answered(
    mapped: dict[str, str], first: dict[str, Any]
) -> None:
    output = await call(mapped, "find-suspected-cause", issue_id=first["id"])

    assert output.ok
    assert any("cannot be read" in one for one in output.warnings)


async def test_hours_without_commits_are_told(
    mapped: dict[str, str], first: dict[str, Any], tmp_path: Path
) -> None:
    old = first["seen"] - timedelta(days=9)
    Clone(tmp_path / "clone").commit("a.py", ["x"], "begin", old)

    near = await call(mapped, "find-suspected-cause", issue_id=first["id"])
    far = await call(mapped, "find-suspected-cause", issue_id=first["id"], hours=720)

    assert any("No commit was made" in one for one in near.warnings)
    assert far.data is not None
    assert far.data["looked_at"] == 1


@pytest.fixture
async def on_github(
    sentry_environ: dict[str, str], first: dict[str, Any], tmp_path: Path
) -> AsyncIterator[dict[str, str]]:
    github, path = FakeGitHub(), str(first["path"]).lstrip("/")
    patch = f"@@ -{first['line']},1 +{first['line']},1 @@\n-a\n+b"
    at = first["seen"] - timedelta(hours=3)
    github.past.commit("c" * 40, "break it (#7)", at, {path: patch, "docs.md": ""})
    github.past.commit("d" * 40, "elsewhere", at, {"docs.md": "@@ -1 +1 @@\n-a\n+b"})
    github.past.deployed("c" * 40, at)
    async with github_on_loopback(github) as server:
        yield {
            **sentry_environ,
            "SENTRY_DB_PATH": str(tmp_path / "jobs.db"),
            "GITHUB_API_URL": server.url,
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_REPO": "acme/shop",
        }


async def test_github_is_asked_where_no_repository_is_mapped(
    on_github: dict[str, str], first: dict[str, Any]
) -> None:
    output = await call(on_github, "find-suspected-cause", issue_id=first["id"])

    assert output.data is not None, output.error
    assert [(one["sha"], one["pull_request"]) for one in output.data["commits"]] == [("c" * 40, 7)]
    assert len(output.data["deployments"]) == 1
    assert output.data["source"] == "acme/shop on GitHub"


async def test_a_repair_is_told_the_suspects_of_its_mirror(tmp_path: Path) -> None:
    clone, seen = Clone(tmp_path / "clone"), datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
    clone.commit("src/calc.py", ["a", "b", "c"], "begin", seen - timedelta(days=9))
    culprit = clone.commit("src/calc.py", ["a", "b", "d"], "break", seen - timedelta(hours=2))
    settings = Settings.from_environ(
        {
            "SENTRY_PROJECTS": f"web:1:web:{tmp_path}/clone",
            "SENTRY_DB_PATH": str(tmp_path / "jobs.db"),
        }
    )
    workshop = Workshop(settings)
    broken = problem(first_seen=seen.isoformat(), frames=(frame(line=3),))

    told = await workshop.histories.suspects(workshop.named("web"), broken)

    assert told.startswith(culprit[:12])
    assert "break" in told
