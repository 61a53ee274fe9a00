"""Whether repairs can run here: each thing they need is tried, as a job would, and no money is
spent."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modules.autofix.adapters.sandbox.place import Place
from modules.autofix.adapters.sandbox.programs import found
from modules.autofix.errors import Ended, Parked
from modules.autofix.project import Project
from modules.autofix.reasons import sentence
from modules.framework.errors import ModuleError, in_full

from .assembly import Workshop
from .settings import Settings

NOWHERE: Final = Path("/nonexistent")


@dataclass(frozen=True)
class Finding:
    """One thing that was tried. `reason` is empty where it is well; else what to do is in `told`."""

    what: str
    told: str
    reason: str = ""


async def checkup(environ: Mapping[str, str]) -> AsyncIterator[Finding]:
    """One after the other, the cheap ones first; what cannot be read any further ends it."""
    try:
        settings = Settings.from_environ(environ)
    except ModuleError as error:
        yield _bad("settings", error)
        return
    if not settings.fixer_enabled:
        yield Finding("autofix", "off; SENTRY_FIXER_ENABLED=true switches it on")
        return
    workshop = Workshop(settings)
    try:
        async for finding in _repairs(workshop):
            yield finding
    finally:
        await workshop.aclose()


async def _repairs(workshop: Workshop) -> AsyncIterator[Finding]:
    sandbox = await _sandbox(workshop)
    yield sandbox
    yield await _jobs(workshop)
    try:
        projects = workshop.projects.projects
    except ModuleError as error:
        yield _bad("projects", error)
        return
    if not projects:
        yield Finding("projects", sentence("unmapped_project"), "unmapped_project")
    for project in projects:
        yield await _repository(workshop, project)
        if not sandbox.reason:
            yield await _agent(workshop, project)
        yield _tests(project)
    for access in await workshop.access():
        told = f"{access.repository}: {access.message or 'may push'}"
        yield Finding(f"{access.project}: GitHub", told, access.reason)
    for place, state in await workshop.how_notifications_stand():
        yield Finding(f"notifications: {place}", state, "" if state == "ok" else "notify")


async def _sandbox(workshop: Workshop) -> Finding:
    try:
        box = await workshop.chosen_sandbox()
    except ModuleError as error:
        return _bad("sandbox", error)
    return Finding("sandbox", box.means)


async def _jobs(workshop: Workshop) -> Finding:
    try:
        stopped = await workshop.jobs.stopped()
    except ModuleError as error:
        return _bad("jobs", error)
    return Finding("jobs", stopped or workshop.where_jobs_are, "paused" if stopped else "")


async def _repository(workshop: Workshop, project: Project) -> Finding:
    what = f"{project.key}: repository"
    try:
        base = await workshop.repository.fetch(project)
    except (Ended, Parked) as end:
        return Finding(what, end.message, end.reason)
    except ModuleError as error:
        return _bad(what, error)
    return Finding(what, f"{project.base_branch} at {base[:12]}")


async def _agent(workshop: Workshop, project: Project) -> Finding:
    what, agent = f"{project.key}: agent", project.agent_name or project.agent
    with tempfile.TemporaryDirectory(prefix="checkup-") as folder:
        try:
            unfit = await workshop.agent(project).unfit(project, Path(folder))
        except ModuleError as error:
            return _bad(what, error)
    if unfit is not None:
        return Finding(what, unfit.message, unfit.failure)
    return Finding(what, f"{agent} can be started; a first run shows whether its login is accepted")


def _tests(project: Project) -> Finding:
    what = f"{project.key}: tests"
    if not project.run_tests:
        return Finding(what, sentence("tests_not_run"))
    if not project.test_command:
        return Finding(what, sentence("test_command_missing"), "test_command_missing")
    program, command = project.test_command[0], " ".join(project.test_command)
    relative = "/" in program and not program.startswith("/")  # shows in a worktree only
    if not relative and found(program, Place(tree=NOWHERE)) is None:
        return Finding(
            what, f"{program}: {sentence('test_command_missing')}", "test_command_missing"
        )
    return Finding(what, command)


def _bad(what: str, error: ModuleError) -> Finding:
    told = in_full(error)
    return Finding(what, told, error.code)
