"""The history of a repository on GitHub, where no clone of it is at hand."""

import asyncio
from datetime import datetime
from typing import Final

from modules.github.client import GitHubClient
from modules.github.commits import get_commit, list_commits, list_deployments
from modules.github.errors import Forbidden, Missing
from modules.github.models import CommitLine, FullCommit, Patched
from modules.tracker.history import ChangedFile, Commit, Deployment

from .patches import changed_in, pull_in

PATHS: Final = 8  # each is a request
COMMITS: Final = 20  # each is a request, too


class GitHubHistory:
    """Implements History for one repository, `owner/name`, as of a commit or branch.

    Commits cost a request each, so at most COMMITS of them are read: those of the given paths.
    """

    def __init__(self, client: GitHubClient, name: str, *, tip: str = "") -> None:
        self._client, self._name, self._tip = client, name, tip

    async def commits(
        self, since: datetime, until: datetime, limit: int, *, paths: tuple[str, ...] = ()
    ) -> tuple[Commit, ...]:
        """Raises GitHubError, OutboundError."""
        asked = [self._listed(since, until, path) for path in paths[:PATHS] or ("",)]
        lines = [line for found in await asyncio.gather(*asked) for line in found]
        by_sha = {line.sha: line for line in lines if len(line.parents) < 2}
        newest = sorted(by_sha.values(), key=lambda one: one.commit.committer.date, reverse=True)
        chosen = newest[: min(limit, COMMITS)]
        full = await asyncio.gather(
            *(get_commit(self._client, self._name, one.sha) for one in chosen)
        )
        return tuple(self._commit(one) for one in full)

    async def deployments(self, since: datetime, until: datetime) -> tuple[Deployment, ...]:
        """A login that may not read them, and a repository without any, have none."""
        try:
            found = await list_deployments(self._client, self._name)
        except (Forbidden, Missing):
            return ()
        return tuple(
            Deployment(at=one.created_at, environment=one.environment, release=one.ref, sha=one.sha)
            for one in found
            if since <= one.created_at <= until
        )

    async def _listed(self, since: datetime, until: datetime, path: str) -> list[CommitLine]:
        return await list_commits(
            self._client, self._name, since=since, until=until, sha=self._tip, path=path
        )

    def _commit(self, full: FullCommit) -> Commit:
        title = full.commit.message.partition("\n")[0]
        return Commit(
            sha=full.sha,
            author=full.commit.author.name if full.commit.author else "",
            at=full.commit.committer.date,
            title=title,
            files=tuple(map(_file, full.files)),
            url=f"{self._client.server.web}/{self._name}/commit/{full.sha}",
            pull=pull_in(title),
        )


def _file(one: Patched) -> ChangedFile:
    return changed_in(one.filename, one.patch or "", previous_path=one.previous_filename)
