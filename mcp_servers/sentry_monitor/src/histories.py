"""The histories of the mapped repositories: the mirrors that repairs use, read without a checkout."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from modules.autofix.project import Project, Projects
from modules.github.protocol import server_of
from modules.tracker.places import CodeMapping
from modules.tracker.suspect import Repository

from .settings import Settings

if TYPE_CHECKING:
    from modules.autofix.adapters.git_worktrees import GitWorktrees


class Histories:
    """Implements Repositories for the mapping of projects."""

    def __init__(
        self,
        settings: Settings,
        *,
        projects: Callable[[], Projects],
        repository: Callable[[], "GitWorktrees"],
    ) -> None:
        self._web = server_of(settings.github_api_url).web
        self._projects, self._repository = projects, repository

    async def __call__(self, project: str, release: str) -> Repository | None:
        """Raises BadProjects, Ended, Parked."""
        found = self._projects().of_slug(project)
        return await self._mirror(found, release) if found is not None else None

    async def _mirror(self, project: Project, release: str) -> Repository:
        """As of the release where the repository knows it, else of the base branch."""
        from modules.autofix.adapters.git_calls import ask_at_most
        from modules.tracker.adapters.local_history import LocalHistory

        trees = self._repository()
        base = await trees.fetch(project)
        known = await trees.resolve(project, release) if release else None
        tip = known or base
        files = await trees.files(project, tip)
        folder = f"{project.folder}/" if project.folder else ""
        page = f"{self._web}/{project.github}/commit/" if project.github else ""
        code = "its release" if known else f"the branch {project.base_branch}"
        return Repository(
            history=LocalHistory(partial(ask_at_most, trees.mirror(project)), tip, page=page),
            files=frozenset(file for file in files if file.startswith(folder)),
            mappings=tuple(CodeMapping(prefix, folder) for prefix in project.path_prefixes),
            source=f"the repository of {project.key}, {code}",
        )
