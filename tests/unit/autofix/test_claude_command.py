"""Each part of what Claude Code is started with, and what would happen without it. That it does is
shown with the real one, in tests/agents."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError, validate

from modules.autofix.adapters.claude.command import (
    ENV,
    OLDEST,
    command,
    message,
    too_old,
)
from modules.autofix.adapters.report_schema import report_schema
from modules.autofix.job import Report
from modules.autofix.ports import AgentTask

REPORT = {
    "classification": "code_fix",
    "root_cause": "a cause",
    "explanation": "an explanation",
    "confidence": 0.9,
}


def a_task(**more: Any) -> AgentTask:
    plain: dict[str, Any] = {
        "job": "job-1",
        "prompt": "Fix ä.",
        "previous_failure": None,
        "turns": 40,
        "usd": 2.5,
        "seconds": 60.0,
    }
    return AgentTask(**{**plain, **more})


def argv(*, tools: tuple[str, ...] = (), guide: str = "", **task: Any) -> tuple[str, ...]:
    return command("/opt/claude", a_task(**task), model="sonnet", tools=tools, guide=guide)


def value(told: tuple[str, ...], flag: str) -> str:
    assert told.count(flag) == 1
    return told[told.index(flag) + 1]


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("--input-format", "stream-json"),  # plain text names files: `@path` would be read
        ("--output-format", "stream-json"),  # what is judged
        ("--model", "sonnet"),
        ("--tools", "Bash,Read,Edit,Write,Grep,Glob"),  # not the web, not other agents
        ("--permission-mode", "acceptEdits"),
        ("--permission-prompts", "none"),  # nobody is there to answer
        ("--allowedTools", "Bash"),  # else each command is denied, and the run is a success
        ("--max-turns", "40"),
        ("--max-budget-usd", "2.50"),
    ],
)
def test_what_is_told_with_a_value(flag: str, expected: str) -> None:
    assert value(argv(), flag) == expected


@pytest.mark.parametrize(
    "flag",
    [
        "-p",
        "--verbose",  # stream-json wants it
        "--restricted",  # no hooks, servers, words or memory of the repository
        "--strict-mcp-config",  # no servers of anybody else
        "--no-session-persistence",  # nothing that the next run would read
    ],
)
def test_what_is_told_without_one(flag: str) -> None:
    assert argv().count(flag) == 1


@pytest.mark.parametrize("flag", ["--mcp-config", "--append-system-prompt-file"])
def test_what_is_not_there_is_not_named(flag: str) -> None:
    assert flag not in argv()


def test_nothing_skips_permissions() -> None:
    assert not any("dangerously" in one for one in argv(tools=("get-issue-details",)))


def test_a_plan_reads_and_no_more() -> None:
    told = argv(plan_only=True)

    assert value(told, "--tools") == "Read,Grep,Glob"
    assert "Bash" not in told
    assert "--allowedTools" not in told


def test_our_own_tools_come_through_the_gateway() -> None:
    told = argv(tools=("get-issue-details", "get-error-events"), plan_only=True)

    servers = json.loads(value(told, "--mcp-config"))["mcpServers"]
    assert servers == {"sentry": {"type": "http", "url": "{gateway}/mcp"}}
    at = told.index("--allowedTools")
    assert told[at + 1 : at + 3] == (
        "mcp__sentry__get-issue-details",
        "mcp__sentry__get-error-events",
    )


def test_the_words_of_the_base_come_as_a_file() -> None:
    assert value(argv(guide="/tmp/guide.md"), "--append-system-prompt-file") == "/tmp/guide.md"  # noqa: S108


def test_no_text_of_the_task_is_an_argument() -> None:
    told = argv(prompt="the words of an event", previous_failure="what went wrong")

    assert not any("the words" in one or "went wrong" in one for one in told)


def test_the_message_marks_its_text_as_composed() -> None:
    line = message(a_task(prompt="@notes.txt\n/cost", previous_failure="ä"))

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    told = json.loads(line)
    assert (told["type"], told["client_composed"]) == ("user", True)
    texts = [block["text"] for block in told["message"]["content"]]
    assert texts == ["@notes.txt\n/cost", "ä"]


def test_what_did_not_fail_is_not_told() -> None:
    (block,) = json.loads(message(a_task()))["message"]["content"]

    assert block == {"type": "text", "text": "Fix ä."}


@pytest.mark.parametrize(
    ("version", "old"),
    [
        ("2.1.330 (Claude Code)\n", False),
        ("2.1.248", False),
        ("2.2.0", False),
        ("10.0.0", False),
        ("2.1.247 (Claude Code)", True),
        ("2.0.999", True),
        ("1.9.9", True),
        ("command not found", True),
        ("", True),
    ],
)
def test_a_version_that_does_not_know_composed_text_is_too_old(version: str, *, old: bool) -> None:
    assert too_old(version) is old
    assert OLDEST == (2, 1, 248)


def test_the_environment_is_quiet_and_holds_no_login() -> None:
    assert ENV["ANTHROPIC_BASE_URL"] == "{gateway}"
    assert ENV["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] == "1"
    assert ENV["CLAUDE_CODE_DISABLE_AUTO_MEMORY"] == "1"
    assert ENV["ENABLE_TOOL_SEARCH"] == "false"  # else our tools would have to be searched for
    assert not {"ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"} & set(ENV)


def test_the_schema_is_one_and_takes_what_our_own_model_takes() -> None:
    schema = report_schema()

    Draft202012Validator.check_schema(schema)
    validate(REPORT, schema)
    assert Report.model_validate(REPORT).classification == "code_fix"
    assert set(schema["properties"]) == set(Report.model_json_schema()["properties"])
    assert "null" not in json.dumps(schema)
    assert "$ref" not in json.dumps(schema)


@pytest.mark.parametrize(
    "bad",
    [
        {"classification": "other"},
        {"confidence": 1.1},
        {"root_cause": ""},
        {"root_cause": "x" * 10_000},
        {"more": "of it"},
        {"no_fix_reason": "tired"},
        {"changed_files": "a.py"},
    ],
)
def test_the_schema_refuses(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validate({**REPORT, **bad}, report_schema())
