"""Operations on issues: list, read, resolve, ignore, comment."""

import asyncio
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from modules.framework.contracts import Answer
from modules.framework.errors import ModuleError
from modules.framework.operation import Parameters, operation
from modules.outbound.deadline import part_of_the_time
from modules.sentry.errors import NotFound
from modules.sentry.events import get_event
from modules.sentry.issues import IssueSearch, get_issue, search_issues
from modules.sentry.locate import IssueRef, locate_issue
from modules.sentry.models import Event, Issue
from modules.sentry.projects import find_project

from . import issue_views
from .changes import FOR_EVER, Change, apply_change, comment_on
from .facts import cursor, issue_facts, name_of, present, unusable
from .occurrence import CONCISE, DETAILED, event_facts, event_outside
from .periods import within
from .services import Services

UNRANKED = "This server cannot sort by users; the latest come first."
READ = ("event:read", "event:write", "event:admin")
WRITE = ("event:write", "event:admin")

ProjectSlug = Annotated[
    str | None,
    Field(description="Project slug; default SENTRY_PROJECT.", pattern=r"^[A-Za-z0-9_-]{1,100}$"),
]
IssueId = Annotated[
    str,
    StringConstraints(max_length=500),
    Field(description="Numeric id, short id (SHOP-1A) or issue URL."),
]
Comment = Annotated[
    str | None, Field(description="Said in Sentry as well.", min_length=1, max_length=4000)
]
Period = Annotated[str | None, Field(description="e.g. 24h, 14d", pattern=r"^\d{1,4}[smhdw]$")]
Cursor = Annotated[str | None, Field(description="From the page before.", max_length=300)]


class GetRecentIssues(Parameters):
    project_slug: ProjectSlug = None
    limit: int = Field(10, ge=1, le=100)
    status: Literal["unresolved", "resolved", "ignored"] | None = Field(
        None, description="Default unresolved, or any where query is given."
    )
    query: str = Field(
        "", description="Sentry search, sent as it is: level:fatal release:1.2", max_length=4000
    )
    sort: Literal["date", "new", "freq", "user"] | None = Field(
        None, description="By last seen (default), first seen, events or users."
    )
    environment: str | None = Field(None, description="Only seen there.", max_length=200)
    period: Period = None
    cursor: Cursor = None


@operation(view=issue_views.issue_list, read_only=True, scopes=READ)
async def get_recent_issues(services: Services, params: GetRecentIssues) -> Answer:
    """List a project's issues, latest first. Start here unless an issue is named; for totals
    and trends use get-project-stats."""
    sentry = services.sentry
    org = await sentry.organization()
    project = await find_project(sentry, org, services.project_slug(params.project_slug))
    query = _query(params)
    search = IssueSearch(
        query,
        project.id,
        params.environment,
        params.period,
        params.sort,
        params.limit,
        params.cursor,
    )
    page = await search_issues(sentry, org, search)
    newest_first = params.sort in (None, "date")
    page, warnings = await within(services, page, params.period, newest_first=newest_first)
    if params.sort == "user" and "sentry-sort" in sentry.lacks:
        warnings = (*warnings, UNRANKED)
    told = [
        present({"id": one.id, "title": one.title, "culprit": one.culprit}) for one in page.issues
    ]
    facts = [issue_facts(one, sentry.base_url) for one in page.issues]
    data = {
        "project": project.slug,
        "query": query,
        "shown": len(facts),
        "total": page.total,
        "next_cursor": cursor(page.next_cursor),
        "issues": facts,
        "untrusted": services.outside({"issues": told}, origin="sentry issues"),
    }
    more = f"get-issue-details issue_id={name_of(facts[0])}" if facts else _nothing(params, query)
    return Answer(
        data=data, gaps=unusable(page.next_cursor), warnings=warnings, recommendations=(more,)
    )


def _nothing(params: GetRecentIssues, query: str) -> str:
    place = f" in environment {params.environment!r}" if params.environment else ""
    also = ", environment" if params.environment else ""
    return f"Nothing matches {query!r}{place} in this period; try status, query{also} or period."


def _query(params: GetRecentIssues) -> str:
    """The caller's search goes to Sentry byte for byte, after the status if one is named."""
    if params.query and params.status is None:
        return params.query
    state = f"is:{params.status or 'unresolved'}"
    return f"{state} {params.query}" if params.query else state


class GetIssueDetails(Parameters):
    issue_id: IssueId
    response_format: Literal["concise", "detailed"] = "concise"


@operation(view=issue_views.issue_details, read_only=True, scopes=READ)
async def get_issue_details(services: Services, params: GetIssueDetails) -> Answer:
    """Read one issue: stack trace, causes, locals, breadcrumbs and request of its most useful
    event. Concise is enough to find most bugs; detailed adds library frames, contexts, extra."""
    sentry = services.sentry
    ref = locate_issue(params.issue_id, base_url=sentry.base_url)
    org = await sentry.organization(ref.org, likely=ref.likely_org)
    choice = ref.event_id or "recommended"
    issue, found = await _issue_and_event(services, org, ref, choice)
    event = found if isinstance(found, Event) else None
    depth = DETAILED if params.response_format == "detailed" else CONCISE
    outside = {**_told(issue), **(event_outside(event, depth) if event else {})}
    facts = issue_facts(issue, sentry.base_url)
    data = {
        "issue": facts,
        "event": event_facts(event) if event else {},
        "event_choice": choice if event else "none",
        "untrusted": services.outside(outside, origin="sentry event"),
    }
    gaps = () if isinstance(found, Event) else (_no_event(found),)
    detailed = "response_format=detailed shows all frames, tags, contexts"
    return Answer(
        data=data,
        gaps=gaps,
        recommendations=(detailed,) if params.response_format == "concise" and event else (),
    )


async def _issue_and_event(
    services: Services, org: str, ref: IssueRef, choice: str
) -> tuple[Issue, Event | ModuleError]:
    """Both at once, the larger one first. An issue without a readable event is still an answer."""
    event, issue = await asyncio.gather(
        _event_in_time(services, org, ref, choice),
        get_issue(services.sentry, org, ref),
        return_exceptions=True,
    )
    if isinstance(issue, BaseException):
        raise issue
    if isinstance(event, BaseException):
        if not isinstance(event, ModuleError):
            raise event
        return issue, event
    return issue, event


async def _event_in_time(services: Services, org: str, ref: IssueRef, choice: str) -> Event:
    """A server that is silent about an event must leave time to tell of the issue."""
    async with part_of_the_time(0.85):
        return await get_event(services.sentry, org, ref, choice)


def _no_event(error: ModuleError) -> str:
    old = " It may be past retention." if isinstance(error, NotFound) else ""
    return f"No event is shown: {error.message}{old}"


def _told(issue: Issue) -> dict[str, object]:
    return present(
        {
            "title": issue.title,
            "culprit": issue.culprit if issue.culprit != issue.title else "",
            "assigned_to": issue.assigned_to,
            "first_release": issue.first_release,
            "last_release": issue.last_release,
        }
    )


class ResolveIssue(Parameters):
    issue_id: IssueId
    in_next_release: bool = False
    in_release: str | None = Field(
        None, description="Version, or latest.", min_length=1, max_length=250
    )
    in_commit: str | None = Field(
        None, description="repository@sha", pattern=r"^[^@\s]{1,200}@[0-9a-f]{7,64}$"
    )
    comment: Comment = None

    @model_validator(mode="after")
    def one_way(self) -> "ResolveIssue":
        if sum(map(bool, (self.in_next_release, self.in_release, self.in_commit))) > 1:
            raise ValueError("give one of in_next_release, in_release, in_commit")
        return self


@operation(view=issue_views.change, read_only=False, scopes=WRITE)
async def resolve_issue(services: Services, params: ResolveIssue) -> Answer:
    """Mark an issue resolved: now, or in a release or commit. Only when the user asks. Reads
    back; unresolve-issue undoes it."""
    return await apply_change(services, params.issue_id, _resolution(params), params.comment)


def _resolution(params: ResolveIssue) -> Change:
    if params.in_next_release:
        return Change("resolved", details={"inNextRelease": True})
    if params.in_release:
        return Change("resolved", details={"inRelease": params.in_release})
    if params.in_commit:
        repository, _, sha = params.in_commit.rpartition("@")
        return Change("resolved", details={"inCommit": {"commit": sha, "repository": repository}})
    return Change("resolved")


class IgnoreIssue(Parameters):
    issue_id: IssueId
    until: Literal["escalating", "forever", "duration", "count"] = "escalating"
    minutes: int | None = Field(None, ge=1, le=525600, description="With until=duration.")
    count: int | None = Field(None, ge=1, le=10**6, description="More events; with until=count.")
    comment: Comment = None

    @model_validator(mode="after")
    def fits(self) -> "IgnoreIssue":
        for until, name, value in (
            ("duration", "minutes", self.minutes),
            ("count", "count", self.count),
        ):
            if (self.until == until) != (value is not None):
                raise ValueError(f"until={until} and {name} go together")
        return self


@operation(view=issue_views.change, read_only=False, scopes=WRITE)
async def ignore_issue(services: Services, params: IgnoreIssue) -> Answer:
    """Archive an issue: until it escalates, for some minutes, for a count of events, or for
    good. For noise that needs no fix; only when the user asks."""
    return await apply_change(services, params.issue_id, _silence(params), params.comment)


def _silence(params: IgnoreIssue) -> Change:
    if params.until == "duration":
        return Change("ignored", "archived_until_condition_met", {"ignoreDuration": params.minutes})
    if params.until == "count":
        return Change("ignored", "archived_until_condition_met", {"ignoreCount": params.count})
    return Change("ignored", FOR_EVER if params.until == "forever" else "archived_until_escalating")


class UnresolveIssue(Parameters):
    issue_id: IssueId
    comment: Comment = None


@operation(view=issue_views.change, read_only=False, scopes=WRITE)
async def unresolve_issue(services: Services, params: UnresolveIssue) -> Answer:
    """Reopen a resolved or ignored issue."""
    return await apply_change(services, params.issue_id, Change("unresolved"), params.comment)


class AddComment(Parameters):
    issue_id: IssueId
    text: str = Field(description="Markdown.", min_length=1, max_length=20000)


@operation(view=issue_views.comment, read_only=False, idempotent=False, scopes=WRITE)
async def add_comment(services: Services, params: AddComment) -> Answer:
    """Add a comment to an issue, for the people who read it in Sentry."""
    ref = locate_issue(params.issue_id, base_url=services.sentry.base_url)
    org = await services.sentry.organization(ref.org, likely=ref.likely_org)
    said = await comment_on(services, org, ref, params.text, name=ref.id)
    data = {"issue": ref.id, "comment_id": said.id, "already_there": said.already_there}
    return Answer(data=data, side_effects=said.side_effects, warnings=said.warnings)
