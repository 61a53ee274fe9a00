"""The real codex in the sandbox, by its short name, against a model that follows a script.
https://platform.openai.com/docs/api-reference/responses-streaming"""

import json
import os
from pathlib import Path
from typing import Any, Final

import pytest

from fakes.loopback import Line, Loopback, Seen, answer, loopback
from modules.autofix.adapters.command_agent import CommandAgent
from modules.autofix.adapters.model_apis import ModelAccess
from modules.autofix.adapters.presets.table import expanded
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap, probe
from modules.autofix.job import Report
from modules.autofix.ports import AgentResult, AgentTask
from modules.autofix.project import Project

ROOT: Final = Path(__file__).parents[2]
INSTALLED: Final = ".tools/node_modules/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl"
CODEX: Final = Path(os.environ.get("CODEX_BIN") or ROOT / INSTALLED / "bin/codex")
KEY: Final = "operators-key-7f3a9c51"
REPORT: Final = Report(classification="code_fix", root_cause="a", explanation="b", confidence=0.9)
USAGE: Final = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
Item = dict[str, Any]


@pytest.fixture
async def tree(tmp_path: Path) -> Path:
    if not CODEX.is_file() or await probe():
        pytest.skip("run `make test-agents`, with bubblewrap installed")
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


def run(command: str) -> Item:
    arguments = json.dumps({"cmd": command})
    return {"type": "function_call", "call_id": "c1", "name": "exec_command", "arguments": arguments}  # fmt: skip


def report() -> Item:
    text = {"type": "output_text", "text": REPORT.model_dump_json()}
    return {"type": "message", "role": "assistant", "id": "m1", "content": [text]}


async def played(tree: Path, *script: Item, status: int = 200) -> tuple[AgentResult, Loopback]:
    reads = (str(CODEX.parents[1]),)  # what else its package holds
    named = {"key": "a", "slug": "a", "repository": "/srv/a", "agent": "codex", "reads": reads}
    project = expanded(Project.model_validate({**named, "agent_command": (str(CODEX),)}), str)
    task = AgentTask(job="1", prompt="Fix ä.", previous_failure=None, turns=9, usd=2.0, seconds=120)
    left = list(script)

    async def model(seen: Seen, line: Line) -> None:
        if status != 200:
            await line.send(answer(status, {"error": {"message": "as the script says"}}))
        else:
            item, *left[:] = left
            await line.send(answer(200, stream(item), content_type="text/event-stream"))

    async with loopback(model) as api:
        models = {"openai": ModelAccess(base_url=f"{api.url}/v1", key=KEY)}
        result = await CommandAgent(Bubblewrap(), models).run(project, task, tree)  # type: ignore[arg-type]
    return result, api


def stream(item: Item) -> bytes:
    events: list[Item] = [
        {"type": "response.created", "response": {"id": "r1"}},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {"id": "r1", "usage": USAGE}},
    ]
    return "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in events).encode()


async def test_it_fixes_and_reports(tree: Path) -> None:
    (tree / "AGENTS.md").write_text("words of the repository")
    result, api = await played(tree, run("echo x = 2 > a.py; echo PATH is $PATH; env"), report())
    told = "\n".join(seen.body.decode() for seen in api.seen)

    assert (tree / "a.py").read_text() == "x = 2\n"
    assert (result.failure, result.turns, result.usd) == ("", 2, 2.0)
    assert result.report == REPORT
    assert {seen.path for seen in api.seen} == {"/v1/responses"}
    assert {seen.headers["authorization"] for seen in api.seen} == {f"Bearer {KEY}"}
    assert KEY not in told
    assert "words of the repository" not in told
    assert "/usr/local/bin:/usr/bin:/bin" in told.partition("PATH is ")[2]


async def test_a_refused_key_is_told(tree: Path) -> None:
    result, _ = await played(tree, status=401)

    assert (result.failure, result.report) == ("auth", None)
