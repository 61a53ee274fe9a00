"""The adapter of Claude Code with a program in its place that says what we tell it to: what the
program is handed, and what is made of what it says. tests/agents has the real one."""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import pytest

from fakes.loopback import Seen, always, answer, loopback
from modules.autofix.adapters.claude import events, runner
from modules.autofix.adapters.claude.runner import ClaudeCode, Login
from modules.autofix.adapters.sandbox.plain import Plain
from modules.autofix.ports import AgentResult, AgentTask
from modules.autofix.project import Project

KEY: Final = "operators-key"
TOKEN: Final = "token-of-a-plan"
REPORT: Final = {
    "classification": "code_fix",
    "root_cause": "a cause",
    "explanation": "an explanation",
    "confidence": 0.9,
}
RESULT: Final = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "terminal_reason": "completed",
    "total_cost_usd": 0.25,
    "num_turns": 7,
    "structured_output": REPORT,
}
REFUSAL: Final = {"type": "system", "subtype": "api_retry", "error": "authentication_failed"}
PROGRAM: Final = """#!{python}
import json, os, sys, time, urllib.request

if sys.argv[1:] == ["--version"]:
    print("{version} (Claude Code)")
    sys.exit()

def say(**event):
    print(json.dumps(event), flush=True)

def ask(body, **headers):
    there = os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages"
    asked = urllib.request.Request(there, json.dumps(body).encode(), headers)
    urllib.request.urlopen(asked).read()

result = json.loads({result!r})
{code}
"""


class Desk:
    def __init__(self, folder: Path) -> None:
        self.tree, self.program = folder / "tree", folder / "claude"
        self.tree.mkdir()
        self.login: dict[str, str] = {"key": KEY}
        self.seen: list[Seen] = []

    async def run(
        self, code: str = "say(**result)", *, version: str = "2.1.330", **task: Any
    ) -> AgentResult:
        told = {"code": code, "version": version, "result": json.dumps(RESULT)}
        self.program.write_text(PROGRAM.format(python=sys.executable, **told))
        self.program.chmod(0o755)
        return await self.start(**task)

    async def start(self, **task: Any) -> AgentResult:
        plain: dict[str, Any] = {"prompt": "Fix ä.", "previous_failure": None, "seconds": 20.0}
        given = AgentTask(**{"job": "01J", "turns": 40, "usd": 2.0, **plain, **task})
        project = Project(key="a", slug="a", repository="/srv/a")
        async with loopback(always(answer(200, {}))) as model:
            login = Login(base_url=model.url, **self.login)
            agent = ClaudeCode(Plain(), login, program=str(self.program))
            result = await agent.run(project, given, self.tree)
        self.seen = model.seen
        return result


def gone(name: str) -> bool:
    return not os.path.lexists(name)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_a_report_with_what_it_cost(desk: Desk) -> None:
    result = await desk.run()

    assert result.failure == ""
    assert result.report is not None
    assert result.report.classification == "code_fix"
    assert (result.usd, result.turns) == (0.25, 7)


async def test_what_the_program_is_handed(desk: Desk) -> None:
    code = "ask([sys.argv, dict(os.environ), sys.stdin.read(), os.getcwd()]); say(**result)"

    await desk.run(code, turns=3, usd=0.5)

    (seen,) = desk.seen
    argv, env, stdin, cwd = json.loads(seen.body)
    assert argv[argv.index("--max-turns") + 1] == "3"
    assert argv[argv.index("--max-budget-usd") + 1] == "0.50"
    assert json.loads(stdin)["message"]["content"] == [{"type": "text", "text": "Fix ä."}]
    assert cwd == str(desk.tree)
    assert env["ANTHROPIC_BASE_URL"].startswith("http://127.0.0.1:")
    assert env["ANTHROPIC_API_KEY"] == "sandbox-dummy"
    assert KEY not in seen.body.decode()
    assert seen.headers["x-api-key"] == KEY


async def test_the_token_of_a_plan_comes_by_a_descriptor_and_can_be_read_once(desk: Desk) -> None:
    desk.login = {"plan_token": TOKEN}
    code = (
        "number = int(os.environ['CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR'])\n"
        "token = os.read(number, 999).decode()\n"
        "ask([dict(os.environ), os.read(number, 999).decode()], authorization='Bearer ' + token)\n"
        "say(**result)"
    )

    result = await desk.run(code)

    assert result.failure == ""
    (seen,) = desk.seen
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert "x-api-key" not in seen.headers
    env, again = json.loads(seen.body)
    assert again == ""
    assert not any(TOKEN in value for value in env.values())
    assert "ANTHROPIC_API_KEY" not in env


async def test_the_repository_s_words_are_a_file_for_as_long_as_it_runs(desk: Desk) -> None:
    code = (
        "name = sys.argv[sys.argv.index('--append-system-prompt-file') + 1]\n"
        "ask([name, open(name).read()]); say(**result)"
    )

    await desk.run(code, guide="Indent with täbs.")

    name, text = json.loads(desk.seen[0].body)
    assert text == "Indent with täbs."
    assert gone(name)


async def test_after_its_result_it_has_not_long(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "GRACE_S", 0.1)

    result = await desk.run("say(**result); time.sleep(60)", seconds=50.0)

    assert result.failure == ""
    assert result.seconds < 30


async def test_a_result_that_is_its_last_word_is_heard(desk: Desk) -> None:
    """Much before it, and the end at once."""
    code = "print('\\n'.join(['{\"type\": \"user\"}'] * 200_000)); say(**result)"

    assert (await desk.run(code)).failure == ""


async def test_a_refused_login_ends_it_at_once(desk: Desk) -> None:
    result = await desk.run(f"say(**{REFUSAL!r}); time.sleep(60)", seconds=50.0)

    assert (result.failure, result.usd) == ("auth", 0)
    assert "set ANTHROPIC_API_KEY" in result.message
    assert result.seconds < 30


async def test_what_never_ends_is_ended(desk: Desk) -> None:
    result = await desk.run("time.sleep(60)", seconds=1.0)

    assert (result.failure, result.usd, result.turns) == ("timeout", 2.0, 40)


async def test_what_says_too_much_is_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "SPOOL", 1000)

    result = await desk.run("while True: print('x' * 1000)", seconds=50.0)

    assert result.failure == "timeout"
    assert result.seconds < 30


async def test_what_crashes_is_told_with_its_last_words(desk: Desk) -> None:
    result = await desk.run("sys.exit('no such flag')")

    assert result.failure == "agent_crashed"
    assert result.message == "It ended with 1: no such flag"


async def test_a_report_that_our_own_model_refuses_is_none(desk: Desk) -> None:
    result = await desk.run("result['structured_output']['confidence'] = 7; say(**result)")

    assert (result.failure, result.report) == ("no_report", None)
    assert (result.usd, result.turns) == (0.25, 7)


async def test_the_log_holds_no_secret(desk: Desk) -> None:
    key = "gh" + "p_" + "A1b2C3d4E5f6G7h8I9j0" * 2
    text = {"type": "text", "text": f"I found \x1b[2J{key}"}
    code = f"say(type='assistant', message={{'content': [{text!r}]}}); say(**result)"

    result = await desk.run(code)

    assert "I found" in result.log
    assert key not in result.log
    assert "\x1b" not in result.log


async def test_the_words_of_an_error_are_one_clean_line(desk: Desk) -> None:
    key = "gh" + "p_" + "A1b2C3d4E5f6G7h8I9j0" * 2
    text = f"It broke.\n\x1b[2J{key} \u202e"
    code = f"say(**{{**result, 'is_error': True, 'result': {text!r}}})"

    result = await desk.run(code)

    assert result.failure == "agent_crashed"
    assert result.message.startswith("It ended in an error: It broke. [redacted")
    assert not {"\n", "\x1b", "\u202e"} & set(result.message)


async def test_without_a_login_nothing_is_started(desk: Desk) -> None:
    desk.login = {}

    result = await desk.run("open('started', 'w')")

    assert (result.failure, result.usd) == ("auth", 0)
    assert "claude setup-token" in result.message
    assert list(desk.tree.iterdir()) == []


@pytest.mark.parametrize("version", ["2.1.247", "1.0.0", "not a version"])
async def test_a_version_that_is_too_old_is_not_used(desk: Desk, version: str) -> None:
    result = await desk.run("open('started', 'w')", version=version)

    assert (result.failure, result.usd) == ("agent_missing", 0)
    assert "2.1.248 or newer" in result.message
    assert list(desk.tree.iterdir()) == []


async def test_a_program_that_is_not_there(desk: Desk) -> None:
    result = await desk.start()

    assert result.failure == "agent_missing"
    assert "CLAUDE_BIN" in result.message


async def test_nothing_of_ours_is_left(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "own"))

    await desk.run(guide="words")

    assert list((tmp_path / "own").iterdir()) == []


def test_no_secret_stands_in_the_login_s_repr() -> None:
    login = Login(key=KEY, plan_token=TOKEN)

    assert KEY not in repr(login)
    assert TOKEN not in repr(login)
