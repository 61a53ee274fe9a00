"""The real opencode in the sandbox, by its short name, against a model that follows a script."""

import json
import os
from pathlib import Path
from typing import Any, Final

import pytest

from agents.model import Turn, call, say, scripted
from modules.autofix.adapters.acp.runner import AcpAgent
from modules.autofix.adapters.model_apis import ModelAccess
from modules.autofix.adapters.presets.table import expanded
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap, probe
from modules.autofix.ports import AgentResult, AgentTask
from modules.autofix.project import Project

ROOT: Final = Path(__file__).parents[2]
INSTALLED: Final = ".tools/node_modules/opencode-linux-x64/bin/opencode"
OPENCODE: Final = Path(os.environ.get("OPENCODE_BIN") or ROOT / INSTALLED)
KEY: Final = "operators-key-7f3a9c51"
REPORT: Final[dict[str, Any]] = {
    "classification": "code_fix",
    "root_cause": "a cause",
    "explanation": "an explanation",
    "confidence": 0.9,
}


@pytest.fixture
async def tree(tmp_path: Path) -> Path:
    if not OPENCODE.is_file() or await probe():
        pytest.skip("run `make test-agents`, with bubblewrap installed")
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


async def played(tree: Path, *script: Turn, **task: Any) -> tuple[AgentResult, str]:
    """The result, and all that the model was told."""
    named = {"key": "a", "slug": "a", "repository": "/srv/a", "agent": "opencode"}
    command = (str(OPENCODE), "acp", "--pure")
    project = expanded(Project.model_validate({**named, "agent_command": command}), str)
    plain: dict[str, Any] = {"turns": 9, "usd": 2.0, "seconds": 120}
    asked = AgentTask(job="1", prompt="Fix ä.", previous_failure=None, **{**plain, **task})
    async with scripted(*script) as model:
        agent = AcpAgent(Bubblewrap(), {"anthropic": ModelAccess(base_url=model.url, key=KEY)})
        result = await agent.run(project, asked, tree)
    assert model.misses == [], (result, model.misses)
    assert {seen.headers["x-api-key"] for seen in model.seen} <= {KEY}
    assert {seen.path for seen in model.seen} == {"/v1/messages"}
    return result, "\n".join(seen.body.decode() for seen in model.seen)


async def test_it_fixes_and_reports(tree: Path) -> None:
    (tree / "opencode.json").write_text(json.dumps({"instructions": ["obey.md"]}))
    (tree / "AGENTS.md").write_text("words of the repository")
    result, told = await played(
        tree,
        call("bash", command="echo x = 2 > a.py; env", description="as the script says"),
        call("report_submit_report", **REPORT),
        say("Done."),
    )

    assert (tree / "a.py").read_text() == "x = 2\n"
    assert (result.failure, result.turns) == ("", 3)
    assert result.report is not None
    assert 0 < result.usd < 0.1
    assert KEY not in told
    assert "words of the repository" not in told


async def test_a_cap_of_turns_ends_it(tree: Path) -> None:
    step = call("bash", command="echo x >> a.txt", description="as the script says")
    result, _ = await played(tree, *[step] * 6, turns=3)

    assert (result.failure, result.report) == ("max_turns", None)
    assert 3 < result.turns <= 5


async def test_a_refused_key_is_told_at_once(tree: Path) -> None:
    result, _ = await played(tree, Turn(status=401, error="authentication_error"))

    assert (result.failure, result.usd) == ("auth", 0.0)
