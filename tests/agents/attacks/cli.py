"""The real command line as the obedient agent, in the sandbox, with one of its walls taken away
where a control wants that."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from agents.attacks.chain import REPORT
from agents.model import Model, Turn, call, scripted
from modules.autofix.adapters.claude.runner import ClaudeCode, Login
from modules.autofix.adapters.issue_tools import IssueTools
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap
from modules.autofix.adapters.sandbox.place import ANSWER, Place, Sandbox, Spoken, View
from modules.autofix.ports import AgentTask
from modules.autofix.project import Project
from modules.outbound.processes import Finished, Listener

INSTALLED: Final = ".tools/node_modules/@anthropic-ai/claude-code-linux-x64/claude"
CLAUDE: Final = Path(os.environ.get("CLAUDE_BIN") or Path(__file__).parents[3] / INSTALLED)
KEY: Final = "operators-key-7f3a9c51"
FORM: Final[dict[str, Any]] = {**REPORT, "changed_files": [], "test_files": []}
REPORTED: Final = call("StructuredOutput", **FORM)


def as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, kw_only=True)
class Altered:
    """Implements Sandbox: what a program is told is altered before it is run."""

    within: Sandbox = field(default_factory=Bubblewrap)
    argv: Callable[[tuple[str, ...]], tuple[str, ...]] = as_it_is
    feed: Callable[[bytes], bytes] = as_it_is
    env: Mapping[str, str] = field(default_factory=dict)
    steady: bool = True
    name: str = "altered"
    means: str = "altered"

    def view(self, place: Place) -> View:
        return self.within.view(place)

    def dialogue(
        self, argv: Sequence[str], place: Place, *, env: Mapping[str, str]
    ) -> AbstractAsyncContextManager[Spoken]:
        return self.within.dialogue(argv, place, env=env)

    async def run(
        self,
        argv: Sequence[str],
        place: Place,
        *,
        env: Mapping[str, str],
        seconds: float,
        feed: bytes = b"",
        cap: int = ANSWER,
        over: Listener | None = None,
        passed: Sequence[int] = (),
    ) -> Finished:
        return await self.within.run(
            self.argv(tuple(argv)),
            place,
            env={**env, **self.env},
            seconds=seconds,
            feed=self.feed(feed),
            cap=cap,
            over=over,
            passed=passed,
        )


def without(*flags: str) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    return lambda argv: tuple(one for one in argv if one not in flags)


def bash(command: str) -> Turn:
    return call("Bash", command=command, description="as the script says")


async def claude(
    sandbox: Sandbox, tree: Path, *script: Turn, tools: IssueTools | None = None, **task: Any
) -> Model:
    """What the model was asked while the command line did as the script says."""
    told: dict[str, Any] = {"prompt": "Fix the bug.", "turns": 12, "seconds": 60.0, **task}
    project = Project(key="shop", slug="shop", repository=str(tree))
    async with scripted(*script, REPORTED) as model:
        login = Login(base_url=model.url, key=KEY)
        agent = ClaudeCode(sandbox, login, program=str(CLAUDE), tools=tools)
        await agent.run(project, AgentTask(job="j", previous_failure=None, usd=2.0, **told), tree)
    return model


def told(model: Model) -> str:
    """Everything that went to the model, hence all that a stranger's account could have got."""
    return "\n".join(seen.body.decode() for seen in model.seen)
