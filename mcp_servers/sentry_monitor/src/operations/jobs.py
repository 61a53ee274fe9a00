"""Operations on repairs: begin one, look at it, decide about it. They only enqueue and read;
`sentry-monitor worker` runs the jobs."""

import uuid
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from modules.autofix.errors import AutofixDisabled, AutofixPaused, NoSuchPullRequest, NotMapped
from modules.autofix.job import Decision, Job, Status, StopAt
from modules.autofix.project import Project
from modules.framework.contracts import Answer, SideEffect
from modules.framework.operation import Parameters, operation
from modules.safetext.sinks import for_line
from modules.sentry.errors import BadAnswer
from modules.sentry.issues import get_issue
from modules.sentry.locate import is_slug, locate_issue

from . import job_views
from .issues import IssueId
from .job_facts import job_data, pull_data
from .services import Autofix, Services

READ = ("event:read", "event:write", "event:admin")
EVENTS: Final = 100  # of a history; as many as an answer keeps of any list
PULLS: Final = 50
NAMED: Final = 10
JobId = Annotated[str, Field(description="As autofix-issue returned it.", max_length=64)]


class AutofixIssue(Parameters):
    issue_id: IssueId
    stop_at: Literal["plan", "diff", "pr"] | None = Field(
        None, description="Wait there for a person; the project's own if not given."
    )
    instructions: str = Field("", description="For the agent, from you.", max_length=1000)


@operation(view=job_views.one_job, read_only=False, scopes=READ)
async def autofix_issue(services: Services, params: AutofixIssue) -> Answer:
    """Begin a repair: an agent writes a failing test and a fix, we prove it and open a pull
    request that a person reviews. Returns a job at once; get-autofix-job tells how it goes."""
    autofix = services.autofix()
    if not autofix.enabled:
        raise AutofixDisabled
    if why := await autofix.jobs.stopped():
        raise AutofixPaused(f"Autofix is paused: {why}")
    ref = locate_issue(params.issue_id, base_url=services.sentry.base_url)
    org = await services.sentry.organization(ref.org, likely=ref.likely_org)
    issue = await get_issue(services.sentry, org, ref)
    project = _mapped(autofix, issue.project.slug)
    now = services.now()
    job = Job(
        id=uuid.uuid4().hex,
        sentry_issue_id=issue.id,
        organization_slug=org,
        project_slug=project.slug,
        project_key=project.key,
        host=autofix.host,
        max_retries=project.max_retries,
        stop_at=_earlier(params.stop_at, project.stop_at),
        instructions=params.instructions,
        created_at=now,
        updated_at=now,
    )
    accepted = await autofix.jobs.accept(job, project, force=bool(params.instructions))
    kept = accepted.job or job
    data = {"verdict": accepted.verdict, **job_data(services, kept)}
    if accepted.verdict != "queued":
        return Answer(data=data, warnings=(_why_not(accepted.verdict, kept),))
    effect = SideEffect(
        action="enqueue-job",
        target=f"job {job.id} for issue {issue.name}",
        undo=f"decide-autofix-job job_id={job.id} decision=cancel",
    )
    return Answer(data=data, side_effects=(effect,), recommendations=autofix.hints)


def _earlier(wanted: str | None, own: StopAt) -> StopAt:
    """A caller may stop before the operator's point, never go beyond it."""
    order = tuple(StopAt)
    return min(StopAt(wanted or own), own, key=order.index)


def _mapped(autofix: Autofix, slug: str) -> Project:
    """Raises NotMapped; BadAnswer where the server does not tell whose issue it is."""
    project = autofix.projects.of_slug(slug)
    if not is_slug(slug):
        raise BadAnswer("The server's answer does not tell which project the issue is of.")
    if project is None:
        raise _not_mapped(autofix, slug)
    return project


def _not_mapped(autofix: Autofix, slug: str) -> NotMapped:
    known = ", ".join(one.slug for one in autofix.projects.projects) or "none"
    return NotMapped(
        f"No repository is mapped to the project {for_line(slug, 100)!r}; mapped are: {known}."
    )


def _why_not(verdict: str, job: Job) -> str:
    told = {
        "duplicate": "There is a job for this issue already; nothing was enqueued.",
        "rate_limited": "This issue had a job a short while ago; give instructions to insist.",
        "wont_fix": "A person decided not to fix this issue; decide with retry to go on.",
    }
    why = told.get(verdict, verdict)
    if verdict == "wont_fix" or job.status not in (Status.FAILED, Status.CANCELLED):
        return why
    how = "failed" if job.status is Status.FAILED else "was cancelled"
    return f"{why} It {how}: decide-autofix-job job_id={job.id} decision=retry takes it up again."


class GetAutofixJob(Parameters):
    job_id: JobId
    include: Literal["summary", "diff", "log", "history", "record"] = Field(
        "summary", description="What to show in full; record: every field of the job."
    )
    offset: int = Field(0, ge=0, description="Of a long diff: the character to begin at.")


@operation(view=job_views.one_job, read_only=True, scopes=READ)
async def get_autofix_job(services: Services, params: GetAutofixJob) -> Answer:
    """Tell where a repair stands: stage, report, proof, cost, pull request; the diff if asked."""
    autofix = services.autofix()
    job = await autofix.jobs.get(params.job_id)
    data = job_data(services, job, include=params.include, offset=params.offset)
    if params.include == "history":
        events = (await autofix.jobs.events(job.id))[-EVENTS:]
        data["history"] = [
            {"at": f"{one.at:%Y-%m-%dT%H:%M:%SZ}", "stage": one.stage} for one in events
        ]
        told = [{"message": one.message} for one in events]
        data["untrusted"] = services.outside(told, origin="autofix job", writers="a model")
    return Answer(data=data)


class ListAutofixJobs(Parameters):
    status: Status | None = Field(None, description="Only jobs of this status.")
    project_slug: str | None = Field(None, max_length=100)
    limit: int = Field(10, ge=1, le=50)


@operation(view=job_views.job_list, read_only=True, scopes=READ)
async def list_autofix_jobs(services: Services, params: ListAutofixJobs) -> Answer:
    """List repairs, newest first."""
    autofix = services.autofix()
    project = _key(autofix, params.project_slug)
    jobs = await autofix.jobs.list(status=params.status, project=project, limit=params.limit)
    if not jobs and project and autofix.projects.of_key(project) is None:
        raise _not_mapped(autofix, project)
    titles = [{"title": one.issue_title} for one in jobs]
    data = {
        "jobs": [job_data(services, one, include="line") for one in jobs],
        "stopped": await autofix.jobs.stopped(),
        "untrusted": services.outside(titles, origin="autofix jobs"),
    }
    return Answer(data=data)


def _key(autofix: Autofix, slug: str | None) -> str | None:
    """Of a project by its slug; jobs of one that is not mapped any more are found by its key."""
    project = autofix.projects.of_slug(slug or "")
    return project.key if project else slug


class DecideAutofixJob(Parameters):
    job_id: JobId
    decision: Literal["approve", "guide", "wont_fix", "cancel", "retry"]
    text: str = Field("", description="With guide: what to do differently.", max_length=1000)
    diff_sha256: str | None = Field(
        None, description="With approve: of the diff that was read.", pattern="[0-9a-f]{64}"
    )

    @model_validator(mode="after")
    def _told_what(self) -> Self:
        if self.decision == "guide" and not self.text.strip():
            raise ValueError("guide needs text: what to do differently")
        return self


@operation(view=job_views.one_job, read_only=False, idempotent=False, scopes=READ)
async def decide_autofix_job(services: Services, params: DecideAutofixJob) -> Answer:
    """Decide about a repair: approve or guide one that waits, never fix it, cancel, retry. Only
    when the user asks."""
    autofix = services.autofix()
    before = await autofix.jobs.get(params.job_id)
    decision = Decision(
        kind=params.decision,
        at=services.now(),
        text=params.text,
        diff_sha256=params.diff_sha256,
    )
    job = await autofix.jobs.decide(params.job_id, decision)
    effect = SideEffect(
        action=f"decide-{params.decision.replace('_', '-')}",
        target=f"job {job.id}",
        before={"status": before.status.value},
        after={"status": job.status.value},
    )
    return Answer(data=job_data(services, job), side_effects=(effect,))


class ListPullRequests(Parameters):
    project_slug: str | None = Field(None, max_length=100)
    number: int | None = Field(None, ge=1, description="Show this one in full.")


@operation(view=job_views.pull_requests, read_only=True, scopes=READ)
async def list_autofix_pull_requests(services: Services, params: ListPullRequests) -> Answer:
    """List the pull requests of repairs, on every forge in use, or show one with its body."""
    autofix = services.autofix()
    slug = params.project_slug or services.project
    if params.project_slug and autofix.projects.of_slug(params.project_slug) is None:
        raise _not_mapped(autofix, params.project_slug)
    projects = autofix.projects.projects
    wanted = [one for one in projects if slug is None or one.slug == slug]
    pulls = [pull for one in wanted for pull in await autofix.pulls.list(one)]
    by_url = {pull.url: pull for pull in pulls}  # projects may share a repository
    found = [pull for pull in by_url.values() if params.number in (None, pull.number)]
    if params.number is not None and not found:
        raise _no_such_pull(params.number, [pull.number for pull in by_url.values()])
    full = params.number is not None
    shown = found[: 2 if full else PULLS]  # of more, an answer would lose the rest
    told = [pull_data(pull, full=full) for pull in shown]
    data = {
        "pull_requests": [
            {"number": p.number, "url": p.url, "state": p.state, "draft": p.draft} for p in shown
        ],
        "total": len(found),
        "untrusted": services.outside(told, origin="pull requests", writers="a model"),
    }
    return Answer(data=data)


def _no_such_pull(number: int, known: list[int]) -> NoSuchPullRequest:
    named = ", ".join(f"#{one}" for one in known[:NAMED])
    more = ", …" if len(known) > NAMED else ""
    told = f"there are: {named}{more}." if known else "there is none yet."
    return NoSuchPullRequest(f"No repair has a pull request #{number}; {told}")
