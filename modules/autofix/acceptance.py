"""Whether an issue may have one more job, from the jobs it has had. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from .job import ACTIVE, Job, Outcome, Status
from .project import Budget

Verdict = Literal["queued", "duplicate", "rate_limited", "wont_fix"]
# What may be otherwise the next time that Sentry tells of the issue.
PASSING: Final = frozenset(
    {
        "below_threshold",
        "budget_day",
        "budget_project",
        "budget_open_prs",
        "in_progress_elsewhere",
        "not_unresolved",
        "unmapped_project",
    }
)


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What became of a job that was handed in; `job` is the new one, or the one in its way."""

    verdict: Verdict
    job: Job | None = None


def judge(
    job: Job, others: Sequence[Job], budget: Budget, now: datetime, *, force: bool = False
) -> Accepted:
    """`others` are the issue's jobs, newest first. A person's `force` passes over the windows of
    time and over a pull request that is there; never over a job under way or a "won't fix".

    What nobody asked for (a webhook, a poll) happens once for each generation of an issue: a
    repair that came to nothing is not tried again because the error happens again.
    """
    ours = [one for one in others if one.generation == job.generation]
    alone = job.trigger != "request"
    never = others if alone else ours
    in_the_way: list[tuple[Verdict, Iterable[Job]]] = [
        ("duplicate", (one for one in others if one.status in ACTIVE)),
        ("wont_fix", (one for one in never if one.outcome is Outcome.WONT_FIX)),
    ]
    if alone:
        in_the_way.append(("duplicate", (one for one in ours if not passing(one))))
    if not force:
        in_the_way += [
            ("duplicate", (o for o in ours if o.status is Status.SUCCEEDED and o.pr_url)),
            ("duplicate", _since(others, now - budget.dedup_window)),
            ("rate_limited", _since(others, now - budget.rate_window)),
        ]
    for verdict, jobs in in_the_way:
        for found in jobs:
            return Accepted(verdict=verdict, job=found)
    return Accepted(verdict="queued", job=job)


def passing(job: Job) -> bool:
    """Whether it ended for a reason that may have passed."""
    return job.outcome is Outcome.DECLINED and job.reason in PASSING


def generation(others: Sequence[Job], *, regressed_at: datetime | None, open_pull: bool) -> int:
    """Of the issue's next job that nobody asked for. An error that came back after its last job
    is another one, unless that job's pull request is still open: then people have it already."""
    if not others:
        return 1
    newest = max(others, key=lambda one: (one.generation, one.created_at))
    fresh = regressed_at is not None and newest.created_at < regressed_at
    over = newest.status not in ACTIVE and not open_pull
    return newest.generation + 1 if fresh and over else newest.generation


@dataclass(frozen=True, kw_only=True)
class Past:
    """What a job's row tells without its text."""

    status: Status
    outcome: Outcome | None
    created_at: datetime
    generation: int = 1


def foreseen(
    others: Sequence[Past], budget: Budget, now: datetime, *, regressed: bool
) -> Literal["", "duplicate", "rate_limited", "wont_fix"]:
    """What `judge` will say of a delivery, as far as that is certain already; empty where it is
    not. It answers whoever sent the delivery and decides nothing."""
    active = any(one.status in ACTIVE for one in others)
    if not active and any(one.outcome is Outcome.WONT_FIX for one in others):
        return "wont_fix"
    newest = max((one.generation for one in others), default=1)
    ours = [one for one in others if one.generation == newest]
    declined = [one for one in ours if one.outcome is Outcome.DECLINED]
    known = not regressed and len(declined) < len(ours)
    if active or known or _after(others, now - budget.dedup_window):
        return "duplicate"
    if declined and not regressed:
        return ""  # its reason decides, which is not known here
    return "rate_limited" if _after(others, now - budget.rate_window) else ""


def _after(others: Sequence[Past], moment: datetime) -> bool:
    return any(one.created_at > moment for one in others)


def _since(jobs: Sequence[Job], moment: datetime) -> Iterable[Job]:
    return (one for one in jobs if one.created_at > moment)
