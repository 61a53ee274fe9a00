"""Endpoints of commits and deployments. Read only."""

from datetime import datetime
from typing import Final

from .client import GitHubClient
from .models import CommitLine, Deployed, FullCommit, Listing, read

WHEN: Final = "%Y-%m-%dT%H:%M:%SZ"


async def list_commits(
    client: GitHubClient,
    name: str,
    *,
    since: datetime,
    until: datetime,
    sha: str = "",
    path: str = "",
) -> list[CommitLine]:
    """`GET /repos/{owner}/{repo}/commits`: newest first, 100 at most; of the default branch where
    `sha` names nothing else. Times are UTC."""
    what = f"the commits of {name}"
    given = {"sha": sha, "path": path, "since": since.strftime(WHEN), "until": until.strftime(WHEN)}
    query = [(key, value) for key, value in given.items() if value]
    rows = await client.page(name, "commits", query=query, number=1, what=what)
    return read(list[CommitLine], rows, what=what)


async def get_commit(client: GitHubClient, name: str, sha: str) -> FullCommit:
    """`GET /repos/{owner}/{repo}/commits/{ref}`: with its files, 300 at most, and their patches,
    which large ones have not."""
    what = "a commit"
    return read(FullCommit, await client.get(name, "commits", sha, what=what), what=what)


async def list_deployments(client: GitHubClient, name: str) -> list[Deployed]:
    """`GET /repos/{owner}/{repo}/deployments`: newest first, 100 at most."""
    what = f"the deployments of {name}"
    return read(
        list[Deployed],
        await client.page(name, "deployments", number=1, what=what),
        what=what,
    )


async def file_names(client: GitHubClient, name: str, sha: str) -> frozenset[str]:
    """`GET /repos/{owner}/{repo}/git/trees/{sha}?recursive=1`: 100,000 at most."""
    what = f"the files of {name}"
    query = [("recursive", "1")]
    data = await client.get(name, "git", "trees", sha, query=query, what=what)
    return frozenset(one.path for one in read(Listing, data, what=what).tree if one.type == "blob")
