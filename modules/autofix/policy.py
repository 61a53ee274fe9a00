"""What a failure, an end or a decision makes of a job. No I/O."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from .job import Job, Outcome, Stage, Status

ENDS_AS: Final[Mapping[Outcome, Status]] = {
    Outcome.FIXED: Status.SUCCEEDED,
    Outcome.DRAFT: Status.SUCCEEDED,
    Outcome.DUPLICATE_PR: Status.SUCCEEDED,
    Outcome.NOT_REPRODUCED: Status.SUCCEEDED,
    Outcome.DECLINED: Status.SUCCEEDED,
    Outcome.WONT_FIX: Status.CANCELLED,
    Outcome.BLOCKED_PATH: Status.FAILED,
    Outcome.ERROR: Status.FAILED,
}
FRUITLESS: Final = frozenset(  # another attempt would meet the same
    {
        "agent_missing",
        "test_command_missing",
        "folder_missing",
        "setup_failed",
        "suite_does_not_run_on_base",
        "tests_not_run",
    }
)


def end(job: Job, outcome: Outcome, reason: str, told: str) -> Job:
    """The job is over but for telling so."""
    return job.model_copy(
        update={
            "outcome": outcome,
            "reason": reason,
            "error_message": None if outcome is Outcome.FIXED else f"{reason}: {told}",
            "stage": Stage.ANNOUNCE,
        }
    )


def closed(job: Job, now: datetime) -> Job:
    outcome = job.outcome or Outcome.ERROR
    return job.model_copy(
        update={"status": ENDS_AS[outcome], "stage": Stage.DONE, "completed_at": now}
    )


def may_try_again(job: Job, reason: str) -> bool:
    return job.retry_count < job.max_retries and reason not in FRUITLESS


def after_failure(job: Job, reason: str, told: str) -> Job:
    """The next attempt is told why this one failed; after the last one the job has failed."""
    failed = _with_failure(job, f"{reason}: {told}")
    if may_try_again(job, reason):
        return failed.model_copy(
            update={
                "retry_count": job.retry_count + 1,
                "stage": Stage.FIX,
                "proof": None,
                "findings": (),
            }
        )
    return end(failed, Outcome.ERROR, reason, told)


def unproven(job: Job, reason: str, told: str) -> Job:
    """Tests that failed: another attempt, or a draft that says so."""
    if may_try_again(job, reason):
        return after_failure(job, reason, told)
    return _with_failure(job, f"{reason}: {told}").model_copy(update={"stage": Stage.PUBLISH})


def _with_failure(job: Job, failure: str) -> Job:
    if job.last is None:
        return job
    failed = job.last.model_copy(update={"failure": failure})
    return job.model_copy(update={"attempts": (*job.attempts[:-1], failed)})
