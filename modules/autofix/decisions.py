"""What a person's decision makes of a job. No I/O."""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

from .errors import DiffChanged, NoGuidance, NotWaiting
from .job import ACTIVE, Decision, Job, Outcome, Stage, Status
from .reasons import sentence


def decided(job: Job, decision: Decision, now: datetime) -> Job:
    """The job as it is then. One that is queued is to be put into the queue again.

    Raises NotWaiting where the decision does not fit, DiffChanged where another diff is approved,
    NoGuidance where a guide says nothing.
    """
    return _DECISIONS[decision.kind](job, decision, now)


def diff_sha256(job: Job) -> str:
    """What an approval names: the diff that the person saw."""
    diff = job.last.diff if job.last else ""
    return sha256(diff.encode()).hexdigest()


def cancelled(job: Job, now: datetime, why: str) -> Job:
    return _over(job, now, None, "cancelled", why)


def _approve(job: Job, decision: Decision, _now: datetime) -> Job:
    _waits(job, "approved")
    shown = job.last is not None and bool(job.last.diff)
    if shown and decision.diff_sha256 is None:
        raise DiffChanged("An approval names the diff that was read: give its diff_sha256.")
    if decision.diff_sha256 is not None and decision.diff_sha256 != diff_sha256(job):
        raise DiffChanged
    return job.model_copy(update={**_ON, "approved": True})


def _guide(job: Job, decision: Decision, _now: datetime) -> Job:
    _waits(job, "guided")
    if not decision.text.strip():
        raise NoGuidance("A guided attempt needs words.")
    update = {"stage": Stage.FIX, "approved": False, "proof": None, "findings": ()}
    return job.model_copy(update={**_ON, **update, "instructions": _with(job, decision)})


def _wont_fix(job: Job, _decision: Decision, now: datetime) -> Job:
    _not_over(job)
    return _over(job, now, Outcome.WONT_FIX, "wont_fix", sentence("wont_fix"))


def _cancel(job: Job, _decision: Decision, now: datetime) -> Job:
    _not_over(job)
    return cancelled(job, now, sentence("cancelled"))


def _retry(job: Job, decision: Decision, _now: datetime) -> Job:
    """From the beginning, of the same generation and thus on the same branch; attempts stay."""
    again = job.status in (Status.FAILED, Status.CANCELLED) or job.outcome is Outcome.DRAFT
    if job.status in ACTIVE or not again:
        raise NotWaiting(
            f"The job {_state(job)}; only one that failed, was cancelled or ended as a draft can be retried."
        )
    update = {
        "stage": Stage.GATHER,
        "outcome": None,
        "error_message": None,
        "completed_at": None,
        "retry_count": 0,
        "approved": False,
        "proof": None,
        "findings": (),
        "instructions": _with(job, decision),
    }
    return job.model_copy(update={**_ON, **update})


# What came of the job so far was told; what comes of it now is news.
_ON: Final = {"status": Status.QUEUED, "reason": None, "not_before": None, "notices": ()}
_DECISIONS: Final[Mapping[str, Callable[[Job, Decision, datetime], Job]]] = {
    "approve": _approve,
    "guide": _guide,
    "wont_fix": _wont_fix,
    "cancel": _cancel,
    "retry": _retry,
}


def _waits(job: Job, what: str) -> None:
    if job.status is not Status.WAITING:
        raise NotWaiting(f"The job {_state(job)}; only one that waits can be {what}.")


def _not_over(job: Job) -> None:
    if job.status not in ACTIVE:
        raise NotWaiting(f"The job {_state(job)} already.")


def _state(job: Job) -> str:
    over = {
        Status.SUCCEEDED: "succeeded",
        Status.FAILED: "failed",
        Status.CANCELLED: "was cancelled",
    }
    return over.get(job.status, f"is {job.status}")


def _over(job: Job, now: datetime, outcome: Outcome | None, reason: str, told: str) -> Job:
    return job.model_copy(
        update={
            "status": Status.CANCELLED,
            "outcome": outcome,
            "reason": reason,
            "error_message": f"{reason}: {told}",
            "completed_at": now,
        }
    )


def _with(job: Job, decision: Decision) -> str:
    return "\n\n".join(filter(None, (job.instructions, decision.text.strip())))
