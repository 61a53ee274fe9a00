"""Operations on projects: list, statistics, patterns."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from modules.framework.contracts import Answer
from modules.framework.errors import ModuleError
from modules.framework.operation import Parameters, operation
from modules.framework.progress import report_progress
from modules.safetext.sinks import MEMBER
from modules.sentry.client import SentryClient
from modules.sentry.events import count_events
from modules.sentry.issues import IssuePage, IssueSearch, search_issues
from modules.sentry.models import Issue, Project
from modules.sentry.outcomes import outcome_series
from modules.sentry.projects import Release, find_project, latest_release
from modules.sentry.projects import list_projects as projects_of
from modules.sentry.reading import number

from . import health, patterns, project_views
from .at_once import at_once, or_error
from .facts import issue_facts, moment, name_of, word
from .issues import ProjectSlug
from .periods import within
from .services import Services

READ = ("org:read", "org:write", "org:admin")
TOP = 5
Window = Literal["24h", "7d", "30d"]


class ListProjects(Parameters):
    query: str = Field("", description="Part of a name.", max_length=100)
    limit: int = Field(25, ge=1, le=100)


@operation(view=project_views.project_list, read_only=True, scopes=READ)
async def list_projects(services: Services, params: ListProjects) -> Answer:
    """List the organization's projects and their slugs, which other operations take."""
    org = await services.sentry.organization()
    found, more = await projects_of(services.sentry, org, query=params.query, limit=params.limit)
    names = [{"slug": one.slug, "name": one.name} for one in found]
    data = {
        "organization": org,
        "more": more,
        "projects": [
            {
                "id": one.id,
                "slug": one.slug,
                "platform": word(one.platform),
            }
            for one in found
        ],
        "untrusted": services.outside(names, origin="sentry projects", writers=MEMBER),
    }
    return Answer(data=data)


class GetProjectStats(Parameters):
    project_slug: ProjectSlug = None
    period: Window = "24h"


@operation(view=project_views.stats, read_only=True, scopes=READ)
async def get_project_stats(services: Services, params: GetProjectStats) -> Answer:
    """Judge a project's health: verdict with reasons, error rate, peak, trend, new, regressed and
    escalating issues, affected users, top issues."""
    sentry = services.sentry
    org = await sentry.organization()
    project = await find_project(sentry, org, services.project_slug(params.project_slug))
    await report_progress(1, 2, "reading statistics")
    now, before, *optional = await at_once(
        *_windows(sentry, org, project, services.now(), params.period),
        *_optional(services, org, project, params.period),
    )
    new, regressed, escalating, top, users = optional
    figures = health.rates(now, before)
    counts = health.Counts(_hits(new), _hits(regressed), _hits(escalating))
    judged, reasons = health.verdict(figures, counts)
    issues, warnings = top if isinstance(top, tuple) else ((), ())
    data = {
        "project": word(project.slug),
        "period": params.period,
        "verdict": judged,
        "reasons": reasons,
        "rates": {**figures.__dict__, "source": now.source},
        "series": health.series_data(now, params.period),
        "issues": counts.__dict__,
        "users": users if isinstance(users, int) else None,
        "top_issues": [_top(one, sentry.base_url) for one in issues],
        "untrusted": services.outside(
            {"top_issues": [{"title": one.title} for one in issues]}, origin="sentry issues"
        ),
    }
    await report_progress(2, 2, "done")
    return Answer(data=data, gaps=_gaps(optional), warnings=warnings, recommendations=_next(issues))


def _windows(
    sentry: SentryClient, org: str, project: Project, now: datetime, period: Window
) -> list[Awaitable[Any]]:
    """This period and the one before, each to the full hour."""
    end = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    span = timedelta(hours=health.HOURS[period])
    return [
        outcome_series(sentry, org, project, start=end - span, end=end),
        outcome_series(sentry, org, project, start=end - 2 * span, end=end - span),
    ]


def _optional(
    services: Services, org: str, project: Project, period: Window
) -> list[Awaitable[Any]]:
    """What makes the answer better and may be missing."""
    sentry = services.sentry

    def search(query: str) -> Awaitable[Any]:
        wanted = IssueSearch(query, project.id, period=period, limit=1)
        return or_error(search_issues(sentry, org, wanted))

    states = ("new", "regressed", "escalating")
    return [
        *(search(f"is:unresolved is:{state}") for state in states),
        or_error(_top_issues(services, org, project, period)),
        or_error(_users(sentry, org, project, period)),
    ]


async def _top_issues(
    services: Services, org: str, project: Project, period: Window
) -> tuple[tuple[Issue, ...], tuple[str, ...]]:
    """The five with most events, and what to say of them. Where the server ignores the period,
    they are chosen from as many as it gives at once."""
    wanted = IssueSearch("is:unresolved", project.id, period=period, sort="freq", limit=TOP)
    if await services.sentry.is_glitchtip(part=0.1):
        wanted = replace(wanted, limit=100)
    found = await search_issues(services.sentry, org, wanted)
    page, warnings = await within(services, found, period)
    return page.issues[:TOP], warnings


async def _users(sentry: SentryClient, org: str, project: Project, period: Window) -> int:
    fields = ("count()", "count_unique(user)")
    rows = await count_events(sentry, org, fields=fields, project_id=project.id, period=period)
    return number(rows[0], "count_unique(user)") if rows else 0


def _hits(page: object) -> int | None:
    """How many issues match: Sentry's count, else what came."""
    if not isinstance(page, IssuePage):
        return None
    return page.total if page.total is not None else len(page.issues)


def _gaps(optional: list[Any]) -> tuple[str, ...]:
    names = ("new issues", "regressed issues", "escalating issues", "top issues", "affected users")
    return tuple(
        f"No {name}: {found.message}"
        for name, found in zip(names, optional, strict=True)
        if isinstance(found, ModuleError)
    )


def _top(issue: Issue, base_url: str) -> dict[str, Any]:
    facts = issue_facts(issue, base_url)
    kept = ("level", "priority", "substatus", "events", "users", "last_seen")
    return {"issue": name_of(facts), **{name: facts[name] for name in kept if name in facts}}


def _next(issues: tuple[Issue, ...]) -> tuple[str, ...]:
    """The worst, or the first where none is bad."""
    if not issues:
        return ()
    issues = tuple(one for one, _ in patterns.harmful(issues)) or issues
    return (f"get-issue-details issue_id={word(issues[0].name)}",)


class AnalyzeErrorPatterns(Parameters):
    project_slug: ProjectSlug = None
    period: Window = "7d"


@operation(view=project_views.patterns, read_only=True, scopes=READ)
async def analyze_error_patterns(services: Services, params: AnalyzeErrorPatterns) -> Answer:
    """Find what a project's errors have in common. Groups issues by type, place, release and
    environment; tells what is new since the last release, and harmful from noisy."""
    sentry = services.sentry
    org = await sentry.organization()
    project = await find_project(sentry, org, services.project_slug(params.project_slug))
    search = IssueSearch("is:unresolved", project.id, period=params.period, sort="freq", limit=100)
    fields = ("release", "environment", "count()")
    page, release, rows = await at_once(
        search_issues(sentry, org, search),
        or_error(latest_release(sentry, org, project)),
        or_error(
            count_events(
                sentry,
                org,
                fields=fields,
                project_id=project.id,
                period=params.period,
                sort="-count()",
            )
        ),
    )
    page, warnings = await within(services, page, params.period)
    known = release if isinstance(release, Release) else None
    counts = [] if isinstance(rows, ModuleError) else rows
    data = {
        "project": word(project.slug),
        "period": params.period,
        "issues": len(page.issues),
        "events": sum(one.count for one in page.issues),
        "release_created": moment(known.created) if known else None,
        "untrusted": services.outside(
            _patterns(list(page.issues), known, counts), origin="sentry issues"
        ),
    }
    missing = (("the last release", release), ("releases and environments", rows))
    gaps = [f"No {name}: {e.message}" for name, e in missing if isinstance(e, ModuleError)]
    if page.next_cursor:
        gaps.append("Only the 100 issues with most events were read.")
    return Answer(
        data=data, gaps=tuple(gaps), warnings=warnings, recommendations=_next(page.issues)
    )


def _patterns(issues: list[Issue], release: Release | None, rows: list[Any]) -> dict[str, Any]:
    new = patterns.new_since(issues, release.created) if release else []
    return {
        "release": release.version if release else "",
        "harmful": [_ranked(one, why) for one, why in patterns.harmful(issues)],
        "noisy": [_ranked(one, why) for one, why in patterns.noisy(issues)],
        "new_since_release": [_ranked(one, f"{one.count} events") for one in new],
        "by_type": [one.data() for one in patterns.grouped(issues, patterns.error_type)],
        "by_place": [one.data() for one in patterns.grouped(issues, patterns.place)],
        "by_release": patterns.counted(rows, "release"),
        "by_environment": patterns.counted(rows, "environment"),
    }


def _ranked(issue: Issue, why: str) -> dict[str, str]:
    return {"issue": issue.name, "why": why, "title": issue.title}
