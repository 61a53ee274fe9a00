"""Where an agent works: its worktree, what the set-up made for it, what its git is part of."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from modules.autofix.ports import AgentTask
from modules.autofix.project import Project

from .sandbox.place import Mount, Place
from .sandbox.programs import found, is_inside, needs

Mounts = Callable[[Project, str], tuple[Mount, ...]]


def nothing(_: Project, __: str) -> tuple[Mount, ...]:
    return ()


def agent_place(
    task: AgentTask, project: Project, tree: Path, mounts: Mounts, *, guide: Path | None = None
) -> Place:
    """Without its gateway."""
    place = Place(
        tree=tree,
        mounts=mounts(project, task.base),
        protected=task.protected,
    )
    reads = (*task.reads, *map(Path, project.reads), *([guide] if guide else []))
    return replace(place, reads=(*reads, *_for_tests(project, place)))


def _for_tests(project: Project, place: Place) -> tuple[Path, ...]:
    """An agent runs the tests too, so what their program is part of is there."""
    there = replace(place, folder=project.folder)
    program = found(project.test_command[0], there) if project.test_command else None
    return needs(program) if program is not None and not is_inside(program, there) else ()
