"""Issues of a project in Jira Cloud.

Jira has no hidden text. The marker becomes a label (`sentry-monitor-…`) by which an issue is found,
and a short reference at the end of a comment. Jira's search shows what was made some seconds later:
whoever lost the answer of a create waits before looking (TrackerAway says how long).
"""

import hashlib
import logging
from typing import Any, Final

from modules.outbound.messages import Sender
from modules.tracker.errors import NoSuchTicket, TrackerRefused
from modules.tracker.ports import Filed, Priority, Ticket, TicketState

from . import adf
from .jira_api import FieldsRefused, JiraApi

PRIORITIES: Final[dict[Priority, str]] = {
    "P1": "Highest",
    "P2": "High",
    "P3": "Medium",
    "P4": "Low",
}
NAMES: Final = {name: priority for priority, name in PRIORITIES.items()}
OURS: Final = "sentry-monitor-"  # begins the label that stands for a marker
FIELDS: Final = "summary,status,assignee,priority,labels"
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
        jql = f'project = "{self._project}" AND labels = "{label}" AND creator = currentUser()'
        query = [("jql", f"{jql} ORDER BY created ASC"), ("fields", FIELDS), ("maxResults", "1")]
        try:
            data = await self._api.get("search", "jql", query=query, what="the search of issues")
        except NoSuchTicket as error:
            raise self._no_project() from error
        rows = data.get("issues") if isinstance(data, dict) else None
        return self._filed(rows[0]) if rows else None

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
            ours = [one for one in there["fields"]["labels"] if one.startswith(OURS)]
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
            data = await self._api.get("mypermissions", query=query, what="the permissions")
        except NoSuchTicket as error:
            raise self._no_project() from error
        rights = data.get("permissions") if isinstance(data, dict) else None
        missing = [one for one in NEEDED if not _has(rights, one)]
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
        return str(made["key"])

    async def _issue(self, key: str) -> Any:
        what = f"the issue {key[:32]!r}"
        return await self._api.get("issue", key, query=[("fields", FIELDS)], what=what)

    async def _said(self, key: str, reference: str) -> bool:
        """Among the newest 1,000 comments, in one of our own."""
        me, what = await self._account(), f"the comments on {key[:32]}"
        for page in range(PAGES):
            query = [
                ("orderBy", "-created"),
                ("maxResults", "100"),
                ("startAt", str(100 * page)),
            ]
            data = await self._api.get("issue", key, "comment", query=query, what=what)
            rows = data["comments"]
            if any(_holds(one, reference, me) for one in rows):
                return True
            if len(rows) < 100:
                break
        return False

    async def _account(self) -> str:
        if not self._me:
            self._me = str((await self._api.get("myself", what="the account"))["accountId"])
        return self._me

    async def _moved(self, key: str, state: TicketState) -> None:
        """By the first transition of the workflow that leads there."""
        where, what = ("issue", key, "transitions"), f"the transitions of {key[:32]}"
        rows = (await self._api.get(*where, what=what))["transitions"]
        for kind in ("done",) if state == "closed" else ("new", "indeterminate"):
            for one in rows:
                if one["to"]["statusCategory"]["key"] == kind:
                    body = {"transition": {"id": one["id"]}}
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
        rows = await self._api.get("user", "assignable", "search", query=query, what="a person")
        if len(rows) != 1:
            raise TrackerRefused("Jira knows no such assignee here.", recovery=NO_ASSIGNEE)
        return str(rows[0]["accountId"])

    def _filed(self, issue: Any) -> Filed:
        fields = issue["fields"]
        return Filed(
            key=str(issue["key"]),
            url=self._address(str(issue["key"])),
            state="closed" if fields["status"]["statusCategory"]["key"] == "done" else "open",
            title=str(fields.get("summary", "")),
            assignee=str((fields.get("assignee") or {}).get("accountId", "")),
            priority=NAMES.get((fields.get("priority") or {}).get("name", ""), ""),
            labels=tuple(one for one in fields.get("labels", ()) if not one.startswith(OURS)),
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


def _name(priority: Priority) -> str:
    return PRIORITIES[priority]


def _word(label: str) -> str:
    """A label in Jira is one word."""
    return "-".join(label.split())


def _has(rights: Any, name: str) -> bool:
    right = rights.get(name) if isinstance(rights, dict) else None
    return isinstance(right, dict) and right.get("havePermission") is True


def _holds(comment: dict[str, Any], reference: str, me: str) -> bool:
    """The reference stands in the last paragraph, alone."""
    if (comment.get("author") or {}).get("accountId") != me:
        return False
    content = (comment.get("body") or {}).get("content") or [{}]
    texts = [node.get("text") for node in content[-1].get("content", ())]
    return texts == [reference]
