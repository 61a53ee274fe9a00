"""What became of our pull requests, counted, and the lessons that people take from it. No I/O.

A lesson is proposed from what a person with write access wrote where a pull request was closed, or
merged after edits. It goes into prompts only once the operator has approved it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from modules.safetext.sinks import for_line

from .ci_rounds import Followed
from .describe import MARKER, PLAIN_NAME
from .job import Job
from .review import Remark

LONGEST: Final = 300  # characters of a lesson
TAUGHT: Final = 10  # lessons in a prompt, the newest
HEARD: Final = 2  # remarks that make a proposal, the last ones


class Fate(StrEnum):
    """What people did with a pull request."""

    OPEN = "open"
    MERGED = "merged"
    EDITED = "edited"  # merged, with commits of somebody else
    CLOSED = "closed"


class LessonState(StrEnum):
    """Where a lesson stands with the operator."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DROPPED = "dropped"


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One sentence or two for later repairs of a project. `source` is the address of a pull
    request; empty where the operator wrote it."""

    id: str
    project_key: str
    text: str
    source: str = ""
    state: LessonState = LessonState.PROPOSED
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """How many pull requests of one kind people took. `error_type` is the exception's, `other`
    where that is no plain name."""

    project: str
    agent: str
    error_type: str
    merged: int
    edited: int
    closed: int
    open: int

    @property
    def share(self) -> float | None:
        """Of those that people decided about; None where there are none yet."""
        decided = self.merged + self.edited + self.closed
        return (self.merged + self.edited) / decided if decided else None


def fate(pull: Followed) -> Fate:
    """Heads that are not known count as ours."""
    if pull.state == "merged":
        edited = pull.head_sha and pull.pushed_sha and pull.head_sha != pull.pushed_sha
        return Fate.EDITED if edited else Fate.MERGED
    return Fate.CLOSED if pull.state == "closed" else Fate.OPEN


def acceptance(kept: Iterable[tuple[Followed, Job]]) -> tuple[Acceptance, ...]:
    """By project, agent and error type; those with most pull requests first."""
    counts: dict[tuple[str, str, str], Counter[Fate]] = {}
    for pull, job in kept:
        what = (pull.project_key, _agent(job), _type(job))
        counts.setdefault(what, Counter())[fate(pull)] += 1
    found = [
        Acceptance(
            project=project,
            agent=agent,
            error_type=kind,
            merged=count[Fate.MERGED],
            edited=count[Fate.EDITED],
            closed=count[Fate.CLOSED],
            open=count[Fate.OPEN],
        )
        for (project, agent, kind), count in counts.items()
    ]
    return tuple(sorted(found, key=lambda one: (-_size(one), one.project, one.error_type)))


def _size(one: Acceptance) -> int:
    return one.merged + one.edited + one.closed + one.open


def _agent(job: Job) -> str:
    return (job.last.agent if job.last else "") or "unknown"


def _type(job: Job) -> str:
    kind = job.problem.type if job.problem else ""
    return kind if PLAIN_NAME.fullmatch(kind) else "other"


def teaches(before: Followed, after: Followed) -> bool:
    """Whether it has just ended in a way that something can be learnt from."""
    return before.state == "open" and fate(after) in (Fate.CLOSED, Fate.EDITED)


def proposal(remarks: Sequence[Remark]) -> str:
    """What people who may write to the repository said last; empty where they said nothing."""
    said = [one.text for one in remarks if one.writer and not one.bot and not _ours(one)]
    return for_line(" / ".join(said[-HEARD:]), LONGEST)


def _ours(remark: Remark) -> bool:
    return remark.mine and MARKER.search(remark.text) is not None


def taught(lessons: Iterable[Lesson], project_key: str) -> tuple[str, ...]:
    """The texts for a prompt: approved ones, the newest."""
    own = [
        one
        for one in lessons
        if one.state is LessonState.APPROVED and one.project_key == project_key
    ]
    newest = sorted(own, key=lambda one: one.created_at, reverse=True)[:TAUGHT]
    return tuple(for_line(one.text, LONGEST) for one in reversed(newest))
