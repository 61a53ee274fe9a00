"""What the program makes of its settings for GitHub, through the module's door."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fakes.forge_contract import A, proposal
from fakes.github import TOKEN, FakeGitHub
from fakes.github_grounds import github_on_loopback
from mcp_servers.sentry_monitor.src.arrangements import secrets_of
from mcp_servers.sentry_monitor.src.assembly import Workshop
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from mcp_servers.sentry_monitor.src.settings import Settings
from modules.autofix.adapters.github_forge import GitHubForge
from modules.autofix.adapters.local_forge import LocalForge
from modules.framework.contracts import ModuleInput, ModuleOutput

MAPPING = """
[projects.shop]
github = "acme/shop"
[projects.here]
repository = "/srv/here"
"""


@pytest.fixture
def github() -> FakeGitHub:
    return FakeGitHub()


@pytest.fixture
async def environ(
    github: FakeGitHub, sentry_environ: dict[str, str], tmp_path: Path
) -> AsyncIterator[dict[str, str]]:
    mapping = tmp_path / "projects.toml"
    mapping.write_text(MAPPING)
    async with github_on_loopback(github) as server:
        yield {
            **sentry_environ,
            "SENTRY_PROJECT": "",
            "SENTRY_FIXER_ENABLED": "true",
            "SENTRY_PROJECTS_FILE": str(mapping),
            "SENTRY_DB_PATH": str(tmp_path / "jobs.db"),
            "GITHUB_API_URL": server.url,
            "GITHUB_TOKEN": TOKEN,
        }


async def call(environ: dict[str, str], operation: str, **parameters: Any) -> ModuleOutput:
    async with SentryErrorMonitorModule(environ) as module:
        return await module.execute(ModuleInput(operation=operation, parameters=parameters))


async def test_the_connection_tells_that_repairs_may_push(environ: dict[str, str]) -> None:
    output = await call(environ, "check-connection")

    assert output.status == "success"
    assert output.data is not None
    assert output.data["repositories"] == [
        {"project": "shop", "repository": "acme/shop", "push": "ok"}
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"push": False}, "push_refused"),
        ({"archived": True}, "repository_archived"),
        ({"renamed": "acme/store"}, "repository_renamed"),
        ({"name": "acme/else"}, "repository_missing"),
    ],
)
async def test_the_connection_tells_why_repairs_may_not_push(
    environ: dict[str, str], github: FakeGitHub, change: dict[str, Any], reason: str
) -> None:
    vars(github).update(change)

    output = await call(environ, "check-connection")

    assert output.data is not None
    assert output.data["repositories"][0]["push"] == reason
    (warning,) = output.warnings
    assert warning.startswith("acme/shop: ")


async def test_a_wrong_login_is_told_and_sentry_is_told_about(environ: dict[str, str]) -> None:
    output = await call({**environ, "GITHUB_TOKEN": "ghp_wrong_" + "0" * 30}, "check-connection")

    assert output.ok
    assert output.data is not None
    assert output.data["repositories"][0]["push"] == "forge_auth"
    assert "GITHUB_TOKEN" in output.warnings[0]


async def test_without_a_login_pull_requests_stay_here(environ: dict[str, str]) -> None:
    output = await call({**environ, "GITHUB_TOKEN": ""}, "check-connection")

    assert output.data is not None
    assert output.data["repositories"][0]["push"] == "goes to the local forge"


async def test_pull_requests_of_every_forge_are_listed(
    environ: dict[str, str], github: FakeGitHub, tmp_path: Path
) -> None:
    github.pushed(A, "a" * 40)
    github.opened(A, title="fix(SHOP-1): it")
    github.opened("feature/x", title="by hand")
    workshop = Workshop(Settings.from_environ(environ))
    shop, here = workshop.projects.projects
    local = workshop.forges.of(here)
    assert isinstance(local, LocalForge)
    assert isinstance(workshop.forges.of(shop), GitHubForge)
    await local.propose(here, proposal("sentry-autofix/b"))
    await workshop.aclose()

    output = await call(environ, "list-autofix-pull-requests")

    assert output.data is not None
    urls = [one["url"] for one in output.data["pull_requests"]]
    assert urls[0] == f"{environ['GITHUB_API_URL']}/acme/shop/pull/1"
    assert urls[1].startswith("local://here-")
    assert len(urls) == 2


async def test_the_login_is_a_secret_of_ours_and_in_no_words(environ: dict[str, str]) -> None:
    settings = Settings.from_environ(environ)

    assert TOKEN in secrets_of(settings)
    assert TOKEN not in repr(settings)
    output = await call(environ, "check-connection")
    assert TOKEN not in output.model_dump_json()
