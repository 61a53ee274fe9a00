"""Whether repairs can run here: each thing they need is tried, as a job would, and no money is
spent."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from mcp_servers.sentry_monitor.src.assembly import Workshop
from modules.autofix.adapters.sandbox.place import Place
from modules.autofix.adapters.sandbox.programs import found
from modules.autofix.errors import Ended, Parked
from modules.autofix.project import Project
from modules.autofix.reasons import REASONS, sentence
from modules.framework.errors import ModuleError

from .finding import Finding, refused

NOWHERE: Final = Path("/nonexistent")


async def repairs(workshop: Workshop) -> AsyncIterator[Finding]:
    sandbox = await _sandbox(workshop)
    yield sandbox
    yield await _jobs(workshop)
    try:
        projects = workshop.projects.projects
    except ModuleError as error:
        yield refused("projects", error)
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
        reason = state if state in REASONS else ""
        yield Finding(f"notifications: {place}", sentence(state), reason)


async def _sandbox(workshop: Workshop) -> Finding:
    try:
        box = await workshop.chosen_sandbox()
    except ModuleError as error:
        return refused("sandbox", error)
    return Finding("sandbox", box.means)


async def _jobs(workshop: Workshop) -> Finding:
    try:
        stopped = await workshop.jobs.stopped()
    except ModuleError as error:
        return refused("jobs", error)
    return Finding("jobs", stopped or workshop.where_jobs_are, "paused" if stopped else "")


async def _repository(workshop: Workshop, project: Project) -> Finding:
    what = f"{project.key}: repository"
    try:
        base = await workshop.repository.fetch(project)
        files = await workshop.repository.files(project, base) if project.folder else ()
    except (Ended, Parked) as end:
        return Finding(what, end.message, end.reason)
    except ModuleError as error:
        return refused(what, error)
    if project.folder and not any(file.startswith(f"{project.folder}/") for file in files):
        return Finding(what, sentence("folder_missing"), "folder_missing")
    return Finding(what, f"{project.base_branch} at {base[:12]}")


async def _agent(workshop: Workshop, project: Project) -> Finding:
    what, agent = f"{project.key}: agent", project.agent_name or project.agent
    with tempfile.TemporaryDirectory(prefix="checkup-") as folder:
        try:
            unfit = await workshop.agent(project).unfit(project, Path(folder))
        except ModuleError as error:
            return refused(what, error)
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
