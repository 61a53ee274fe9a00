"""The real gemini in the sandbox, by its short name, against a model that follows a script.
https://ai.google.dev/api/generate-content"""

import json
import os
from pathlib import Path
from typing import Any, Final

import pytest

from fakes.loopback import Line, Loopback, Seen, answer, loopback
from modules.autofix.adapters.acp.runner import AcpAgent
from modules.autofix.adapters.model_apis import ModelAccess
from modules.autofix.adapters.presets.table import expanded
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap, probe
from modules.autofix.ports import AgentResult, AgentTask
from modules.autofix.project import Project

ROOT: Final = Path(__file__).parents[2]
INSTALLED: Final = ".tools/node_modules/@google/gemini-cli/bundle/gemini.js"
GEMINI: Final = Path(os.environ.get("GEMINI_BIN") or ROOT / INSTALLED)
KEY: Final = "operators-key-7f3a9c51"
REPORT: Final = {
    "classification": "code_fix",
    "root_cause": "a cause",
    "explanation": "an explanation",
    "confidence": 0.9,
}
USAGE: Final = {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15}
Part = dict[str, Any]


@pytest.fixture
async def tree(tmp_path: Path) -> Path:
    if not GEMINI.is_file() or await probe():
        pytest.skip("run `make test-agents`, with bubblewrap installed")
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


def call(name: str, **arguments: Any) -> Part:
    return {"functionCall": {"name": name, "args": arguments}}


async def played(tree: Path, *script: Part, **task: Any) -> tuple[AgentResult, Loopback]:
    named = {"key": "a", "slug": "a", "repository": "/srv/a", "agent": "gemini"}
    program = ("/usr/bin/node", str(GEMINI), "--acp", "--skip-trust", "--model", "gemini-2.5-pro")
    more = {"agent_command": program, "reads": (str(GEMINI.parents[3]),)}
    project = expanded(Project.model_validate({**named, **more}), str)
    plain: dict[str, Any] = {"turns": 9, "usd": 2.0, "seconds": 120}
    asked = AgentTask(job="1", prompt="Fix ä.", previous_failure=None, **{**plain, **task})
    left = list(script)

    async def model(seen: Seen, line: Line) -> None:
        """What offers no tools is a side call."""
        part = left.pop(0) if "tools" in json.loads(seen.body) and left else {"text": "Done."}
        said = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
        told = json.dumps({"candidates": [said], "usageMetadata": USAGE})
        event = f"data: {told}\r\n\r\n".encode()
        await line.send(answer(200, event, content_type="text/event-stream"))

    async with loopback(model) as api:
        agent = AcpAgent(Bubblewrap(), {"google": ModelAccess(base_url=api.url, key=KEY)})
        return await agent.run(project, asked, tree), api


async def test_it_fixes_and_reports(tree: Path) -> None:
    result, api = await played(
        tree,
        call("run_shell_command", command="echo x = 2 > a.py; env", description="as told"),
        call("mcp_report_submit_report", **REPORT),
    )

    assert (tree / "a.py").read_text() == "x = 2\n"
    assert (result.failure, result.turns, result.usd) == ("", 3, 2.0)  # its cost nobody tells
    assert result.report is not None
    assert {seen.headers["x-goog-api-key"] for seen in api.seen} == {KEY}
    assert not any(KEY.encode() in seen.body for seen in api.seen)


async def test_a_cap_of_turns_ends_it(tree: Path) -> None:
    step = call("run_shell_command", command="date >> a.txt", description="as told")
    result, _ = await played(tree, *[step] * 6, turns=2)

    assert (result.failure, result.report) == ("max_turns", None)
