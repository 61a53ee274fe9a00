"""What people are told of a repair, and when: a decision from the job before and after a step."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .describe import PLAIN_NAME
from .job import Job, Outcome, Stage, Status, StopAt, Thread
from .project import Project
from .reasons import sentence
from .spellings import hidden


class Kind(StrEnum):
    """What a notice tells. `test` is sent by hand only."""

    PR_CREATED = "pr_created"
    FAILED = "failed"
    WAITING = "waiting"
    DUPLICATE = "duplicate"
    DECLINED = "declined"
    TEST = "test"


USUAL: Final = frozenset({Kind.PR_CREATED, Kind.FAILED, Kind.WAITING})
OF_OUTCOME: Final[Mapping[Outcome, Kind]] = {
    Outcome.FIXED: Kind.PR_CREATED,
    Outcome.DRAFT: Kind.PR_CREATED,
    Outcome.DUPLICATE_PR: Kind.DUPLICATE,
    Outcome.NOT_REPRODUCED: Kind.DECLINED,
    Outcome.DECLINED: Kind.DECLINED,
    Outcome.WONT_FIX: Kind.DECLINED,
    Outcome.BLOCKED_PATH: Kind.FAILED,
    Outcome.ERROR: Kind.FAILED,
}
HEADINGS: Final[Mapping[Kind, str]] = {  # seed document 001, "Slack Notifications"
    Kind.PR_CREATED: "🤖 Sentry Auto-Fix PR Created",
    Kind.FAILED: "❌ Sentry Auto-Fix Failed",
    Kind.WAITING: "⏳ Sentry Auto-Fix Waits for a Decision",
    Kind.DUPLICATE: "🔁 Sentry Auto-Fix Found an Existing PR",
    Kind.DECLINED: "🚫 Sentry Auto-Fix Declined",
    Kind.TEST: "🔔 Sentry Auto-Fix Test",
}
REVIEW: Final = "⚠️ Please review carefully before merging. This PR should never be auto-merged."
LOOK: Final = "sentry-monitor call get-autofix-job job_id={job} include={what}"
DECIDE: Final = "sentry-monitor call decide-autofix-job job_id={job} decision={how}"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """`label: text`, a link where there is a URL. `strange`: others wrote the text."""

    label: str
    text: str
    url: str = ""
    strange: bool = False


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What is told. `title`, `error` and what is strange of the facts are others' words as they
    came; notice_text.py makes them safe. `quiet`: bring the first message up to date, send no
    other."""

    kind: Kind
    heading: str
    title: str = ""
    facts: tuple[Fact, ...] = ()
    error: str = ""
    commands: tuple[str, ...] = ()
    footer: str = ""
    channel: str | None = None  # of the project, where it has its own
    thread: Thread | None = None
    quiet: bool = False


def marked(before: Job, after: Job, chosen: Collection[Kind]) -> Job:
    """The job with a mark of what is to be told, to be saved before it is told: whoever is killed
    in between has told it not at all, and nobody tells it twice.

    A kind that is not chosen still brings a thread that is there up to date.
    """
    kind = kind_of(before, after)
    if kind is None or kind in after.notices or not (kind in chosen or after.thread):
        return after
    return after.model_copy(update={"notices": (*after.notices, kind.value)})


def kind_of(before: Job, after: Job) -> Kind | None:
    """What there is to tell after a step; None for steps on the way."""
    if before.status is after.status:
        return None
    if after.status is Status.WAITING:
        return Kind.WAITING
    if after.stage is not Stage.DONE:
        return None
    return OF_OUTCOME[after.outcome or Outcome.ERROR]


def notice(
    job: Job,
    kind: Kind,
    project: Project,
    *,
    secrets: Collection[str] = (),
    quiet: bool = False,
) -> Notice:
    """A public project's notice holds no value of the event, only names that are names."""
    return Notice(
        kind=kind,
        heading=HEADINGS[kind],
        title=hidden(_title(job, project), secrets),
        facts=tuple(_facts(job, kind, project)),
        error=hidden(_error(job, project), secrets) if kind is Kind.FAILED else "",
        commands=_commands(job) if kind is Kind.WAITING else (),
        footer=REVIEW if kind is Kind.PR_CREATED else "",
        channel=project.slack_channel,
        thread=job.thread,
        quiet=quiet,
    )


def trial() -> Notice:
    """What is sent by hand, to see whether it arrives."""
    return Notice(
        kind=Kind.TEST,
        heading=HEADINGS[Kind.TEST],
        title="Notifications of sentry-monitor arrive here.",
    )


def _title(job: Job, project: Project) -> str:
    if not project.public:
        return job.issue_title or f"Issue {job.sentry_issue_id}"
    problem = job.problem
    what = problem.type if problem and PLAIN_NAME.fullmatch(problem.type) else "error"
    last = problem.in_app[-1].function if problem and problem.in_app else ""
    return f"{what} in {last}" if PLAIN_NAME.fullmatch(last) else what


def _facts(job: Job, kind: Kind, project: Project) -> list[Fact]:
    facts = []
    if job.pr_number is not None and kind in (Kind.PR_CREATED, Kind.DUPLICATE):
        url = job.pr_url or ""
        facts.append(Fact(label="Pull Request", text=f"#{job.pr_number}", url=url))
    if kind is Kind.PR_CREATED and job.environment and not project.public:
        facts.append(Fact(label="Environment", text=job.environment, strange=True))
    facts.append(Fact(label="Sentry Issue", text="View Issue", url=job.issue_url))
    if kind in (Kind.PR_CREATED, Kind.WAITING) and job.branch_name:
        facts.append(Fact(label="Branch", text=job.branch_name))
    facts += _why(job, kind)
    return facts


def _why(job: Job, kind: Kind) -> list[Fact]:
    if kind is Kind.FAILED:
        return [Fact(label="Retry", text=f"{job.retry_count} / {job.max_retries}")]
    if kind is Kind.WAITING:
        return [Fact(label="To decide", text=_to_decide(job))]
    if job.outcome is Outcome.DRAFT:
        return [Fact(label="Draft", text=sentence(job.reason or ""))]
    if kind in (Kind.DECLINED, Kind.DUPLICATE):
        return [Fact(label="Reason", text=sentence(job.reason or ""))]
    return []


def _to_decide(job: Job) -> str:
    attempt = f"attempt {len(job.attempts)}"
    if job.stop_at is StopAt.PLAN:
        return f"the plan of {attempt}: approve, guide or wont_fix"
    return f"the diff of {attempt}, before its branch is pushed: approve, guide or wont_fix"


def _commands(job: Job) -> tuple[str, ...]:
    """To look first: the hash that an approval names stands below the diff, and not here."""
    if job.stop_at is StopAt.PLAN:
        look, approve = LOOK.format(job=job.id, what="summary"), "approve"
    else:
        look, approve = LOOK.format(job=job.id, what="diff"), "approve diff_sha256=…"
    return look, DECIDE.format(job=job.id, how=approve)


def _error(job: Job, project: Project) -> str:
    if project.public:
        return f"{job.reason or 'error'}: {sentence(job.reason or 'error')}"
    return job.error_message or job.reason or ""
