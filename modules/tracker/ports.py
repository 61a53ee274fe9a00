"""What tracked issues need from outside: a tracker, and the history of a repository. No I/O."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

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
        """Once for each marker."""
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


@dataclass(frozen=True, kw_only=True)
class ChangedFile:
    """`ranges` are the first and last changed line, of the file as it is after the commit."""

    path: str
    ranges: tuple[tuple[int, int], ...] = ()
    previous_path: str = ""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One change of a repository. `title` is the first line of what its author wrote."""

    sha: str
    author: str
    at: datetime
    title: str
    files: tuple[ChangedFile, ...]
    url: str = ""
    pull: int | None = None


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A release that went to an environment."""

    at: datetime
    environment: str
    release: str
    sha: str
    url: str


class History(Protocol):
    """Of one repository, newest first. Raises TrackerAway, TrackerRefused."""

    async def commits(self, since: datetime, until: datetime, limit: int) -> tuple[Commit, ...]:
        """Of the default branch."""
        ...

    async def deployments(self, since: datetime, until: datetime) -> tuple[Deployment, ...]:
        """None where the repository tells of none."""
        ...


@dataclass(frozen=True, kw_only=True)
class Suspicion:
    """A commit that may have caused an error, and why it is thought so."""

    commit: Commit
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What may have caused an error, likeliest first. `looked_at` counts commits; `source` names
    where they were read."""

    suspicions: tuple[Suspicion, ...]
    deployments: tuple[Deployment, ...]
    recently_changed: tuple[str, ...]
    looked_at: int
    source: str
