"""Any program as the agent: one JSON object on its stdin, one on its stdout, log on stderr."""

import asyncio
import contextlib
import json
import time
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from modules.autofix.job import Report
from modules.autofix.ports import AgentResult, AgentTask
from modules.autofix.project import Project
from modules.autofix.reasons import sentence
from modules.outbound.processes import Finished
from modules.safetext.sinks import for_line

from .agent_place import Mounts, agent_place, nothing
from .command_answer import PROTOCOL, Answer, BadAnswer, Edit, read
from .course import Course
from .model_apis import ModelAccess, ModelApi, environment, no_key, route
from .said import kept, last_words
from .sandbox.gateway import gateway
from .sandbox.place import Place, Sandbox
from .sandbox.programs import found
from .tree_files import delete_below, write_below

LOG: Final = 8000  # characters
SHOWN: Final = 300  # of them in a message
NOT_FOUND: Final = "The program of agent_command cannot be found or run."
ANSWER: Final = 4 << 20  # the files, escaped as JSON may escape them


class CommandAgent:
    """Implements AgentRunner. The program sees the worktree, an empty home and none of our
    variables; what it answers is checked as a whole before the first file is written. A project's
    `model_api` opens the way to that API alone, and its answers are counted there."""

    def __init__(
        self,
        sandbox: Sandbox,
        models: Mapping[ModelApi, ModelAccess] | None = None,
        mounts: Mounts = nothing,
    ) -> None:
        self._sandbox, self._models, self._mounts = sandbox, models or {}, mounts

    async def unfit(self, project: Project, tree: Path) -> AgentResult | None:
        argv = project.agent_command
        if not argv:
            return AgentResult(failure="agent_missing", message="agent_command is empty.")
        api = project.model_api
        if api and ((access := self._models.get(api)) is None or access.key is None):
            return AgentResult(failure="auth", message=no_key(api))
        if argv[0].startswith("./") or found(argv[0], Place(tree=tree)) is not None:
            return None  # one of the repository shows when it runs
        return AgentResult(failure="agent_missing", message=NOT_FOUND)

    async def run(self, project: Project, task: AgentTask, tree: Path) -> AgentResult:
        """Never raises for what the program does: `failure` says so. Where it does not tell what
        it used, or did not come to tell, that counts as all it might use."""
        argv = project.agent_command
        if refused := await self.unfit(project, tree):
            return refused
        api, env = project.model_api, {"TERM": "dumb"}
        course = Course(turns=task.turns, usd=task.usd, metered=True)
        async with contextlib.AsyncExitStack() as stack:
            door = None
            if api:
                ways = [route(api, self._models[api], heard=course.answered)]
                door = await stack.enter_async_context(gateway(ways))
                env.update(environment(api))
            place = replace(agent_place(task, project, tree, self._mounts), gateway=door)
            started = time.monotonic()
            run = self._sandbox.run(
                argv,
                place,
                env={**env, **project.agent_env},
                seconds=task.seconds,
                feed=json.dumps(request(task, self._sandbox.view(place).tree)).encode(),
                cap=ANSWER,
            )
            if (finished := await _unless_over(run, course)) is None:
                return _over(course, task, time.monotonic() - started)
        return _result(finished, task, tree)


async def _unless_over(run: Coroutine[Any, Any, Finished], course: Course) -> Finished | None:
    """The program's end; None where it had to be ended first."""
    running, over = asyncio.ensure_future(run), asyncio.ensure_future(course.over.wait())
    try:
        await asyncio.wait({running, over}, return_when=asyncio.FIRST_COMPLETED)
        return running.result() if running.done() else None
    finally:
        for one in (running, over):
            one.cancel()
        await asyncio.wait({running, over})


def _over(course: Course, task: AgentTask, seconds: float) -> AgentResult:
    failure, message = course.ended_by
    return AgentResult(
        usd=0.0 if course.free_of_charge else task.usd,
        turns=course.turns,
        seconds=seconds,
        failure=failure,
        message=message,
    )


def request(task: AgentTask, tree: str) -> dict[str, Any]:
    """What the program is told."""
    return {
        "protocol": PROTOCOL,
        "job": task.job,
        "cwd": tree,
        "prompt": task.prompt,
        "report_schema": Report.model_json_schema(),
        "previous_failure": task.previous_failure,
        "limits": {"turns": task.turns, "usd": task.usd, "seconds": task.seconds},
        "plan_only": task.plan_only,
    }


def _result(finished: Finished, task: AgentTask, tree: Path) -> AgentResult:
    if finished.missing:
        return AgentResult(failure="agent_missing", message=NOT_FOUND, seconds=finished.seconds)
    if failure := _not_ended_well(finished):
        return _failed(finished, task, *failure)
    try:
        answer = read(finished.out, usd=task.usd, turns=task.turns)
    except BadAnswer as problem:
        return _failed(finished, task, "no_report", f"{problem}.")
    return _taken(answer, finished, task, tree)


def _not_ended_well(finished: Finished) -> tuple[str, str] | None:
    if finished.overfull:
        return "disk_quota", sentence("disk_quota")
    if finished.timed_out:
        return "timeout", f"It was ended after {finished.seconds:.0f} s."
    if finished.code != 0:
        said = last_words(finished.err, SHOWN)
        return "agent_crashed", f"It ended with {finished.code}: {said}"
    if len(finished.out) >= ANSWER:
        return "no_report", f"It said more than {ANSWER} bytes."
    return None


def _taken(answer: Answer, finished: Finished, task: AgentTask, tree: Path) -> AgentResult:
    failure, message = _beyond(answer, task)
    if not failure and answer.edits and not task.plan_only:
        failure, message = _written(answer.edits, tree)
    return AgentResult(
        report=None if failure else answer.report,
        usd=answer.usd,
        turns=answer.turns,
        seconds=finished.seconds,
        log=kept(finished.err, LOG),
        failure=failure,
        message=message,
        until=answer.until,
    )


def _beyond(answer: Answer, task: AgentTask) -> tuple[str, str]:
    """Why nothing of an answer is used."""
    if answer.error == "auth":
        return "auth", "The agent says that it is not logged in."
    if answer.error:
        return answer.error, "The agent says that its usage limit is reached."
    if answer.usd > task.usd:
        return "max_budget", f"It used ${answer.usd:.2f} of ${task.usd:.2f}."
    if answer.turns > task.turns:
        return "max_turns", f"It used {answer.turns} of {task.turns} turns."
    return "", ""


def _written(edits: Iterable[Edit], tree: Path) -> tuple[str, str]:
    """What stops in the middle leaves a worktree that is thrown away, since it has no report."""
    for edit in edits:
        try:
            if edit.content is None:
                delete_below(tree, edit.path)
            else:
                write_below(tree, edit.path, edit.content)
        except OSError:
            return (
                "no_report",
                f"{for_line(edit.path)} cannot be written as a file in the worktree.",
            )
    return "", ""


def _failed(finished: Finished, task: AgentTask, failure: str, message: str) -> AgentResult:
    return AgentResult(
        usd=task.usd,
        turns=task.turns,
        seconds=finished.seconds,
        log=kept(finished.err, LOG),
        failure=failure,
        message=message,
    )
