"""What a repository's history tells, and what is suspected of it. Values only; every name, path and
title in them was written by whoever may commit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

Range = tuple[int, int]  # first and last line; the last is one less than the first where none is


@dataclass(frozen=True)
class Hunk:
    """A run of lines that a commit wrote: `after` counts them in the file as it left it, `before`
    what stood there, in the file as it found it.

    `text` is the patch's, each line with its sign, and empty where it is long or nobody told it;
    `inside` is what git says that the lines are in: the last line before that begins with a letter.
    """

    before: Range
    after: Range
    text: str = ""
    inside: str = ""

    @property
    def added(self) -> tuple[str, ...]:
        return tuple(line[1:].strip() for line in self.text.split("\n") if line[:1] == "+")

    @property
    def removed(self) -> tuple[str, ...]:
        return tuple(line[1:].strip() for line in self.text.split("\n") if line[:1] == "-")


@dataclass(frozen=True, kw_only=True)
class ChangedFile:
    """A file as a commit left it. `hunks` is empty where only the name changed, and where nobody
    told them; `previous_path` is the name before a rename."""

    path: str
    hunks: tuple[Hunk, ...] = ()
    previous_path: str = ""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """`at` is when it got its place in the history (the committer's date), `pull` the number of the
    pull request that brought it. Without `parents` it follows the next older one that is known; a
    merge has two and more, and no files."""

    sha: str
    author: str
    at: datetime
    title: str
    files: tuple[ChangedFile, ...]
    url: str = ""
    pull: int | None = None
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One release that went out to one environment."""

    at: datetime
    environment: str
    release: str = ""
    sha: str = ""
    url: str = ""


class History(Protocol):
    """A repository's past. Every failure is a ModuleError."""

    async def commits(
        self, since: datetime, until: datetime, limit: int, *, paths: tuple[str, ...] = ()
    ) -> tuple[Commit, ...]:
        """At most `limit`, newest first, children before their parents. `paths` may narrow them
        where each commit costs a request."""
        ...

    async def deployments(self, since: datetime, until: datetime) -> tuple[Deployment, ...]:
        """Newest first; none where nobody tells them."""
        ...


@dataclass(frozen=True, kw_only=True)
class Suspicion:
    """`score` goes from 0 to 1 and only ranks: it is no probability."""

    commit: Commit
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What may have caused an error, likeliest first. `looked_at` counts the commits of the time;
    `source` says where they are from."""

    suspicions: tuple[Suspicion, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    recently_changed: tuple[str, ...] = ()  # files of the stack
    looked_at: int = 0
    source: str = ""
