"""Issues of a team in Linear.

Whoever makes an issue or a comment may choose its id (`IssueCreateInput.id`, a UUID of version 4).
Ours follow from the marker, so Linear itself refuses a second one, and nothing needs a search.
"""

import hashlib
import logging
from typing import Any, Final
from uuid import UUID

from modules.outbound.messages import Sender
from modules.tracker.errors import NoSuchTicket, TrackerRefused
from modules.tracker.ports import (
    LABEL,
    LABEL_COLOR,
    MARKER,
    Filed,
    Priority,
    Ticket,
    TicketState,
)

from . import linear_answers as answers
from . import linear_documents as documents
from .linear_api import LinearApi

PRIORITIES: Final[dict[Priority, int]] = {"P1": 1, "P2": 2, "P3": 3, "P4": 4}
NAMES: Final = {number: name for name, number in PRIORITIES.items()}
CLOSED: Final = frozenset({"completed", "canceled", "duplicate"})
OPENED: Final = ("unstarted", "backlog", "triage", "started")  # to which it is reopened
PLAIN: Final = "BEC2C8"
LIVES: Final = 3  # an issue that somebody deleted keeps its id for 30 days
logger = logging.getLogger(__name__)


class LinearIssues:
    """Implements Tracker. A key is an identifier such as OPS-5, an assignee an e-mail address."""

    name = "linear"

    def __init__(self, sender: Sender, team: str) -> None:
        """`team`: its key, as identifiers begin with it."""
        self._api, self._key = LinearApi(sender), team
        self._team: answers.Team | None = None

    def __repr__(self) -> str:
        return f"LinearIssues({self._key!r})"

    async def aclose(self) -> None:
        await self._api.aclose()

    async def find(self, marker: str) -> Filed | None:
        there = await self._with_ids(marker)
        return next((_filed(one) for one in there if not one.trashed), None)

    async def create(self, ticket: Ticket) -> Filed:
        """There is one for each marker: the one that is there is given back."""
        there = await self._with_ids(ticket.marker)
        taken = {one.id for one in there}
        if found := next((one for one in there if not one.trashed), None):
            return _filed(found)
        free = next((one for one in _ids(ticket.marker) if one not in taken), None)
        if free is None:
            raise TrackerRefused(
                "The issue was deleted in Linear again and again.",
                recovery="Restore it from the trash of Linear.",
            )
        return await self._created(ticket, free)

    async def get(self, key: str) -> Filed:
        return _filed(await self._issue(key))

    async def comment(self, key: str, text: str, marker: str) -> None:
        issue = (await self._issue(key)).id
        ident, what = _uuid(f"{issue} {marker}"), f"a comment on {key[:32]}"
        if await self._said(ident, what):
            return
        body = {"id": ident, "issueId": issue, "body": MARKER.sub("", text).strip()}
        try:
            await self._api.ask(answers.Said, documents.SAY, {"input": body}, what=what)
        except TrackerRefused:
            if not await self._said(ident, what):  # another worker was faster
                raise

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
        filed, wanted = _filed(there), dict[str, Any]()
        if state is not None and state != filed.state:
            wanted["stateId"] = await self._state(state)
        if priority is not None and priority != filed.priority:
            wanted["priority"] = PRIORITIES[priority]
        if assignee is not None and assignee.casefold() != filed.assignee.casefold():
            wanted["assigneeId"] = await self._person(assignee) if assignee else None
        if labels is not None and set(labels) != set(filed.labels):
            wanted["labelIds"] = await self._label_ids(labels)
        if not wanted:
            return filed
        variables, what = {"id": there.id, "input": wanted}, f"a change of {key[:32]}"
        done = await self._api.ask(answers.Updated, documents.CHANGE, variables, what=what)
        return _filed(done.issueUpdate.issue)

    async def check(self) -> str:
        """Whose key it is, and its team. Raises TrackerAway, TrackerRefused."""
        team = await self._of_team()
        return f"the team {self._key} is seen, with {len(team.states.nodes)} states"

    async def _created(self, ticket: Ticket, ident: str) -> Filed:
        body = {
            "id": ident,
            "teamId": (await self._of_team()).id,
            "title": ticket.title[:255],
            "description": MARKER.sub("", ticket.body).strip(),
            "priority": PRIORITIES[ticket.priority],
            "labelIds": await self._label_ids(ticket.labels),
        }
        try:
            done = await self._api.ask(
                answers.Created, documents.CREATE, {"input": body}, what="a new issue"
            )
        except (TrackerRefused, NoSuchTicket) as error:
            if (found := await self.find(ticket.marker)) is not None:
                return found  # another worker was faster
            raise TrackerRefused(error.message, recovery=error.recovery_suggestion) from error
        return _filed(done.issueCreate.issue)

    async def _with_ids(self, marker: str) -> tuple[answers.Issue, ...]:
        variables, what = {"ids": _ids(marker)}, "the issues of a marker"
        return (
            await self._api.ask(answers.Issues, documents.BY_IDS, variables, what=what)
        ).issues.nodes

    async def _issue(self, key: str) -> answers.Issue:
        """Raises NoSuchTicket, also for what lies in the trash."""
        variables, what = {"id": key}, f"the issue {key[:32]!r}"
        found = (
            await self._api.ask(answers.OneIssue, documents.BY_KEY, variables, what=what)
        ).issue
        if found is None or found.trashed:
            raise NoSuchTicket(f"There is no issue {key[:32]!r} in Linear, or no more.")
        return found

    async def _said(self, ident: str, what: str) -> bool:
        variables = {"id": ident}
        told = await self._api.ask(answers.Comments, documents.SAID, variables, what=what)
        return bool(told.comments.nodes)

    async def _of_team(self) -> answers.Team:
        if self._team is None:
            variables, what = {"key": self._key}, f"the team {self._key}"
            told = await self._api.ask(answers.Teams, documents.TEAM, variables, what=what)
            if not told.teams.nodes:
                raise TrackerRefused(
                    f"Linear does not show the team {self._key}.",
                    recovery="Check LINEAR_TEAM, and that the key may see that team.",
                )
            self._team = told.teams.nodes[0]
        return self._team

    async def _state(self, state: TicketState) -> str:
        """The first of its kind, in the team's own order."""
        team = await self._of_team()
        states = sorted(team.states.nodes, key=lambda one: one.position)
        for kind in ("completed", "canceled") if state == "closed" else OPENED:
            for one in states:
                if one.type == kind:
                    return one.id
        raise TrackerRefused(f"The team {self._key} has no state for what is {state}.")

    async def _person(self, who: str) -> str:
        variables = {"who": who}
        told = await self._api.ask(answers.Users, documents.PERSON, variables, what="a person")
        if len(told.users.nodes) != 1:
            raise TrackerRefused(
                "Linear knows no such assignee.",
                recovery="Map the assignee to the e-mail address of somebody in Linear.",
            )
        return told.users.nodes[0].id

    async def _label_ids(self, labels: tuple[str, ...]) -> list[str]:
        """A label is not worth an issue: what cannot be made is left out."""
        team, variables = (await self._of_team()).id, {"names": list(labels)}
        told = await self._api.ask(answers.Labels, documents.LABELS, variables, what="labels")
        there = {one.name: one.id for one in told.issueLabels.nodes if _usable(one, team)}
        for label in labels:
            if label not in there and (ident := await self._made_label(label, team)):
                there[label] = ident
        return [there[label] for label in dict.fromkeys(labels) if label in there]

    async def _made_label(self, label: str, team: str) -> str:
        color = f"#{LABEL_COLOR if label == LABEL else PLAIN}"
        body = {"name": label, "color": color, "teamId": team}
        try:
            done = await self._api.ask(
                answers.LabelCreated, documents.LABEL, {"input": body}, what=f"the label {label}"
            )
        except TrackerRefused as error:
            logger.warning("a label is left out: %s", error.message)
            return ""
        return done.issueLabelCreate.issueLabel.id


def _ids(marker: str) -> list[str]:
    return [_uuid(f"{marker} {life}" if life else marker) for life in range(LIVES)]


def _uuid(text: str) -> str:
    return str(UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=4))


def _usable(label: answers.Label, team: str) -> bool:
    return label.team is None or label.team.id == team


def _filed(issue: answers.Issue) -> Filed:
    return Filed(
        key=issue.identifier,
        url=_address(issue.url),
        state="closed" if issue.state.type in CLOSED else "open",
        title=issue.title,
        assignee=issue.assignee.email if issue.assignee else "",
        priority=NAMES.get(int(issue.priority), ""),
        labels=tuple(label.name for label in issue.labels.nodes),
    )


def _address(url: str) -> str:
    """Linear's own pages only; the workspace's name in it is told nowhere else."""
    return url if url.startswith("https://linear.app/") else ""
