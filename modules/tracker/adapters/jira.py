"""Issues of a project in Jira Cloud.

Jira has no hidden text. The marker becomes a label (`sentry-monitor-…`) by which an issue is found,
and a short reference at the end of a comment. Jira's search shows what was made some seconds, or
minutes, later: what it may not know yet is read by its key, which is as it is now. Keys of a project
are numbered. Source: developer.atlassian.com, "Search after write" (`reconcileIssues` takes ids,
which nobody knows whose answer was lost) and "Bulk fetch issues".
"""

import hashlib
import logging
from collections.abc import Iterable
from typing import Any, Final

from modules.outbound.messages import Sender
from modules.tracker.errors import NoSuchTicket, TrackerRefused
from modules.tracker.ports import Filed, Priority, Ticket, TicketState

from . import adf
from . import jira_answers as answers
from .answers import read
from .jira_api import FieldsRefused, JiraApi
from .words import away

PRIORITIES: Final[dict[Priority, str]] = {
    "P1": "Highest",
    "P2": "High",
    "P3": "Medium",
    "P4": "Low",
}
NAMES: Final = {name: priority for priority, name in PRIORITIES.items()}
SEARCH: Final = "the search of issues"
OURS: Final = "sentry-monitor-"  # begins the label that stands for a marker
FIELDS: Final = "summary,status,assignee,priority,labels,creator"
BULK: Final = 100  # issues that are read at once
SUMMARY: Final = 255
PAGES: Final = 10  # of 100 comments
NEEDED: Final = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "ADD_COMMENTS",
    "TRANSITION_ISSUES",
)
NO_ASSIGNEE: Final = "Map the assignee to the e-mail address or account id of somebody in Jira."
logger = logging.getLogger(__name__)


class JiraIssues:
    """Implements Tracker. A key is Jira's own (OPS-5), an assignee an account id; an e-mail
    address is looked up."""

    name = "jira"

    def __init__(
        self, sender: Sender, project: str, *, site: str, issue_type: str = "Task"
    ) -> None:
        """`site`: the root of Jira's pages."""
        self._api, self._project = JiraApi(sender), project
        self._site, self._type = site.rstrip("/"), issue_type
        self._me = ""

    def __repr__(self) -> str:
        return f"JiraIssues({self._site!r}, {self._project!r})"

    async def aclose(self) -> None:
        await self._api.aclose()

    async def find(self, marker: str) -> Filed | None:
        """The oldest that this account made."""
        label = _reference(marker)
        found = await self._search(
            f'AND labels = "{label}" AND creator = currentUser() ORDER BY created ASC'
        )
        if found:
            return self._filed(found[0])
        return await self._not_searchable_yet(label)

    async def _not_searchable_yet(self, label: str) -> Filed | None:
        """Around the newest key that the search knows, and on while there are more."""
        me, newest = await self._account(), await self._search("ORDER BY key DESC")
        number = max(1, _number(newest[0].key) - BULK // 2 + 1) if newest else 1
        while True:
            issues = await self._numbered(range(number, number + BULK))
            for one in issues:
                if label in one.fields.labels and one.fields.made_by(me):
                    return self._filed(one)
            if not any(_number(one.key) >= number + BULK // 2 for one in issues):
                return None
            number += BULK

    async def _numbered(self, numbers: Iterable[int]) -> tuple[answers.Issue, ...]:
        """Those that are there. Raises TrackerAway where Jira cannot tell of some."""
        body = {
            "issueIdsOrKeys": [f"{self._project}-{number}" for number in numbers],
            "fields": FIELDS.split(","),
        }
        told = await self._api.change("POST", "issue", "bulkfetch", body=body, what=SEARCH)
        found = read(answers.Fetched, told, "Jira")
        if found.issueErrors:
            raise away("Jira")
        return found.issues

    async def _search(self, terms: str) -> tuple[answers.Issue, ...]:
        """The first."""
        jql = f'project = "{self._project}" {terms}'
        query = [("jql", jql), ("fields", FIELDS), ("maxResults", "1")]
        try:
            found = await self._api.get(answers.Found, "search", "jql", query=query, what=SEARCH)
        except NoSuchTicket as error:
            raise self._no_project() from error
        return found.issues

    async def create(self, ticket: Ticket) -> Filed:
        fields: dict[str, Any] = {
            "project": {"key": self._project},
            "issuetype": {"name": self._type},
            "summary": " ".join(ticket.title.split())[:SUMMARY],
            "description": adf.document(ticket.body),
            "labels": [*map(_word, ticket.labels), _reference(ticket.marker)],
        }
        try:
            made = await self._created({**fields, "priority": {"name": _name(ticket.priority)}})
            priority: str = ticket.priority
        except FieldsRefused as error:
            if error.fields != {"priority"}:
                raise
            logger.warning("an issue has no priority: the project in Jira does not take it")
            made, priority = await self._created(fields), ""
        return Filed(
            key=made,
            url=self._address(made),
            state="open",
            title=fields["summary"],
            priority=priority,
            labels=tuple(fields["labels"][:-1]),
        )

    async def get(self, key: str) -> Filed:
        return self._filed(await self._issue(key))

    async def comment(self, key: str, text: str, marker: str) -> None:
        """Looked for first: a comment whose answer was lost is there."""
        reference = _reference(marker)
        if await self._said(key, reference):
            return
        body = adf.document(text)
        small = {"type": "text", "text": reference, "marks": [{"type": "code"}]}
        body["content"].append({"type": "paragraph", "content": [small]})
        where, what = ("issue", key, "comment"), f"a comment on {key[:32]}"
        await self._api.change("POST", *where, body={"body": body}, what=what)

    async def change(
        self,
        key: str,
        *,
        state: TicketState | None = None,
        priority: Priority | None = None,
        assignee: str | None = None,
        labels: tuple[str, ...] | None = None,
    ) -> Filed:
        """Labels of others stay, unless `labels` names what is to be."""
        there = await self._issue(key)
        filed, fields = self._filed(there), dict[str, Any]()
        if priority is not None and priority != filed.priority:
            fields["priority"] = {"name": _name(priority)}
        if assignee is not None and assignee != filed.assignee:
            fields["assignee"] = {"accountId": await self._person(assignee)} if assignee else None
        if labels is not None and set(map(_word, labels)) != set(filed.labels):
            ours = [one for one in there.fields.labels if one.startswith(OURS)]
            fields["labels"] = [*map(_word, labels), *ours]
        if fields:
            body, what = {"fields": fields}, f"a change of {key[:32]}"
            await self._api.change("PUT", "issue", key, body=body, what=what)
        if state is not None and state != filed.state:
            await self._moved(key, state)
        return await self.get(key)

    async def check(self) -> str:
        """What the account may do in the project. Raises TrackerAway, TrackerRefused."""
        query = [("projectKey", self._project), ("permissions", ",".join(NEEDED))]
        try:
            told = await self._api.get(answers.Rights, "mypermissions", query=query, what="rights")
        except NoSuchTicket as error:
            raise self._no_project() from error
        rights = told.permissions
        missing = [one for one in NEEDED if one not in rights or not rights[one].havePermission]
        if missing:
            raise TrackerRefused(
                f"The account may not do in {self._project}: {', '.join(missing)}.",
                recovery="Give it a role of the project with these permissions.",
            )
        return f"{self._project}: may create, edit, comment and close"

    async def _created(self, fields: dict[str, Any]) -> str:
        """Its key."""
        try:
            made = await self._api.change(
                "POST", "issue", body={"fields": fields}, what="a new issue"
            )
        except NoSuchTicket as error:
            raise self._no_project() from error
        return read(answers.Made, made, "Jira").key

    async def _issue(self, key: str) -> answers.Issue:
        what, query = f"the issue {key[:32]!r}", [("fields", FIELDS)]
        return await self._api.get(answers.Issue, "issue", key, query=query, what=what)

    async def _said(self, key: str, reference: str) -> bool:
        """Among the newest 1,000 comments, in one of our own."""
        me, what = await self._account(), f"the comments on {key[:32]}"
        for page in range(PAGES):
            query = [
                ("orderBy", "-created"),
                ("maxResults", "100"),
                ("startAt", str(100 * page)),
            ]
            where = ("issue", key, "comment")
            told = await self._api.get(answers.Comments, *where, query=query, what=what)
            rows = told.comments
            if any(_by(one, me) and one.ends_with(reference) for one in rows):
                return True
            if len(rows) < 100:
                break
        return False

    async def _account(self) -> str:
        if not self._me:
            told = await self._api.get(answers.Account, "myself", what="the account")
            self._me = told.accountId
        return self._me

    async def _moved(self, key: str, state: TicketState) -> None:
        """By the first transition of the workflow that leads there."""
        where, what = ("issue", key, "transitions"), f"the transitions of {key[:32]}"
        told = await self._api.get(answers.Transitions, *where, what=what)
        for kind in ("done",) if state == "closed" else ("new", "indeterminate"):
            for one in told.transitions:
                if one.to.statusCategory.key == kind:
                    body = {"transition": {"id": one.id}}
                    await self._api.change("POST", *where, body=body, what=what)
                    return
        raise TrackerRefused(
            f"No transition of {key[:32]} leads to what is {state}.",
            recovery="Give the account the right to it in the workflow, or move the issue yourself.",
        )

    async def _person(self, who: str) -> str:
        """An account id by an e-mail address; an account id stays."""
        if "@" not in who:
            return who
        query = [("project", self._project), ("query", who), ("maxResults", "2")]
        where = ("user", "assignable", "search")
        found = await self._api.get(list[answers.Account], *where, query=query, what="a person")
        if len(found) != 1:
            raise TrackerRefused("Jira knows no such assignee here.", recovery=NO_ASSIGNEE)
        return found[0].accountId

    def _filed(self, issue: answers.Issue) -> Filed:
        fields = issue.fields
        return Filed(
            key=issue.key,
            url=self._address(issue.key),
            state="closed" if fields.status.statusCategory.key == "done" else "open",
            title=fields.summary,
            assignee=fields.assignee.accountId if fields.assignee else "",
            priority=NAMES.get(fields.priority.name, "") if fields.priority else "",
            labels=tuple(one for one in fields.labels if not one.startswith(OURS)),
        )

    def _address(self, key: str) -> str:
        return f"{self._site}/browse/{key}"

    def _no_project(self) -> TrackerRefused:
        return TrackerRefused(
            f"Jira does not show the project {self._project}.",
            recovery="Check JIRA_URL and JIRA_PROJECT, and that the account may see it.",
        )


def _reference(marker: str) -> str:
    return OURS + hashlib.sha256(marker.encode()).hexdigest()[:20]


def _number(key: str) -> int:
    """Of an issue in its project; 0 where that is none."""
    last = key.rpartition("-")[2]
    return int(last) if last.isascii() and last.isdigit() and len(last) < 10 else 0


def _name(priority: Priority) -> str:
    return PRIORITIES[priority]


def _word(label: str) -> str:
    """A label in Jira is one word."""
    return "-".join(label.split())


def _by(comment: answers.Comment, account: str) -> bool:
    return comment.author is not None and comment.author.accountId == account
