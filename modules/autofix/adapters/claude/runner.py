"""Claude Code as the agent: the operator's own command line, held in the sandbox."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from modules.autofix.adapters.agent_place import Mounts, agent_place, nothing
from modules.autofix.adapters.command_agent import LOG
from modules.autofix.adapters.issue_tools import IssueTools
from modules.autofix.adapters.model_apis import DUMMY, ModelAccess, route
from modules.autofix.adapters.said import kept, last_words
from modules.autofix.adapters.sandbox.gateway import Route, gateway
from modules.autofix.adapters.sandbox.place import Place, Sandbox
from modules.autofix.job import Report
from modules.autofix.ports import AgentResult, AgentTask
from modules.autofix.project import Project
from modules.autofix.reasons import sentence
from modules.outbound.processes import Finished
from modules.safetext.sinks import for_line

from .command import ENV, OLDEST, command, message, too_old
from .events import Judged, Transcript, judge, log

SHOWN: Final = 400
LAST_WORDS: Final = 300
SPOOL: Final = 64 << 20  # bytes of transcript
VERSION_S: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Login(ModelAccess):
    """How the model's API knows us: a key, which stays outside of the sandbox, or the token of a
    plan, which the CLI itself has to send (docs/agents.md)."""

    base_url: str = "https://api.anthropic.com"
    plan_token: str | None = field(default=None, repr=False)


class ClaudeCode:
    """Implements AgentRunner. A run costs what the CLI says, or all it might where it says
    nothing."""

    def __init__(
        self,
        sandbox: Sandbox,
        login: Login,
        *,
        program: str,
        tools: IssueTools | None = None,
        mounts: Mounts = nothing,
    ) -> None:
        self._sandbox, self._login, self._tools = sandbox, login, tools
        self._program, self._mounts = program, mounts

    async def run(self, project: Project, task: AgentTask, tree: Path) -> AgentResult:
        if refused := await self.unfit(project, tree):
            return refused
        transcript = Transcript()
        async with contextlib.AsyncExitStack() as stack:
            routes = [self._messages()]
            if self._tools and task.issue_ids:
                server = await stack.enter_async_context(self._tools.serve(task.issue_ids))
                routes.append(Route(path="/mcp", upstream=server))
            guide = stack.enter_context(_written(task.guide)) if task.guide else None
            place = replace(
                agent_place(task, project, tree, self._mounts, guide=guide),
                gateway=await stack.enter_async_context(gateway(routes)),
            )
            token = stack.enter_context(_piped(self._login.plan_token))
            finished = await self._sandbox.run(
                self._argv(project, task, guide),
                place,
                env={**ENV, **_login(token)},
                seconds=task.seconds,
                feed=message(task),
                cap=SPOOL,
                over=transcript.feed,
                passed=() if token is None else (token,),
            )
        transcript.end()
        return _result(finished, transcript, task)

    def _messages(self) -> Route:
        token = self._login.plan_token
        return route("anthropic", self._login, own_login=f"Bearer {token}" if token else None)

    def _argv(self, project: Project, task: AgentTask, guide: Path | None) -> tuple[str, ...]:
        tools = self._tools.names if self._tools and task.issue_ids else ()
        model, named = project.agent_model, str(guide or "")
        return command(self._program, task, model=model, tools=tools, guide=named)

    async def unfit(self, project: Project, tree: Path) -> AgentResult | None:
        if self._login.key is None and self._login.plan_token is None:
            return _no_login()
        place = Place(tree=tree, reads=tuple(map(Path, project.reads)))
        said = await self._sandbox.run(
            (self._program, "--version"), place, env={"TERM": "dumb"}, seconds=VERSION_S
        )
        if said.missing:
            told = "Claude Code is not installed, or cannot be run: npm install -g @anthropic-ai/claude-code, or name it with CLAUDE_BIN."
            return AgentResult(failure="agent_missing", message=told)
        if said.code or too_old(said.text):
            least = ".".join(map(str, OLDEST))
            told = (
                f"Claude Code {least} or newer is needed; this one says {said.text[:40].strip()!r}."
            )
            return AgentResult(failure="agent_missing", message=told)
        return None


def _no_login() -> AgentResult:
    told = (
        "There is no login for Claude Code: set ANTHROPIC_API_KEY, or CLAUDE_CODE_OAUTH_TOKEN as"
        " `claude setup-token` prints it."
    )
    return AgentResult(failure="auth", message=told)


@contextlib.contextmanager
def _written(guide: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="guide-") as folder:
        path = Path(folder) / "guide.md"
        path.write_text(guide, encoding="utf-8")
        yield path


@contextlib.contextmanager
def _piped(secret: str | None) -> Iterator[int | None]:
    """A descriptor that says the secret once: it stands in no environment and no file."""
    if secret is None:
        yield None
        return
    reads, writes = os.pipe()
    os.write(writes, secret.encode())
    os.close(writes)
    try:
        yield reads
    finally:
        os.close(reads)


def _login(token: int | None) -> dict[str, str]:
    """What the CLI is told of its login. The key is put in outside."""
    if token is None:
        return {"ANTHROPIC_API_KEY": DUMMY}
    return {"CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR": str(token)}


def _result(finished: Finished, transcript: Transcript, task: AgentTask) -> AgentResult:
    judged = judge(
        transcript.events,
        exit_code=finished.code,
        stderr=last_words(finished.err, LAST_WORDS),
        timed_out=finished.timed_out,
    )
    if finished.overfull:
        judged = replace(judged, failure="disk_quota", message=sentence("disk_quota"))
    said = f"{log(transcript.events)}\n{finished.log}".encode()
    report, judged = _report(judged)
    return AgentResult(
        report=report,
        usd=task.usd if judged.usd is None else judged.usd,
        turns=task.turns if judged.turns is None else judged.turns,
        seconds=finished.seconds,
        log=kept(said, LOG),
        failure=judged.failure,
        message=for_line(kept(judged.message.encode(), SHOWN), SHOWN),
        until=judged.until,
    )


def _report(judged: Judged) -> tuple[Report | None, Judged]:
    """Checked again by our own model: what the CLI let pass is not yet what we take."""
    if judged.failure or judged.report is None:
        return None, judged
    try:
        return Report.model_validate(judged.report), judged
    except ValidationError:
        told = "Its report does not have the form that was asked for."
        return None, replace(judged, failure="no_report", message=told)
