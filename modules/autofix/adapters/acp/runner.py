"""An agent of the Agent Client Protocol, held in the sandbox. The protocol has no limits and no
report: both are ours."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from modules.autofix.adapters.agent_env import AGENT_ENV
from modules.autofix.adapters.agent_place import Mounts, agent_place, nothing
from modules.autofix.adapters.command_agent import LOG
from modules.autofix.adapters.course import Course
from modules.autofix.adapters.issue_tools import IssueTools
from modules.autofix.adapters.model_apis import ModelAccess, ModelApi, environment, no_key, route
from modules.autofix.adapters.said import kept
from modules.autofix.adapters.sandbox.gateway import Route, gateway
from modules.autofix.adapters.sandbox.place import Place, Sandbox
from modules.autofix.adapters.sandbox.programs import found
from modules.autofix.ports import AgentResult, AgentTask
from modules.autofix.project import Project
from modules.framework.extras import install
from modules.outbound.guard import NOT_RUNNABLE, NOT_THERE

from .verdict import End, Exit, verdict

if TYPE_CHECKING:
    from .session import Ask

SHOWN: Final = 400
ISSUE: Final = "sentry"  # what our server for the issue is called
MISSING: Final = "The program of agent_command cannot be found or run."
NO_EXTRA: Final = f"The library of the Agent Client Protocol is not installed: {install('acp')}."
RULE: Final = (
    "When you are done, report with the tool `submit_report`; nothing that you say in words is"
    " read. Nobody is there to answer questions."
)


class AcpAgent:
    """Implements AgentRunner. A run costs what the agent tells, or all it might where it tells
    nothing."""

    def __init__(
        self,
        sandbox: Sandbox,
        models: Mapping[ModelApi, ModelAccess],
        *,
        tools: IssueTools | None = None,
        mounts: Mounts = nothing,
    ) -> None:
        self._sandbox, self._models, self._tools = sandbox, models, tools
        self._mounts = mounts

    async def unfit(self, project: Project, tree: Path) -> AgentResult | None:
        if refused := self._unfit(project):
            return refused
        if found(project.agent_command[0], Place(tree=tree)) is None:
            return AgentResult(failure="agent_missing", message=MISSING)
        return None

    async def run(self, project: Project, task: AgentTask, tree: Path) -> AgentResult:
        """Never raises for what the program does: `failure` says so."""
        if unfit := self._unfit(project):
            return unfit
        course = Course(turns=task.turns, usd=task.usd, metered=bool(project.model_api))
        started = time.monotonic()
        async with self._place(project, task, tree, course) as place:
            try:
                end, left = await self._talk(project, task, place, course)
            except FileNotFoundError:
                return AgentResult(failure="agent_missing", message=MISSING)
        return _result(course, end, left, task=task, seconds=time.monotonic() - started)

    def _unfit(self, project: Project) -> AgentResult | None:
        try:
            from . import session  # noqa: F401 - whether the extra is there
        except ImportError:
            return AgentResult(failure="agent_missing", message=NO_EXTRA)
        if not project.agent_command:
            return AgentResult(failure="agent_missing", message="agent_command is empty.")
        api = project.model_api
        if api and ((access := self._models.get(api)) is None or access.key is None):
            return AgentResult(failure="auth", message=no_key(api))
        return None

    @contextlib.asynccontextmanager
    async def _place(
        self, project: Project, task: AgentTask, tree: Path, course: Course
    ) -> AsyncIterator[Place]:
        """With our servers, and the model's API, behind its one way out."""
        from .report_tool import SERVER, report_tool

        async with contextlib.AsyncExitStack() as stack:
            report = await stack.enter_async_context(report_tool(course))
            routes = [Route(path=f"/{SERVER}", upstream=report)]
            if project.model_api:
                access = self._models[project.model_api]
                routes.append(route(project.model_api, access, heard=course.answered))
            if self._tools and task.issue_ids:
                server = await stack.enter_async_context(self._tools.serve(task.issue_ids))
                routes.append(Route(path="/mcp", upstream=server))
            door = await stack.enter_async_context(gateway(routes))
            yield replace(agent_place(task, project, tree, self._mounts), gateway=door)

    async def _talk(
        self, project: Project, task: AgentTask, place: Place, course: Course
    ) -> tuple[End, Exit]:
        """Raises FileNotFoundError."""
        from .session import hold

        api = environment(project.model_api) if project.model_api else {}
        env = {**AGENT_ENV, **api, **project.agent_env}
        end, timed_out = End(), False
        async with self._sandbox.dialogue(project.agent_command, place, env=env) as spoken:
            ask = self._ask(task, place, spoken.gateway)
            try:
                async with asyncio.timeout(task.seconds):
                    end = await hold(spoken.dialogue, ask, course)
            except TimeoutError:
                timed_out = True
        said = spoken.dialogue
        return end, Exit(code=said.code, stderr=kept(said.err, LOG), timed_out=timed_out)

    def _ask(self, task: AgentTask, place: Place, address: str) -> "Ask":
        from .report_tool import NAME, SERVER
        from .session import Ask

        servers, tools = {SERVER: f"{address}/{SERVER}"}, [NAME]
        if self._tools and task.issue_ids:
            servers[ISSUE] = f"{address}/mcp"
            tools += self._tools.names
        return Ask(
            prompt=prompt(task),
            cwd=self._sandbox.view(place).tree,
            servers=servers,
            tools=tuple(tools),
            plan_only=task.plan_only,
        )


def prompt(task: AgentTask) -> str:
    """One text that begins with our words: agents take a slash at the start for a command."""
    parts = [RULE, task.guide, task.prompt, task.previous_failure]
    return "\n\n".join(part for part in parts if part)


def _result(
    course: Course, end: End, left: Exit, *, task: AgentTask, seconds: float
) -> AgentResult:
    failure, message = verdict(course, end, left)
    if left.code in (NOT_THERE, NOT_RUNNABLE) and not left.stderr and not course.lines:
        failure, message = "agent_missing", MISSING
    known = 0.0 if course.free_of_charge else task.usd
    said = "\n".join([*course.lines, left.stderr])
    return AgentResult(
        report=course.report,
        usd=known if course.usd is None else course.usd,
        turns=course.turns,
        seconds=seconds,
        log=kept(said.encode(), LOG),
        failure=failure,
        message=kept(message.encode(), SHOWN),
    )
