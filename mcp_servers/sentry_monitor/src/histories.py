"""The histories of the repositories that projects are mapped to: the mirrors that repairs use, read
without a checkout; else what GitHub tells of them."""

import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Final

from modules.autofix.job import Problem
from modules.autofix.project import Project, Projects
from modules.github.protocol import server_of
from modules.tracker.cause_text import cause_lines
from modules.tracker.places import Call, CodeMapping
from modules.tracker.suspect import Repository, moment, suspected

from .forges import github_client
from .settings import Settings

if TYPE_CHECKING:
    from modules.autofix.adapters.git_worktrees import GitWorktrees

SHA: Final = re.compile(r"(?:.*@)?([0-9a-f]{40})")  # a release that is named by its commit


class Histories:
    """Implements Repositories for the mapping of projects, and GITHUB_REPO for those that are in
    none."""

    def __init__(
        self,
        settings: Settings,
        *,
        projects: Callable[[], Projects],
        repository: Callable[[], "GitWorktrees"],
    ) -> None:
        self._settings = settings
        self._web = server_of(settings.github_api_url).web
        self._projects, self._repository = projects, repository

    async def __call__(self, project: str, release: str) -> Repository | None:
        """Raises BadProjects, Ended, Parked, GitHubError, OutboundError."""
        found = self._projects().of_slug(project)
        if found is not None:
            return await self._mirror(found, release)
        name = self._settings.github_repo
        login = self._settings.github_token or self._settings.github_app_id
        return await self._github(name, release) if name and login else None

    async def _mirror(self, project: Project, release: str) -> Repository:
        """As of the release where the repository knows it, else of the base branch."""
        trees = self._repository()
        base = await trees.fetch(project)
        return await self._as_of(project, base, release)

    async def suspects(self, project: Project, problem: Problem) -> str:
        """Implements Suspects. Raises Ended, Parked."""
        repository = await self._mirror(project, problem.release or "")
        stack = [
            Call(
                path=one.path,
                line=one.line,
                in_app=one.in_app,
                function=one.function,
                source=one.context,
            )
            for one in problem.frames
        ]
        first_seen = moment(problem.first_seen)
        if first_seen is None:
            return ""
        cause = await suspected(
            repository, [stack], first_seen=first_seen, message=problem.value or problem.title
        )
        return cause_lines(cause)

    async def _as_of(self, project: Project, base: str, release: str) -> Repository:
        from modules.autofix.adapters.git_calls import ask_at_most
        from modules.tracker.adapters.local_history import LocalHistory

        trees = self._repository()
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

    async def _github(self, name: str, release: str) -> Repository:
        """A client for this one question, as it belongs to the event loop that asks."""
        from modules.github.commits import file_names
        from modules.tracker.adapters.github_history import GitHubHistory

        named = SHA.fullmatch(release)
        tip = named[1] if named else self._settings.base_branch or ""
        async with AsyncExitStack() as stack:
            client = github_client(self._settings)
            stack.push_async_callback(client.aclose)
            files = await file_names(client, name, tip or "HEAD")
            return Repository(
                history=GitHubHistory(client, name, tip=tip),
                files=files,
                source=f"{name} on GitHub",
                aclose=stack.pop_all().aclose,
            )
