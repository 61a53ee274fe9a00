"""Claude Code itself in the sandbox, with a folder to work in and a model that follows a script."""

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from agents.model import Model, Turn, call, scripted
from modules.autofix.adapters.claude.runner import ClaudeCode, Login
from modules.autofix.adapters.issue_tools import IssueTools
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap
from modules.autofix.ports import AgentResult, AgentTask
from modules.autofix.project import Project

ROOT: Final = Path(__file__).parents[2]
INSTALLED: Final = ".tools/node_modules/@anthropic-ai/claude-code-linux-x64/claude"
CLAUDE: Final = Path(os.environ.get("CLAUDE_BIN") or ROOT / INSTALLED)
KEY: Final = "operators-key-7f3a9c51"  # like no key, so that nothing redacts it on its way
RESET: Final = int(time.time()) + 3600
USED_UP: Final = {  # how the API says that a plan's window is used up
    "anthropic-ratelimit-unified-status": "rejected",
    "anthropic-ratelimit-unified-reset": str(RESET),
    "anthropic-ratelimit-unified-representative-claim": "five_hour",
}
REPORT: Final[dict[str, Any]] = {
    "classification": "code_fix",
    "root_cause": "the code did not foresee this input",
    "explanation": "it is answered now",
    "confidence": 0.9,
    "changed_files": [],
    "test_files": [],
}


def reported(*, after: str = "", **more: Any) -> Turn:
    """The last answer of a run as it should be."""
    return call("StructuredOutput", after=after, **{**REPORT, **more})


def bash(command: str, *, after: str = "") -> Turn:
    """`after` must stand in what the tool before it said."""
    return call("Bash", after=after, command=command, description="as the script says")


@dataclass(frozen=True)
class Timed:
    """A run of the whole pipeline, whose model answers at once."""

    bug: str
    behaviour: str
    seconds: float
    processor_s: float


@dataclass(frozen=True)
class Ran:
    result: AgentResult
    model: Model

    @property
    def told(self) -> str:
        """All that the model was told, which is all that the program inside has seen of interest."""
        return "\n".join(seen.body.decode() for seen in self.model.seen)


@dataclass(kw_only=True)
class Ground:
    """What a run stands on; `login` has the model's address still to come."""

    tree: Path
    project: dict[str, Any] = field(default_factory=dict)
    login: dict[str, Any] = field(default_factory=lambda: {"key": KEY})
    tools: IssueTools | None = None
    program: Path = CLAUDE

    def write(self, name: str, text: str) -> None:
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    async def run(self, script: Sequence[Turn], **task: Any) -> Ran:
        """A script that is not played as it stands fails the test."""
        async with scripted(*script) as model:
            result = await self.play(model, **task)
        assert model.misses == [], (result, model.misses)
        return Ran(result, model)

    async def play(self, model: Model, **task: Any) -> AgentResult:
        login = Login(base_url=model.url, **self.login)
        agent = ClaudeCode(Bubblewrap(), login, program=str(self.program), tools=self.tools)
        return await agent.run(self._project(), a_task(**task), self.tree)

    def _project(self) -> Project:
        plain = {"key": "shop", "slug": "shop", "repository": str(self.tree)}
        return Project.model_validate({**plain, **self.project})


def a_task(**more: Any) -> AgentTask:
    plain: dict[str, Any] = {
        "job": "job-1",
        "prompt": "Fix the bug.",
        "previous_failure": None,
        "turns": 12,
        "usd": 2.0,
        "seconds": 60.0,
    }
    return AgentTask(**{**plain, **more})


def alive(*words: str) -> list[int]:
    """Processes in whose command line any of the words stand, a blank between arguments."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            if any(word in line for word in words):
                found.append(int(path.parent.name))
    return found
