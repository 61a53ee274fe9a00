"""What tracked issues need from outside: a tracker, and the history of a repository. No I/O."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from modules.sentry.models import Issue

Priority = Literal["P1", "P2", "P3", "P4"]
TicketState = Literal["open", "closed"]
LABEL: Final = "Sentry"
LABEL_COLOR: Final = "362D59"  # Sentry's purple
MARKER: Final = re.compile(r"<!-- sentry-monitor:(?:issue|note) [^<>]{1,300} -->")


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """What is to be filed. `body` holds the marker, which no reader sees."""

    title: str
    body: str
    labels: tuple[str, ...]
    priority: Priority
    marker: str


@dataclass(frozen=True, kw_only=True)
class Filed:
    """An issue as its tracker has it. `key` names it there: OPS-5, 17."""

    key: str
    url: str
    state: TicketState
    title: str
    assignee: str = ""
    priority: str = ""
    labels: tuple[str, ...] = ()


class Issues(Protocol):
    """The issues of Sentry. Raises what its client raises."""

    async def organization(self) -> str:
        """Whose they are: a slug."""
        ...

    async def get(self, issue_id: str) -> Issue:
        """As it is now."""
        ...

    async def environment(self, issue_id: str) -> str:
        """Of its newest event; empty where that names none."""
        ...

    async def resolve(self, issue_id: str) -> None:
        """Since its tracked issue was closed."""
        ...


@dataclass(frozen=True)
class Comment:
    """What was said of an issue, with its marker."""

    at: datetime
    text: str


class Tracker(Protocol):
    """Every method raises TrackerAway and TrackerRefused; those with a key NoSuchTicket, too.

    `name` is builtin, github, linear or jira.
    """

    @property
    def name(self) -> str: ...

    async def find(self, marker: str) -> Filed | None:
        """Open or closed: so is found what was created while the answer was lost."""
        ...

    async def create(self, ticket: Ticket) -> Filed:
        """A second call makes a second issue: `find` goes before it."""
        ...

    async def get(self, key: str) -> Filed:
        """As it is now."""
        ...

    async def comment(self, key: str, text: str, marker: str) -> None:
        """Once for each marker, which `text` holds."""
        ...

    async def change(
        self,
        key: str,
        *,
        state: TicketState | None = None,
        priority: Priority | None = None,
        assignee: str | None = None,
        labels: tuple[str, ...] | None = None,
    ) -> Filed:
        """What is None stays; an empty assignee is nobody."""
        ...
