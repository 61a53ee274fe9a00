"""Programs that act as agents, as real processes: honest, broken, hostile."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from fakes.loopback import always, answer, loopback
from modules.autofix.adapters.command_agent import CommandAgent
from modules.autofix.adapters.model_apis import ModelAccess, ModelApi
from modules.autofix.adapters.sandbox.plain import Plain
from modules.autofix.ports import AgentResult, AgentTask
from modules.autofix.project import Project
from modules.safetext.sinks import for_line

REPORT = {
    "classification": "code_fix",
    "root_cause": "a cause",
    "explanation": "an explanation",
    "confidence": 0.9,
}
GOOD: dict[str, Any] = {"protocol": 1, "report": REPORT, "usage": {"usd": 0.1, "turns": 2}}


class Desk:
    """A worktree, and agents that are a few lines of Python."""

    def __init__(self, folder: Path) -> None:
        self.tree, self._folder = folder / "tree", folder
        self.tree.mkdir()
        self.models: dict[ModelApi, ModelAccess] = {}
        self.project: dict[str, Any] = {}

    async def run(self, code: str, **more: Any) -> AgentResult:
        script = self._folder / "agent.py"
        script.write_text(f"import json, os, sys, time\nasked = json.load(sys.stdin)\n{code}\n")
        return await self.ask((sys.executable, str(script)), **more)

    async def say(self, answer: object, **more: Any) -> AgentResult:
        return await self.run(f"sys.stdout.write({json.dumps(answer)!r})", **more)

    async def ask(self, command: tuple[str, ...], **more: Any) -> AgentResult:
        plain = {"key": "a", "slug": "a", "repository": "/srv/a", "agent_command": command}
        project = Project.model_validate({**plain, **self.project})
        given: dict[str, Any] = {"turns": 40, "usd": 2.0, "seconds": 20, **more}
        task = AgentTask(job="01J", prompt="Fix ä.", previous_failure=None, **given)
        return await CommandAgent(Plain(), self.models).run(project, task, self.tree)

    def files(self) -> dict[str, str]:
        paths = sorted(path for path in self.tree.rglob("*") if path.is_file())
        return {str(path.relative_to(self.tree)): path.read_text() for path in paths}


def gone(path: str) -> bool:
    return not os.path.lexists(path)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_whole_files_are_written_and_deleted(desk: Desk) -> None:
    (desk.tree / "old.py").write_text("old")
    files = [{"path": "src/new/a.py", "content": "ä\n"}, {"path": "old.py", "content": None}]
    result = await desk.say({**GOOD, "files": files})

    assert desk.files() == {"src/new/a.py": "ä\n"}
    assert (result.failure, result.usd, result.turns) == ("", 0.1, 2)
    assert result.report is not None
    assert result.seconds > 0


async def test_what_the_program_is_told(desk: Desk) -> None:
    result = await desk.run(
        "open('asked.json', 'w').write(json.dumps([asked, dict(os.environ), os.getcwd(),"
        " os.listdir(os.environ['HOME'])]))\n"
        f"print({json.dumps(GOOD)!r}); print('a line of log', file=sys.stderr)",
        plan_only=True,
    )
    asked, env, cwd, home = json.loads((desk.tree / "asked.json").read_text())

    assert asked["protocol"] == 1
    assert asked["limits"] == {"turns": 40, "usd": 2.0, "seconds": 20}
    assert (asked["job"], asked["prompt"], asked["plan_only"]) == ("01J", "Fix ä.", True)
    assert asked["previous_failure"] is None
    assert asked["cwd"] == cwd == str(desk.tree)
    assert "root_cause" in asked["report_schema"]["properties"]
    assert set(env) - {"LC_CTYPE"} == {"PATH", "HOME", "TMPDIR", "LANG", "TERM"}
    assert env["TERM"] == "dumb"
    assert home == ["tmp"]
    assert gone(env["HOME"])
    assert result.log == "a line of log"


async def test_a_plan_writes_no_files(desk: Desk) -> None:
    answer = {**GOOD, "files": [{"path": "a.py", "content": "x"}]}
    assert (await desk.say(answer, plan_only=True)).failure == ""
    assert desk.files() == {}


@pytest.mark.parametrize(
    "bad",
    [
        {"path": "../x", "content": "x"},
        {"path": ".git/config", "content": "[core]"},
        {"path": "GOOD.py", "content": "x"},
        {"path": "b.py", "content": "x" * 400_000},
        {"path": "b.py", "content": "--- a/b.py\n+++ b/b.py\n"},
        {"path": "b.py", "patch": "x"},
    ],
)
async def test_one_bad_file_and_none_is_written(desk: Desk, bad: dict[str, str]) -> None:
    result = await desk.say({**GOOD, "files": [{"path": "good.py", "content": "x"}, bad]})

    assert (result.failure, result.report, desk.files()) == ("no_report", None, {})
    assert not (desk.tree.parent / "x").exists()


async def test_an_answer_of_ten_megabytes(desk: Desk) -> None:
    result = await desk.run("print(' ' * 10_000_000 + '{}')")
    assert result.failure == "no_report"
    assert "more than" in result.message


async def test_a_link_that_the_agent_left_is_not_written_through(desk: Desk) -> None:
    host = desk.tree.parent / "host"
    host.mkdir()
    files = [{"path": "link/a.py", "content": "x"}]
    result = await desk.run(
        f"os.symlink({str(host)!r}, 'link')\nprint({json.dumps({**GOOD, 'files': files})!r})"
    )

    assert result.failure == "no_report"
    assert result.message == "link/a.py cannot be written as a file in the worktree."
    assert list(host.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "failure", "told"),
    [
        ("print('Sure! Here is the fix.')", "no_report", "not one JSON object"),
        ("pass", "no_report", "not one JSON object"),
        ("print(json.dumps({'protocol': 1, 'report': {}}))", "no_report", "report.classification"),
        ("print('key missing', file=sys.stderr); sys.exit(3)", "agent_crashed", "3: key missing"),
        ("os.kill(os.getpid(), 9)", "agent_crashed", "137"),
        ("time.sleep(60)", "timeout", "ended after"),
    ],
)
async def test_agents_that_fail(desk: Desk, code: str, failure: str, told: str) -> None:
    result = await desk.run(code, seconds=20 if failure != "timeout" else 0.5)

    assert (result.failure, result.report) == (failure, None)
    assert told in result.message
    assert (result.usd, result.turns) == (2.0, 40)  # what it used nobody knows


async def test_a_crash_is_told_by_its_last_line(desk: Desk) -> None:
    deep = "def fall(n):\n    return fall(n - 1) if n else {}['cart']\nfall(9)"

    result = await desk.run(deep)

    assert result.message.startswith("It ended with 1: KeyError: 'cart' (before it: ")


async def test_a_program_that_is_not_there(desk: Desk) -> None:
    for command in ((), ("/nowhere/agent",), (str(desk.tree),)):
        result = await desk.ask(command)
        assert (result.failure, result.usd) == ("agent_missing", 0.0)


@pytest.mark.parametrize(
    ("usage", "failure"),
    [
        ({"usd": 2.01, "turns": 1}, "max_budget"),
        ({"usd": 1, "turns": 41}, "max_turns"),
        ({"usd": float("nan"), "turns": 1}, ""),
        ({"usd": 2.0, "turns": 40}, ""),
    ],
)
async def test_more_than_the_caps(desk: Desk, usage: dict[str, float], failure: str) -> None:
    files = [{"path": "a.py", "content": "x"}]
    result = await desk.say({**GOOD, "usage": usage, "files": files})

    assert result.failure == failure
    assert bool(desk.files()) is not bool(failure)


ASKS = """
import urllib.error, urllib.request
for _ in range(9):
    there = os.environ["OPENAI_BASE_URL"] + "/responses"
    try:
        urllib.request.urlopen(urllib.request.Request(there, b"{}")).read()
    except urllib.error.HTTPError:
        pass
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("status", "failure", "turns", "usd"), [(200, "max_turns", 4, 2.0), (401, "auth", 0, 0.0)]
)
async def test_what_the_models_api_answers_ends_it(
    desk: Desk, status: int, failure: str, turns: int, usd: float
) -> None:
    """Turns are counted where the program cannot reach; one may overshoot."""
    async with loopback(always(answer(status))) as api:
        desk.models = {"openai": ModelAccess(base_url=f"{api.url}/v1", key="operators-key")}
        desk.project = {"model_api": "openai"}
        result = await desk.run(ASKS, turns=3, seconds=40)

    assert (result.failure, result.report) == (failure, None)
    assert turns <= result.turns <= turns + 2
    assert result.usd == usd
    assert result.seconds < 30
    assert {seen.headers["authorization"] for seen in api.seen} == {"Bearer operators-key"}


async def test_without_a_key_nothing_runs(desk: Desk) -> None:
    desk.project = {"model_api": "google"}
    result = await desk.run("open('ran', 'w')")

    assert (result.failure, result.usd) == ("auth", 0.0)
    assert "set GEMINI_API_KEY" in result.message
    assert desk.files() == {}


async def test_a_usage_limit_has_an_end(desk: Desk) -> None:
    error = {"kind": "usage_limit", "until": "2030-01-01T00:00:00Z"}
    result = await desk.say({"protocol": 1, "error": error})

    assert (result.failure, result.usd) == ("usage_limit", 0.0)
    assert result.until is not None
    assert (await desk.say({"protocol": 1, "error": {"kind": "auth"}})).failure == "auth"


async def test_the_log_is_clean_and_holds_no_secret(desk: Desk) -> None:
    token = "ghp_" + "A1b2C3d4E5f6G7h8I9j0" * 2
    result = await desk.run(
        f"sys.stderr.write('\\x1b[2J\\x1b]0;title\\x07' + {token[:40]!r} + '\\u202e end' * 5000)\n"
        "sys.exit(1)"
    )

    assert len(result.log) <= 8000
    assert "\x1b" not in result.log + result.message
    assert "\u202e" not in result.log + result.message
    short = await desk.run(f"sys.stderr.write({token[:40]!r}); sys.exit(1)")
    assert "A1b2" not in short.log + short.message
    assert for_line(short.message, 500) == short.message


async def test_it_ends_with_the_task_and_so_do_its_children(desk: Desk) -> None:
    marks = desk.tree / "alive"
    child = f"import time\nwhile True: open({str(marks)!r}, 'a').write('.'); time.sleep(0.01)"
    code = f"import subprocess\nsubprocess.Popen([sys.executable, '-c', {child!r}])\n"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2):
            await desk.run(f"{code}time.sleep(60)")

    size = marks.stat().st_size
    assert size > 0
    await asyncio.sleep(0.1)
    assert marks.stat().st_size == size
