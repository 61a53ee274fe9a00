"""Endpoints of issues and their labels. None is deleted here."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from .client import PER_PAGE, GitHubClient
from .errors import Missing, Rejected
from .models import FoundIssues, Issue, Named, Remark, read

LIST: Final = "the list of issues"
LONGEST: Final = 65_536  # characters of a body or a comment


async def newest_issues(
    client: GitHubClient, name: str, *, label: str = "", most: int
) -> AsyncIterator[Issue]:
    """Open and closed ones, of at most `most` pages of 100; pull requests are none.

    Not GitHub's search, which shows what was created only after a while.
    """
    query = [("state", "all"), ("sort", "created"), ("direction", "desc")]
    query += [("labels", label)] if label else []
    for number in range(1, most + 1):
        rows = await client.page(name, "issues", query=query, number=number, what=LIST)
        for issue in read(list[Issue], rows, what=LIST):
            if issue.pull_request is None:
                yield issue
        if len(rows) < PER_PAGE:
            return


async def issues_that_say(client: GitHubClient, name: str, phrase: str) -> tuple[Issue, ...]:
    """By GitHub's search, which knows old ones, too: words of the text in this order, hidden or
    not. A quote in `phrase` would end it."""
    what = f"the search of issues of {name}"
    words = f'"{phrase.replace(chr(34), " ")}" in:body'
    told = await client.search_issues(name, words, what=what)
    return read(FoundIssues, told, what=what).items


async def get_issue(client: GitHubClient, name: str, number: int) -> Issue:
    """Raises Missing where it was deleted, or moved to another repository: a read follows the
    redirect of that, and the answer has another number."""
    what = f"the issue #{number} of {name}"
    found = read(Issue, await client.get(name, "issues", number, what=what), what=what)
    if found.number != number:
        raise Missing(f"GitHub has moved {what} to another repository.")
    return found


async def create_issue(
    client: GitHubClient, name: str, *, title: str, body: str, labels: Sequence[str]
) -> Issue:
    """Labels that the login may not give are left out by GitHub, without a word."""
    what, wanted = f"an issue of {name}", {"title": title, "body": body, "labels": list(labels)}
    data = await client.change("POST", name, "issues", body=wanted, what=what)
    return read(Issue, data, what=what)


async def edit_issue(
    client: GitHubClient, name: str, number: int, changes: Mapping[str, Any]
) -> Issue:
    """Its state, labels, assignees: each as it is to be, so that twice is the same as once."""
    what = f"the issue #{number} of {name}"
    data = await client.change("PATCH", name, "issues", number, body=dict(changes), what=what)
    return read(Issue, data, what=what)


async def all_comments(
    client: GitHubClient, name: str, number: int, *, most: int
) -> tuple[Remark, ...]:
    """Oldest first, of at most `most` pages of 100."""
    what = f"the comments on #{number}"
    rows = await client.pages(name, "issues", number, "comments", most=most, what=what)
    return tuple(read(list[Remark], rows, what=what))


async def label_there(client: GitHubClient, name: str, label: str) -> bool:
    what = f"the label {label!r} of {name}"
    try:
        read(Named, await client.get(name, "labels", label, what=what), what=what)
    except Missing:
        return False
    return True


async def make_label(
    client: GitHubClient, name: str, label: str, *, color: str, description: str
) -> None:
    """`color` as six hexadecimal digits. One that somebody made meanwhile is as good.

    Raises Forbidden, Rejected.
    """
    body = {"name": label, "color": color, "description": description}
    try:
        await client.change("POST", name, "labels", body=body, what=f"the label {label!r}")
    except Rejected:
        if not await label_there(client, name, label):
            raise
