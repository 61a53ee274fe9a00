"""After the pull request: what its checks and its people mean for it. No I/O.

open, checks run          wait
open, checks green        nothing to do but to see what becomes of it
open, checks red          another attempt on the same branch, told which failed; `ci_rounds` times
still red                 one comment for that commit; from here on it is people's
a person wrote or pushed  it is theirs, at once
merged, closed            over; what became of it is kept
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from modules.safetext.sinks import for_line, for_markdown

from .describe import MARKER
from .job import ACTIVE, Job, Outcome, Stage, Status, StopAt
from .reasons import sentence
from .review import CheckRun, Light, Remark, Standing

FOLLOWED: Final = timedelta(days=30)  # then nobody looks any more what became of it
MENDED: Final = timedelta(days=7)  # then checks start nothing any more
SOON: Final = timedelta(seconds=60)
LATER: Final = timedelta(minutes=30)
BEGUN: Final = timedelta(hours=1)  # where nothing runs by then, nothing will
FAILURES: Final = 10  # checks that are told about
OUTPUT: Final = 4000  # characters of all of them


class Phase(StrEnum):
    """Where a pull request of ours stands among its checks."""

    WATCHED = "watched"  # its checks may still start an attempt
    MENDING = "mending"  # an attempt is under way
    THEIRS = "theirs"  # people have it; only its end is of interest
    OVER = "over"  # merged, closed, or too old


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A pull request of ours, as it is kept."""

    job_id: str
    project_key: str
    number: int
    url: str
    outcome: Outcome  # of the repair when it was proposed: fixed or draft
    opened_at: datetime
    phase: Phase = Phase.WATCHED
    why: str = ""  # of `theirs`: a reason
    state: str = "open"  # open, closed, merged
    light: Light | None = None  # of the checks, as they were last seen
    pushed_sha: str = ""  # the head that we pushed last
    head_sha: str = ""  # the head that was seen last
    merge_sha: str = ""
    ended_at: datetime | None = None
    rounds: int = 0  # attempts that red checks have started
    tried_sha: str = ""  # the head whose checks started the last one


class Move(StrEnum):
    """What is to be done about it now."""

    NOTHING = "nothing"
    MEND = "mend"
    HAND_OVER = "hand_over"


def seen(pull: Followed, standing: Standing, job: Job, now: datetime) -> Followed:
    """With what the forge says about it, and where its job stands."""
    ours = {attempt.commit for attempt in job.attempts}
    head = standing.head
    pull = replace(
        pull,
        state=standing.state,
        head_sha=head,
        pushed_sha=head if head in ours else pull.pushed_sha,
    )
    if standing.state != "open":
        merged, ended = standing.merge_sha or "", standing.closed_at or now
        return replace(pull, phase=Phase.OVER, merge_sha=merged, ended_at=ended)
    moved = head not in ("", *ours)
    if pull.phase is not Phase.THEIRS and (moved or job.status is Status.CANCELLED):
        pull = theirs(pull, "people_at_work" if moved else "cancelled")
    if now - pull.opened_at > FOLLOWED:
        return replace(pull, phase=Phase.OVER)
    if pull.phase is Phase.THEIRS:
        return pull
    return replace(pull, phase=Phase.MENDING if job.status in ACTIVE else Phase.WATCHED)


def move(pull: Followed, *, ci_rounds: int, now: datetime) -> Move:
    """After `seen`, and with the light of its checks."""
    if pull.phase is not Phase.WATCHED or pull.light != "red" or ci_rounds == 0:
        return Move.NOTHING
    if now - pull.opened_at > MENDED:
        return Move.NOTHING
    fresh = pull.tried_sha != pull.head_sha  # an attempt that pushed nothing new mended nothing
    return Move.MEND if fresh and pull.rounds < ci_rounds else Move.HAND_OVER


def people_spoke(remarks: Sequence[Remark]) -> bool:
    """A bot's words count for nobody. Ours carry a marker: without one, the person whose token we
    have wrote it."""
    return any(not one.bot and not (one.mine and MARKER.search(one.text)) for one in remarks)


def next_look(pull: Followed, now: datetime) -> datetime:
    """Soon while something may have to be done, else now and then."""
    age = now - pull.opened_at
    runs = pull.light in ("pending", "red") or (pull.light is None and age < BEGUN)
    waits = pull.phase is Phase.WATCHED and runs and age < MENDED
    return now + (SOON if waits or pull.phase is Phase.MENDING else LATER)


def mending(pull: Followed) -> Followed:
    """One more attempt begins, because of the checks of this head."""
    return replace(pull, phase=Phase.MENDING, rounds=pull.rounds + 1, tried_sha=pull.head_sha)


def theirs(pull: Followed, why: str) -> Followed:
    return replace(pull, phase=Phase.THEIRS, why=why)


def again(job: Job, runs: Sequence[CheckRun]) -> Job:
    """The job of one more attempt: it is told which checks failed. It gets no further one by
    itself, and where a person has approved a diff, the next one waits for an approval, too."""
    failed = job.last and job.last.model_copy(update={"failure": failure(runs)})
    attempts = (*job.attempts[:-1], failed) if failed else job.attempts
    return job.model_copy(
        update={
            "attempts": attempts,
            "stage": Stage.FIX,
            "outcome": None,
            "reason": None,
            "error_message": None,
            "completed_at": None,
            "proof": None,
            "findings": (),
            "retry_count": job.max_retries,
            "approved": job.approved and job.stop_at is StopAt.PLAN,
        }
    )


def failure(runs: Sequence[CheckRun]) -> str:
    """What the next attempt is told, and the job keeps: cut, and without what looks like a secret.
    Prompts mark it as strangers' text."""
    red = [run for run in runs if run.light == "red"][:FAILURES]
    share = OUTPUT // max(1, len(red))
    lines = [f"{for_line(run.name, 100)}\n{for_markdown(run.told, share)}" for run in red]
    return "\n".join([f"ci_red: {sentence('ci_red')}", *lines])


def handed_over(job: Job, pull: Followed, runs: Sequence[CheckRun]) -> str:
    """The comment for a head that stays red; one for each, by its marker."""
    names = "\n".join(run.name for run in runs if run.light == "red")
    tried = (
        f"{pull.rounds} further attempt(s) did not mend it" if pull.rounds else "no attempt is left"
    )
    return (
        f"🤖 The checks of this commit failed, and {tried}. It needs a person now.\n\n"
        f"{for_markdown(names, 1000)}\n\n"
        f"<!-- sentry-monitor: job={job.id} ci={pull.head_sha} -->"
    )
