"""Which agent a project gets, and what it is given."""

import re
import tomllib
from pathlib import Path

import pytest

from mcp_servers.sentry_monitor.src.arrangements import model_access, secrets_of
from mcp_servers.sentry_monitor.src.assembly import Workshop
from mcp_servers.sentry_monitor.src.bootstrap import open_services
from mcp_servers.sentry_monitor.src.settings import BadSettings, Settings
from modules.autofix.adapters.sandbox.plain import Plain
from modules.autofix.project import Project, from_table

KEYS = {
    "SENTRY_AUTH_TOKEN": "token-of-sentry-12",
    "ANTHROPIC_API_KEY": "key-of-anthropic-12",
    "CLAUDE_CODE_OAUTH_TOKEN": "token-of-a-plan-12",
    "OPENAI_API_KEY": "key-of-openai-12",
    "GEMINI_API_KEY": "key-of-gemini-12",
}
DOCUMENTED = (Path(__file__).parents[2] / "docs/agents.md").read_text()


def settings(tmp_path: Path, **more: str) -> Settings:
    return Settings.from_environ({**KEYS, "SENTRY_DB_PATH": str(tmp_path / "jobs.db"), **more})


@pytest.mark.parametrize(
    ("agent", "runner", "told"),
    [
        ("claude-code", "ClaudeCode", "claude-code"),
        ("opencode", "AcpAgent", "opencode"),
        ("gemini", "AcpAgent", "gemini"),
        ("codex", "CommandAgent", "codex"),
        ("aider", "CommandAgent", "aider"),
        ("acp", "AcpAgent", "acp"),
        ("command", "CommandAgent", "command"),
    ],
)
async def test_a_project_gets_the_agent_it_names(
    tmp_path: Path, agent: str, runner: str, told: str
) -> None:
    known = settings(tmp_path)
    workshop = Workshop(known)
    workshop.box = Plain()
    table = {"key": "a", "slug": "a", "repository": "/srv/a", "agent": agent}
    sentry = open_services(known, workshop=workshop).sentry
    try:
        ports = workshop.ports(Project.model_validate(table), sentry)
    finally:
        await workshop.aclose()

    assert type(ports.agent).__name__ == runner
    assert (ports.project.agent_name or ports.project.agent) == told


def test_every_key_is_a_secret(tmp_path: Path) -> None:
    known = settings(tmp_path)

    assert set(secrets_of(known)) == set(KEYS.values())
    assert not [value for value in KEYS.values() if value in f"{known}{model_access(known)}"]


def test_where_a_models_api_is(tmp_path: Path) -> None:
    access = model_access(settings(tmp_path, OPENAI_BASE_URL="https://models.example.com/v1/"))

    assert access["openai"].base_url == "https://models.example.com/v1"
    assert access["anthropic"].base_url == "https://api.anthropic.com"
    with pytest.raises(BadSettings, match="OPENAI_BASE_URL"):
        settings(tmp_path, OPENAI_BASE_URL="http://models.example.com/v1")


def test_the_documented_projects_can_be_read() -> None:
    examples = re.findall(r"```toml\n(.*?)```", DOCUMENTED, re.DOTALL)

    for example in examples:
        table = tomllib.loads(example)
        projects = from_table(table, defaults={"repository": "/srv/a"})
        assert projects.of_key("api") is not None
    assert len(examples) == 2
