"""Short names of agents, the APIs of their models, and the two programs that wrap a command line."""

import json
from typing import Any

import pytest

from modules.autofix.adapters.model_apis import KINDS, ModelAccess, ModelApi, environment, route
from modules.autofix.adapters.presets import aider, codex
from modules.autofix.adapters.presets.table import PRESETS, expanded
from modules.autofix.job import Report
from modules.autofix.project import Project


def a_project(**more: Any) -> Project:
    return Project(key="a", slug="a", repository="/srv/a", **more)


def found(name: str) -> str:
    return f"/opt/{name}"


@pytest.mark.parametrize("name", PRESETS)
def test_a_name_stands_for_a_runner_a_command_and_an_api(name: str) -> None:
    project = expanded(a_project(agent=name), found)

    assert project.agent in ("acp", "command")
    assert f"/opt/{name}" in project.agent_command
    assert project.agent_name == name
    assert project.model_api in KINDS
    assert "{model}" not in f"{project.agent_command}{project.agent_env}"


def test_what_a_project_says_goes_before_the_preset() -> None:
    project = expanded(
        a_project(
            agent="opencode",
            agent_command=("/srv/oc", "acp"),
            agent_model="claude-opus-4-1",
            agent_name="ours",
            agent_env={"OPENCODE_DISABLE_AUTOUPDATE": "0", "MORE": "1"},
        ),
        str,
    )

    assert project.agent_command == ("/srv/oc", "acp")
    assert project.agent_name == "ours"
    assert project.agent_env["OPENCODE_DISABLE_AUTOUPDATE"] == "0"
    assert project.agent_env["MORE"] == "1"
    config = json.loads(project.agent_env["OPENCODE_CONFIG_CONTENT"])
    assert config["model"] == "anthropic/claude-opus-4-1"


def test_other_agents_stay_as_they_are() -> None:
    for project in (a_project(), a_project(agent_command=("x",)), a_project(agent="acp")):
        assert expanded(project, found) == project


@pytest.mark.parametrize(
    ("api", "target", "fits"),
    [
        ("anthropic", b"/v1/messages?beta=true", True),
        ("anthropic", b"/v1/files", False),
        ("openai", b"/v1/responses", True),
        ("openai", b"/v1/chat/completions", True),
        ("openai", b"/v1/responses/resp_1", False),
        ("google", b"/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse", True),
        ("google", b"/v1beta/models/gemini-2.5-pro:generateContent", True),
        ("google", b"/v1beta/models/../files:generateContent", False),
        ("google", b"/v1beta/files", False),
    ],
)
def test_what_may_be_asked_of_an_api(api: ModelApi, target: bytes, fits: bool) -> None:
    way = route(api, ModelAccess(base_url="https://api.example.com/v1", key="the-key"))

    assert way.fits(b"POST", target) is fits
    assert not way.fits(b"GET", target)
    assert way.upstream == "https://api.example.com"


@pytest.mark.parametrize("api", KINDS)
def test_the_key_stays_outside(api: ModelApi) -> None:
    access = ModelAccess(base_url="https://api.example.com", key="the-key")

    assert [value.removeprefix("Bearer ") for value in route(api, access).headers.values()] == [
        "the-key"
    ]
    assert "the-key" not in f"{environment(api)}{access}{route(api, access)}"


REPORT = {"classification": "code_fix"}
DID = [
    {"type": "item.completed", "item": {"type": "command_execution", "command": "ls"}},
    {"type": "item.completed", "item": {"type": "reasoning", "text": "so"}},
    {"type": "item.completed", "item": {"type": "agent_message", "text": "done"}},
    {"type": "turn.completed", "usage": {"input_tokens": 1}},
]


def test_codex_answers_with_its_last_message() -> None:
    assert codex.answered(DID, json.dumps(REPORT)) == {
        "protocol": 1,
        "report": REPORT,
        "usage": {"turns": 2},
    }


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("unexpected status 401 Unauthorized", "auth"),
        ("You've hit your usage limit.", "usage_limit"),
        ("stream disconnected", None),
    ],
)
def test_codex_that_could_not_work(said: str, kind: str | None) -> None:
    answer = codex.answered([{"type": "turn.failed", "error": {"message": said}}], "")

    assert answer == ({"protocol": 1, "error": {"kind": kind}} if kind else None)


def test_codex_is_asked_for_every_field_of_a_report() -> None:
    schema = codex.strict(Report.model_json_schema())

    assert set(schema["required"]) == set(schema["properties"]) == set(Report.model_fields)
    assert "null" in json.dumps(schema["properties"]["no_fix_reason"])


def test_lines_of_codex_that_are_no_events() -> None:
    assert list(codex.read([b"warning", b"[1]", b'{"type": "error"}'])) == [{"type": "error"}]


def test_aider_tells_its_cost() -> None:
    said = "Cost: $0.01 message, $0.01 session.\nCost: $0.02 message, $1,000.03 session."

    assert aider.answered(said, REPORT) == {
        "protocol": 1,
        "report": REPORT,
        "usage": {"usd": 1000.03, "turns": 2},
    }


def test_aider_that_could_not_work() -> None:
    said = "litellm.AuthenticationError: wrong key"

    assert aider.answered(said, None) == {"protocol": 1, "error": {"kind": "auth"}}
    assert aider.answered("nothing", None) is None
