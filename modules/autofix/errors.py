"""How a repair leaves its path.

ModuleError
├── Ended           conflict  the job is over, with this outcome and reason
├── Parked          upstream  not the job's fault: go on at a later time, no attempt used up
├── LostJob         conflict  the job was cancelled, or another worker has it
├── AutofixPaused   conflict  the kill switch is on
├── AutofixDisabled configuration  it is switched off
├── NotMapped       configuration  the project has no repository
├── NoSuchJob       not_found      there is no job of that name
├── NoSuchLesson    not_found      there is no lesson of that name
├── NoSuchPullRequest not_found    no repair has a pull request of that number
├── NotWaiting      conflict       the decision does not fit where the job stands
├── NoGuidance      validation     guided without a word
├── DiffChanged     conflict       another diff than the job's was approved
└── NotTold         upstream       a notice did not arrive; its reason says why
"""

from datetime import datetime

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError

from .job import Outcome
from .reasons import sentence


class Ended(ModuleError):
    """The job is over."""

    code = "autofix_ended"
    category = Category.CONFLICT

    def __init__(
        self,
        outcome: Outcome,
        reason: str,
        message: str,
        *,
        pull_url: str | None = None,
        pull_number: int | None = None,
    ) -> None:
        super().__init__(message)
        self.outcome, self.reason = outcome, reason
        self.pull_url, self.pull_number = pull_url, pull_number


class Parked(ModuleError):
    """The job waits for a time to come: an outage, a usage limit, a login that ran out."""

    code = "autofix_parked"
    category = Category.UPSTREAM
    retryable = True

    def __init__(self, reason: str, message: str, *, until: datetime) -> None:
        super().__init__(message)
        self.reason, self.until = reason, until


class LostJob(ModuleError):
    """The job was cancelled or belongs to another worker by now."""

    code = "autofix_job_lost"
    category = Category.CONFLICT
    recovery = "Nothing to do: whoever has it goes on."


class AutofixDisabled(ModuleError):
    """Autofix is switched off here."""

    code = "autofix_disabled"
    category = Category.CONFIGURATION
    recovery = "Set SENTRY_FIXER_ENABLED=true, and map projects with SENTRY_PROJECTS."


class NotMapped(ModuleError):
    """The project has no repository."""

    code = "unmapped_project"
    category = Category.CONFIGURATION
    recovery = (
        "Add it to SENTRY_PROJECTS (key:projectId:projectSlug:repoPath) or the projects file."
    )


class NotTold(ModuleError):
    """A notice did not arrive."""

    code = "autofix_not_told"
    category = Category.UPSTREAM

    def __init__(self, reason: str) -> None:
        super().__init__(sentence(reason))
        self.reason = reason


class NoSuchJob(ModuleError):
    """There is no such job."""

    code = "autofix_no_such_job"
    category = Category.NOT_FOUND
    recovery = "List the jobs to see their ids."


class NoSuchLesson(ModuleError):
    """There is no such lesson."""

    code = "autofix_no_such_lesson"
    category = Category.NOT_FOUND
    recovery = "`sentry-monitor lessons` lists them with their ids."


class NoSuchPullRequest(ModuleError):
    """No repair has a pull request of that number."""

    code = "autofix_no_such_pull_request"
    category = Category.NOT_FOUND
    recovery = "List the pull requests without a number."


class NotWaiting(ModuleError):
    """The decision does not fit where the job stands."""

    code = "autofix_not_waiting"
    category = Category.CONFLICT
    recovery = "Look at the job, then decide again."


class DiffChanged(ModuleError):
    """The diff that was approved is not the job's last one."""

    code = "autofix_diff_changed"
    category = Category.CONFLICT
    recovery = "Look at the diff as it is now, then approve that."


class AutofixPaused(ModuleError):
    """The kill switch is on."""

    code = "autofix_paused"
    category = Category.CONFLICT
    retryable = True
    recovery = "A person lifts it: `sentry-monitor autofix --resume`."


class NoGuidance(ModuleError):
    """Whoever guides says how."""

    code = "autofix_no_guidance"
    category = Category.VALIDATION
    recovery = "Give text: what the agent is to do differently."
