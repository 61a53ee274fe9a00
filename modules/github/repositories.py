"""Endpoints of repositories and commits."""

from .client import GitHubClient
from .errors import Moved
from .models import Check, Checks, Repository, Status, Statuses, read
from .protocol import is_name


async def get_repository(client: GitHubClient, name: str) -> Repository:
    """`GET /repos/{owner}/{repo}`. Raises Moved: a read follows the redirect of a repository that
    was renamed, and the answer tells its new name."""
    what = f"the repository {name}"
    found = read(Repository, await client.get(name, what=what), what=what)
    if found.full_name.casefold() != name.casefold():
        now_called = found.full_name if is_name(found.full_name) else "another one"
        raise Moved(f"The repository {name} has a new name: {now_called}.")
    return found


async def list_checks(client: GitHubClient, name: str, sha: str) -> tuple[Check, ...]:
    """`GET /repos/{owner}/{repo}/commits/{ref}/check-runs`: the latest run of each, 100 at most."""
    what, query = "the checks of a commit", [("filter", "latest"), ("per_page", "100")]
    data = await client.get(name, "commits", sha, "check-runs", query=query, what=what)
    return read(Checks, data, what=what).check_runs


async def list_statuses(client: GitHubClient, name: str, sha: str) -> tuple[Status, ...]:
    """`GET /repos/{owner}/{repo}/commits/{ref}/status`: the last of each context, 100 at most."""
    what = "the statuses of a commit"
    query = [("per_page", "100")]
    data = await client.get(name, "commits", sha, "status", query=query, what=what)
    return read(Statuses, data, what=what).statuses
