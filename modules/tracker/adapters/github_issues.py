"""Issues of a repository on GitHub.

A marker is looked for in the newest issues with our label first: GitHub's search shows an issue
only some time after it was made, and then it would be made again. The search finds the old ones.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from modules.framework.errors import in_full
from modules.github import issues
from modules.github.client import GitHubClient
from modules.github.errors import (
    Away,
    BadAnswer,
    Forbidden,
    GitHubError,
    Limited,
    Missing,
    Rejected,
)
from modules.github.models import Issue, User
from modules.github.repositories import get_repository
from modules.tracker.errors import NoSuchTicket, TrackerRefused
from modules.tracker.ports import LABEL, LABEL_COLOR, Filed, Priority, Ticket, TicketState

from .words import away, limited, on_the_way_to

PAGES: Final = 2  # of issues with our label: 200, more than are made before the search knows them
WORDS: Final = 200  # characters: the search takes 256
PAGES_OF_COMMENTS: Final = 10
PRIORITIES: Final = {"P1": "B60205", "P2": "D93F0B", "P3": "FBCA04", "P4": "C5DEF5"}
COLORS: Final = {LABEL: LABEL_COLOR, **PRIORITIES}
PLAIN: Final = "EDEDED"
logger = logging.getLogger(__name__)


class GitHubIssues:
    """Implements Tracker, in the one repository `owner/name`. A key is an issue's number."""

    name = "github"

    def __init__(self, client: GitHubClient, repository: str) -> None:
        self._client, self._repository = client, repository
        self._labels: set[str] = set()  # that are known to be there

    def __repr__(self) -> str:
        return f"GitHubIssues({self._repository!r})"

    async def aclose(self) -> None:
        await self._client.aclose()

    async def find(self, marker: str) -> Filed | None:
        """Among the newest 200 with our label; what GitHub left it out of, among the newest 100
        of all; older ones by search. What somebody else wrote is not ours, whatever it holds."""
        with _in_words_of_a_tracker():
            me = await self._client.login.name()
            for label, most in ((LABEL, PAGES), ("", 1)):
                newest = issues.newest_issues(
                    self._client, self._repository, label=label, most=most
                )
                async for issue in newest:
                    if marker in (issue.body or "") and _mine(issue.user, me):
                        return self._filed(issue)
            for issue in await self._searched(marker):
                if marker in (issue.body or "") and _mine(issue.user, me):
                    return self._filed(issue)
        return None

    async def _searched(self, marker: str) -> Sequence[Issue]:
        """None where there is no search: that must not stop what is to be filed."""
        phrase = marker.removeprefix("<!-- ").removesuffix(" -->")[-WORDS:]
        try:
            return await issues.issues_that_say(self._client, self._repository, phrase)
        except (Forbidden, Missing, Rejected) as error:
            logger.warning("old issues are not searched: %s", error.message)
            return ()

    async def create(self, ticket: Ticket) -> Filed:
        with _in_words_of_a_tracker():
            labels, missing = await self._given((*ticket.labels, ticket.priority))
            made = await issues.create_issue(
                self._client,
                self._repository,
                title=ticket.title,
                body=_within(ticket.body, _without(missing)),
                labels=labels,
            )
        return self._filed(made)

    async def get(self, key: str) -> Filed:
        with _in_words_of_a_tracker(key):
            found = await issues.get_issue(self._client, self._repository, _number(key))
        return self._filed(found)

    async def comment(self, key: str, text: str, marker: str) -> None:
        """Looked for first: a comment whose answer was lost is there."""
        with _in_words_of_a_tracker(key):
            number, me = _number(key), await self._client.login.name()
            there = await issues.all_comments(
                self._client, self._repository, number, most=PAGES_OF_COMMENTS
            )
            if any(marker in (one.body or "") and _mine(one.user, me) for one in there):
                return
            body = {"body": _within(text, "" if marker in text else f"\n\n{marker}")}
            where, what = ("issues", number, "comments"), f"a comment on #{number}"
            await self._client.change("POST", self._repository, *where, body=body, what=what)

    async def change(
        self,
        key: str,
        *,
        state: TicketState | None = None,
        priority: Priority | None = None,
        assignee: str | None = None,
        labels: tuple[str, ...] | None = None,
    ) -> Filed:
        """An assignee is a login. Labels of others stay, unless `labels` names what is to be."""
        with _in_words_of_a_tracker(key):
            there = await issues.get_issue(self._client, self._repository, _number(key))
            wanted: dict[str, Any] = {}
            if state is not None and state != there.state:
                wanted["state"] = state
            if assignee is not None and assignee != _assignee(there):
                wanted["assignees"] = [assignee] if assignee else []
            if (names := _labels(there, priority, labels)) != _names(there):
                wanted["labels"], _ = await self._given(names)
            if not wanted:
                return self._filed(there)
            edited = await issues.edit_issue(self._client, self._repository, there.number, wanted)
        return self._filed(edited)

    async def check(self) -> str:
        """What the login can do here. Whether it may write issues shows only when it does.

        Raises TrackerAway, TrackerRefused.
        """
        with _in_words_of_a_tracker():
            found = await get_repository(self._client, self._repository)
            if found.archived or not found.has_issues:
                why = "it is archived" if found.archived else "its issues are switched off"
                raise TrackerRefused(f"{self._repository} takes no issues: {why}.")
            await self._client.page(self._repository, "issues", number=1, what=issues.LIST)
        push = found.permissions is None or found.permissions.push
        return f"{self._repository}, issues can be read" + ("" if push else "; labels not given")

    async def _given(self, labels: tuple[str, ...]) -> tuple[list[str], list[str]]:
        """Those that are there now, and those that could not be made."""
        missing = [one for one in dict.fromkeys(labels) if not await self._made(one)]
        return [one for one in dict.fromkeys(labels) if one not in missing], missing

    async def _made(self, label: str) -> bool:
        """A label is not worth an issue: where it cannot be made, it is left out."""
        if label in self._labels:
            return True
        client, repository = self._client, self._repository
        try:
            if not await issues.label_there(client, repository, label):
                color = COLORS.get(label, PLAIN)
                about = "An error that Sentry reported" if label == LABEL else ""
                await issues.make_label(client, repository, label, color=color, description=about)
        except (Forbidden, Missing, Rejected) as error:
            logger.warning("a label is left out: %s", error.message)
            return False
        self._labels.add(label)
        return True

    def _filed(self, issue: Issue) -> Filed:
        """Its address is made here: a link is not taken from an answer."""
        names = _names(issue)
        return Filed(
            key=str(issue.number),
            url=f"{self._client.server.web}/{self._repository}/issues/{issue.number}",
            state="closed" if issue.state == "closed" else "open",
            title=issue.title,
            assignee=_assignee(issue),
            priority=next((name for name in names if name in PRIORITIES), ""),
            labels=names,
        )


def _names(issue: Issue) -> tuple[str, ...]:
    return tuple(label.name for label in issue.labels)


def _assignee(issue: Issue) -> str:
    return issue.assignees[0].login if issue.assignees else ""


def _labels(
    issue: Issue, priority: Priority | None, labels: tuple[str, ...] | None
) -> tuple[str, ...]:
    """Which it is to have. There is one priority."""
    names = _names(issue)
    if labels is not None:
        names = (*labels, *(name for name in names if name in PRIORITIES and name not in labels))
    if priority is not None and priority not in names:
        names = (*(name for name in names if name not in PRIORITIES), priority)
    return names


def _mine(user: User | None, me: str) -> bool:
    """A workflow's token cannot tell whose it is; it writes as a bot."""
    by = user or User()
    return by.login == me if me else by.bot


def _number(key: str) -> int:
    """Raises NoSuchTicket."""
    if not key.isascii() or not key.isdigit():
        raise NoSuchTicket(f"No issue on GitHub is called {key[:32]!r}.")
    return int(key)


def _without(missing: list[str]) -> str:
    """Where a reader looks for the label."""
    names = ", ".join(missing)
    return f"\n\n_Labels that could not be made here: {names}._" if missing else ""


def _within(text: str, end: str) -> str:
    """Not longer than GitHub takes. What is cut is the end of `text`, but its marker."""
    room = issues.LONGEST - len(end)
    if len(text) <= room:
        return text + end
    marker = text[text.rfind("<!--") :] if "<!--" in text else ""
    kept = marker if len(marker) < 400 else ""
    return f"{text[: room - len(kept) - 2]}\n{kept}\n"[:room] + end


@contextmanager
def _in_words_of_a_tracker(key: str = "") -> Iterator[None]:
    """`key`: of the issue that all is about, so that what is missing is that issue."""
    try:
        with on_the_way_to("GitHub", setting="GITHUB_REPO"):
            yield
    except Limited as error:
        raise limited("GitHub", error.retry_after_s) from None
    except (Away, BadAnswer):
        raise away("GitHub") from None
    except Missing as error:
        if key:
            raise NoSuchTicket(f"There is no issue #{key} on GitHub, or no more.") from None
        raise _refused(error) from None
    except GitHubError as error:
        raise _refused(error) from None


def _refused(error: GitHubError) -> TrackerRefused:
    return TrackerRefused(
        in_full(error) if isinstance(error, Rejected) else error.message,
        recovery="Check GITHUB_REPO, and that the login may write issues there (docs/trackers.md).",
    )
