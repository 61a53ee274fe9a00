"""Endpoints of pull requests. One is opened, edited, labelled and talked about; that is all."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any, Final

from .client import PER_PAGE, GitHubClient
from .models import File, Pull, Remark, read

PAGES: Final = 3  # of a list: 300 pull requests, files or remarks
LIST: Final = "the list of pull requests"
READY: Final = (
    "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) "
    "{ pullRequest { isDraft } } }"
)


async def find_pull(client: GitHubClient, name: str, branch: str) -> Pull | None:
    """The newest whose head is that branch of the repository itself, open or not.

    A filter that GitHub cannot read is ignored and everything comes back, so the answer is compared.
    """
    owner = name.partition("/")[0]
    query = [
        ("head", f"{owner}:{branch}"),
        ("state", "all"),
        ("sort", "created"),
        ("direction", "desc"),
    ]
    rows = await client.page(name, "pulls", query=query, number=1, what=LIST)
    pulls = read(list[Pull], rows, what=LIST)
    ours = [pull for pull in pulls if pull.head.ref == branch and pull.from_home]
    return max(ours, key=lambda pull: pull.number, default=None)


async def open_pulls(client: GitHubClient, name: str) -> list[Pull]:
    query = [("state", "open"), ("sort", "created"), ("direction", "desc")]
    rows = await client.pages(name, "pulls", query=query, most=PAGES, what=LIST)
    return read(list[Pull], rows, what=LIST)


async def closed_pulls(client: GitHubClient, name: str, *, since: datetime) -> list[Pull]:
    """Those that were closed since. Sorted by their last change, so that older pages are not
    asked for: what was closed later was changed later."""
    found: list[Pull] = []
    async for page in _by_change(client, name):
        found += [pull for pull in page if pull.closed_at is not None and pull.closed_at >= since]
        oldest = page[-1].updated_at if page else None
        if oldest is not None and oldest < since:
            break
    return found


async def _by_change(client: GitHubClient, name: str) -> AsyncIterator[list[Pull]]:
    query = [("state", "closed"), ("sort", "updated"), ("direction", "desc")]
    for number in range(1, PAGES + 1):
        rows = await client.page(name, "pulls", query=query, number=number, what=LIST)
        yield read(list[Pull], rows, what=LIST)
        if len(rows) < PER_PAGE:
            break


async def get_pull(client: GitHubClient, name: str, number: int) -> Pull:
    what = f"the pull request #{number} of {name}"
    return read(Pull, await client.get(name, "pulls", number, what=what), what=what)


async def changed_files(client: GitHubClient, name: str, number: int) -> tuple[str, ...]:
    what = f"the files of #{number}"
    rows = await client.pages(name, "pulls", number, "files", most=PAGES, what=what)
    return tuple(file.filename for file in read(list[File], rows, what=what))


async def create_pull(
    client: GitHubClient, name: str, *, title: str, body: str, head: str, base: str, draft: bool
) -> Pull:
    """Raises Rejected: there is one of that head already, the plan has no drafts, …"""
    what = f"a pull request of {name}"
    wanted = {"title": title, "body": body, "head": head, "base": base, "draft": draft}
    return read(Pull, await client.change("POST", name, "pulls", body=wanted, what=what), what=what)


async def edit_pull(client: GitHubClient, name: str, number: int, changes: dict[str, str]) -> Pull:
    """Its title, body or base. `draft` cannot be edited (GitHub ignores it)."""
    what = f"the pull request #{number} of {name}"
    data = await client.change("PATCH", name, "pulls", number, body=changes, what=what)
    return read(Pull, data, what=what)


async def mark_ready(client: GitHubClient, name: str, pull: Pull) -> None:
    """A draft becomes one that is asked to be reviewed: GraphQL alone can do it."""
    what = f"the draft #{pull.number} of {name}"
    await client.graphql(name, READY, {"id": pull.node_id}, what=what)


async def add_labels(client: GitHubClient, name: str, number: int, labels: Iterable[str]) -> None:
    """GitHub makes those that the repository does not know."""
    what = f"the labels of #{number}"
    body = {"labels": list(labels)}
    await client.change("POST", name, "issues", number, "labels", body=body, what=what)


async def remove_label(client: GitHubClient, name: str, number: int, label: str) -> None:
    """Raises Missing where it is not there."""
    what = f"the labels of #{number}"
    await client.change("DELETE", name, "issues", number, "labels", label, what=what)


async def list_comments(client: GitHubClient, name: str, number: int) -> list[Remark]:
    """Of the conversation, oldest first."""
    return await _remarks(client, name, "issues", number, "comments")


async def list_reviews(client: GitHubClient, name: str, number: int) -> list[Remark]:
    """Reviews, and the comments on lines."""
    reviews = await _remarks(client, name, "pulls", number, "reviews")
    return [*reviews, *await _remarks(client, name, "pulls", number, "comments")]


async def add_comment(client: GitHubClient, name: str, number: int, text: str) -> Remark:
    what, body = f"a comment on #{number}", {"body": text}
    data = await client.change("POST", name, "issues", number, "comments", body=body, what=what)
    return read(Remark, data, what=what)


async def remove_comment(client: GitHubClient, name: str, comment: int) -> None:
    """One of our own. Raises Missing where it is gone."""
    await client.change("DELETE", name, "issues", "comments", comment, what="a comment of ours")


async def _remarks(client: GitHubClient, name: str, *parts: Any) -> list[Remark]:
    what = f"the remarks on #{parts[1]}"
    rows = await client.pages(name, *parts, most=PAGES, what=what)
    return read(list[Remark], rows, what=what)
