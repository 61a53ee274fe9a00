"""Whether an issue may have one more job, from the jobs it has had. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .job import ACTIVE, Job, Outcome, Status
from .project import Budget

Verdict = Literal["queued", "duplicate", "rate_limited", "wont_fix"]


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What became of a job that was handed in; `job` is the new one, or the one in its way."""

    verdict: Verdict
    job: Job | None = None


def judge(
    job: Job, others: Sequence[Job], budget: Budget, now: datetime, *, force: bool = False
) -> Accepted:
    """`others` are the issue's jobs, newest first. A person's `force` passes over the windows of
    time and over a pull request that is there; never over a job under way or a "won't fix"."""
    ours = [one for one in others if one.generation == job.generation]
    in_the_way: list[tuple[Verdict, Iterable[Job]]] = [
        ("duplicate", (one for one in others if one.status in ACTIVE)),
        ("wont_fix", (one for one in ours if one.outcome is Outcome.WONT_FIX)),
    ]
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


def _since(jobs: Sequence[Job], moment: datetime) -> Iterable[Job]:
    return (one for one in jobs if one.created_at > moment)
