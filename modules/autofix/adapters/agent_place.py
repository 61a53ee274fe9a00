"""Where an agent works: its worktree, what the set-up made for it, what its git is part of."""

from collections.abc import Callable
from pathlib import Path

from modules.autofix.ports import AgentTask
from modules.autofix.project import Project

from .sandbox.place import Mount, Place

Mounts = Callable[[Project, str], tuple[Mount, ...]]


def nothing(_: Project, __: str) -> tuple[Mount, ...]:
    return ()


def agent_place(
    task: AgentTask, project: Project, tree: Path, mounts: Mounts, *, guide: Path | None = None
) -> Place:
    """Without its gateway."""
    return Place(
        tree=tree,
        reads=(*task.reads, *map(Path, project.reads), *([guide] if guide else [])),
        mounts=mounts(project, task.base),
        protected=task.protected,
    )
