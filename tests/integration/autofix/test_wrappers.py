"""The programs that wrap codex and aider, run as they are in the sandbox; the command lines behind
them are stand-ins of a few lines."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.loopback import always, answer, loopback
from modules.autofix.adapters.command_agent import CommandAgent
from modules.autofix.adapters.model_apis import ModelAccess
from modules.autofix.adapters.presets.table import expanded
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap, probe
from modules.autofix.adapters.sandbox.place import Sandbox
from modules.autofix.adapters.sandbox.plain import Plain
from modules.autofix.ports import AgentResult, AgentTask
from modules.autofix.project import Project

KEY = "operators-key-7f3a9c51"
REPORT = {
    "classification": "code_fix",
    "root_cause": "a cause",
    "explanation": "an explanation",
    "confidence": 0.9,
}
CODEX = f"""
import json, os, pathlib, sys, urllib.request
last = sys.argv[sys.argv.index("--output-last-message") + 1]
schema = json.load(open(sys.argv[sys.argv.index("--output-schema") + 1]))
address = os.environ["OPENAI_BASE_URL"] + "/responses"
urllib.request.urlopen(urllib.request.Request(address, b"{{}}")).read()
told = {{"argv": sys.argv, "env": dict(os.environ), "asked": sys.stdin.read(), "cwd": os.getcwd()}}
pathlib.Path("told.json").write_text(json.dumps(told))
assert schema["additionalProperties"] is False
pathlib.Path(last).write_text({json.dumps(REPORT)!r})
print(json.dumps({{"type": "item.completed", "item": {{"type": "agent_message", "text": "so"}}}}))
"""
AIDER = f"""
import json, os, pathlib, sys
message = pathlib.Path(sys.argv[sys.argv.index("--message-file") + 1]).read_text()
told = {{"argv": sys.argv, "env": dict(os.environ), "asked": message, "cwd": os.getcwd()}}
pathlib.Path("told.json").write_text(json.dumps(told))
pathlib.Path("autofix-report.json").write_text({json.dumps(REPORT)!r})
print("Cost: $0.01 message, $0.03 session.")
"""
Run = Callable[..., Any]


@pytest.fixture(params=["plain", "bubblewrap"])
async def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    if request.param == "plain":
        return Plain()
    if why := await probe():
        pytest.skip(why)
    return Bubblewrap()


async def played(sandbox: Sandbox, folder: Path, name: str, code: str) -> AgentResult:
    tree, program = folder / "tree", folder / name
    tree.mkdir()
    program.write_text(f"#!/usr/bin/env python3\n{code}")
    program.chmod(0o755)
    project = expanded(
        Project(key="a", slug="a", repository="/srv/a", agent=name, agent_command=(str(program),)),  # type: ignore[arg-type]
        str,
    )
    task = AgentTask(
        job="1", prompt="Fix ä.", previous_failure="It failed.", turns=9, usd=2.0, seconds=30
    )
    async with loopback(always(answer(200))) as api:
        models = {"openai": ModelAccess(base_url=f"{api.url}/v1", key=KEY)}
        result = await CommandAgent(sandbox, models).run(project, task, tree)  # type: ignore[arg-type]
    if name == "codex":
        assert [seen.headers["authorization"] for seen in api.seen] == [f"Bearer {KEY}"]
    return result


async def test_codex(sandbox: Sandbox, tmp_path: Path) -> None:
    result = await played(sandbox, tmp_path, "codex", CODEX)
    told = json.loads((tmp_path / "tree/told.json").read_text())

    assert (result.failure, result.turns, result.usd) == ("", 1, 2.0)  # its cost nobody knows
    assert result.report is not None
    assert result.log == "agent_message so"
    assert told["argv"][1:5] == ["exec", "--json", "--ephemeral", "--ignore-user-config"]
    assert "Fix ä." in told["asked"]
    assert told["asked"].endswith("It failed.")
    assert KEY not in json.dumps(told)


async def test_aider(sandbox: Sandbox, tmp_path: Path) -> None:
    result = await played(sandbox, tmp_path, "aider", AIDER)
    told = json.loads((tmp_path / "tree/told.json").read_text())

    assert (result.failure, result.turns, result.usd) == ("", 1, 0.03)
    assert result.report is not None
    assert {path.name for path in (tmp_path / "tree").iterdir()} == {"told.json"}
    assert "--no-auto-commits" in told["argv"]
    assert "Fix ä." in told["asked"]
    assert KEY not in json.dumps(told)


async def test_one_that_fails_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    code = "import sys; sys.stderr.write('no such model'); sys.exit(3)"
    result = await played(sandbox, tmp_path, "aider", code)

    assert (result.failure, result.message) == ("agent_crashed", "It ended with 3: no such model")
