"""Error statistics by project and period: an operation, which the API, the metrics and the first
page use as well."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

from pydantic import Field

from modules.framework.contracts import Answer
from modules.framework.errors import ModuleError
from modules.framework.operation import Parameters, operation
from modules.sentry.models import Issue
from modules.telemetry.error_statistics import (
    HOUR_S,
    MINUTE_S,
    Line,
    Period,
    Statistics,
    Window,
    fair,
    statistics,
    together,
)

from . import statistics_views
from .at_once import at_once, or_error
from .error_counts import MOST_ISSUES, Read, by_errors, count_users, read_project
from .facts import issue_facts, name_of, word
from .resolution_times import AT_ONCE, LOOKS, MOST_LOOKS, look, told
from .services import Services

READ: Final = ("org:read", "org:write", "org:admin")
MOST: Final = 20  # projects of one answer
Number = TypeVar("Number", int, float)
FACTS: Final = ("level", "status", "events", "users", "first_seen", "last_seen", "url")


class GetErrorStatistics(Parameters):
    project_slug: Annotated[
        str | None,
        Field(
            description="Project slug; default all mapped projects, else SENTRY_PROJECT.",
            pattern=r"^[A-Za-z0-9_-]{1,100}$",
        ),
    ] = None
    period: Period = "24h"
    limit: int = Field(5, ge=1, le=MOST_ISSUES, description="Types and top issues.")
    resolved_limit: int = Field(
        LOOKS,
        ge=MOST,  # one for each project
        le=MOST_LOOKS,
        description="Resolved issues to look at for the time to resolve, a request each.",
    )


@operation(view=statistics_views.statistics, read_only=True, scopes=READ, toolset="telemetry")
async def get_error_statistics(services: Services, params: GetErrorStatistics) -> Answer:
    """Measure a project's errors, or those of all mapped projects: rate a minute and an hour,
    trend, types, affected users, top issues, time to resolve."""
    window = Window(params.period, services.now().astimezone(UTC))
    org = await services.sentry.organization()
    wanted = projects_of(services, params.project_slug)
    slugs = wanted[:MOST]
    looks = params.resolved_limit // len(slugs)
    found = await at_once(
        *(_or_error(read_project(services, org, slug, window, looks=looks)) for slug in slugs)
    )
    read = [one for one in found if isinstance(one, Read)]
    if not read:
        raise found[0]
    users, read = await at_once(
        _users_of_all(services, org, window, read),
        _resolutions(services, org, window, read, looks=params.resolved_limit),
    )
    failed = [
        f"No statistics of project {slug!r}: {one.message}"
        for slug, one in zip(slugs, found, strict=True)
        if isinstance(one, ModuleError)
    ]
    left_out = (f"Only {MOST} of {len(wanted)} projects were read: give project_slug.",)
    total = _together(read)
    if users is not None:
        total = replace(
            total, counted=replace(total.counted, affected_users=users, users_exact=True)
        )
    data = _data(services, window, (total, *read), limit=params.limit)
    return Answer(
        data={**data, "missing": _missing(wanted, found)},
        gaps=(
            *(left_out if len(wanted) > MOST else ()),
            *failed,
            *_of_each(read, [one.gaps for one in read]),
        ),
        warnings=_of_each(read, [one.warnings for one in read]),
        recommendations=_next(read),
    )


def wanted_projects(services: Services) -> tuple[str, ...]:
    """Those that are measured where none is named; none where that cannot be told."""
    try:
        return projects_of(services)
    except ModuleError:
        return ()


def projects_of(services: Services, given: str | None = None) -> tuple[str, ...]:
    """The slugs of those whose statistics are asked for. Raises NoProject, BadProjects."""
    mapped = () if given else tuple(dict.fromkeys(services.mapped()))
    return mapped or (services.project_slug(given),)


def _missing(wanted: Sequence[str], found: Sequence[Read | ModuleError]) -> list[str]:
    """Those without figures: they failed, or are too many."""
    failed = [slug for slug, one in zip(wanted, found, strict=False) if not isinstance(one, Read)]
    return [word(slug) for slug in (*failed, *wanted[len(found) :])]


async def _or_error(call: Any) -> Read | ModuleError:
    """One project that fails hides no other."""
    try:
        found: Read = await call
    except ModuleError as error:
        return error
    return found


async def _users_of_all(
    services: Services, org: str, window: Window, read: Sequence[Read]
) -> int | None:
    """Each user once, whatever projects they are of; None where the sum says it already, or where
    the server does not count those of several projects together."""
    summed = together([one.counted for one in read])
    if summed.affected_users is None or summed.users_exact:
        return None
    ids = tuple(one.project_id for one in read)
    found = await or_error(count_users(services.sentry, org, ids, window))
    return found if isinstance(found, int) else None


async def _resolutions(
    services: Services, org: str, window: Window, read: Sequence[Read], *, looks: int
) -> list[Read]:
    """With the times to resolve; who has few resolved issues leaves looks to the others."""
    gate = asyncio.Semaphore(AT_ONCE)
    wishes = [len(one.resolved.ids) if one.resolved else 0 for one in read]

    async def looked(one: Read, looks: int) -> Read:
        if one.resolved is None:
            return one
        call = look(services.sentry, org, window, one.resolved, looks=looks, gate=gate)
        found = await or_error(call)
        if isinstance(found, ModuleError):
            return replace(one, gaps=(*one.gaps, f"No time to resolve: {found.message}"))
        counted = replace(one.counted, resolved=found)
        warnings = (*one.warnings, *told(one.resolved, found))
        return replace(one, counted=counted, warnings=warnings)

    parts = fair(looks, wishes)
    return await at_once(*(looked(one, part) for one, part in zip(read, parts, strict=True)))


def _data(
    services: Services, window: Window, read: Sequence[Read], *, limit: int
) -> dict[str, Any]:
    """The first of `read` are all others together."""
    each = [(one, statistics(window, one.counted, types=limit)) for one in read]
    (total, *projects) = [
        _figures(found, one, limit, services.sentry.base_url) for one, found in each
    ]
    (named, *named_of_each) = [_named(found, one.issues[:limit]) for one, found in each]
    slugs = [one.slug for one in read[1:]]
    outside = {
        "total": named,
        "projects": [
            {"project": slug, **one} for slug, one in zip(slugs, named_of_each, strict=True)
        ],
    }
    return {
        "period": window.period,
        "start": _iso(window.start),
        "until": _iso(window.now),
        "total": total,
        "projects": [
            {"project": word(slug), **one} for slug, one in zip(slugs, projects, strict=True)
        ],
        "untrusted": services.outside(outside, origin="sentry issues"),
    }


def _together(read: Sequence[Read]) -> Read:
    """Several projects as one; what one of them does not tell is unknown of all."""
    issues = sorted((issue for one in read for issue in one.issues), key=by_errors)
    return Read(
        slug="",
        project_id="",
        counted=together([one.counted for one in read]),
        lately=_sum([one.lately for one in read]),
        issues=tuple(issues),
        issue_count=_sum([one.issue_count for one in read]),
        resolved=None,
        gaps=(),
        warnings=(),
    )


def _sum(figures: Sequence[Number | None]) -> Number | None:
    known = [one for one in figures if one is not None]
    return sum(known[1:], known[0]) if len(known) == len(figures) else None


def _figures(found: Statistics, read: Read, limit: int, base_url: str) -> dict[str, Any]:
    """What no stranger wrote."""
    now = None if read.lately is None else round(read.lately, 3)
    return {
        "errors": found.errors,
        "rate": {**found.rate.__dict__, "last_5_minutes": now, "unit": "errors a minute"},
        "trend": found.trend.__dict__,
        "series": _series(found.line),
        "affected_users": found.affected_users,
        "affected_users_exact": found.users_exact,
        "type_count": found.type_count,
        "other_errors": found.other_errors,
        "resolution": found.resolution.__dict__ if found.resolution else None,
        "issue_count": read.issue_count,
        "top_issues": [_issue(one, base_url) for one in read.issues[:limit]],
    }


def _series(line: Line) -> dict[str, Any]:
    return {
        "start": _iso(line.start),
        "step_seconds": line.step_s,
        "seconds": [round(one, 3) for one in line.seconds],
        "errors": list(line.counts),
        "per_minute": list(line.each(MINUTE_S)),
        "per_hour": list(line.each(HOUR_S)),
    }


def _issue(issue: Issue, base_url: str) -> dict[str, Any]:
    facts = issue_facts(issue, base_url)
    return {"issue": name_of(facts), **{name: facts[name] for name in FACTS if name in facts}}


def _named(found: Statistics, top: Sequence[Issue]) -> dict[str, Any]:
    """What strangers named: types of exceptions, titles."""
    return {
        "types": [one.__dict__ for one in found.types],
        "top_issues": [{"title": one.title} for one in top],
    }


def _of_each(read: Sequence[Read], told: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """What is said of one project names it; what is said of all is said once."""
    if len(read) == 1:
        return told[0]
    whose: dict[str, list[str]] = {}
    for one, sentences in zip(read, told, strict=True):
        for sentence in sentences:
            whose.setdefault(sentence, []).append(one.slug)
    return tuple(
        text if len(slugs) == len(read) else f"{', '.join(slugs)}: {text}"
        for text, slugs in whose.items()
    )


def _next(read: Sequence[Read]) -> tuple[str, ...]:
    top = _together(read).issues[:1]
    return tuple(f"get-issue-details issue_id={word(one.name)}" for one in top)


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
