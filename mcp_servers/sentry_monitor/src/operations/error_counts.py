"""What a server counts of one project: the requests behind error statistics."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from modules.framework.errors import ModuleError
from modules.sentry.client import SentryClient
from modules.sentry.events import count_events
from modules.sentry.issues import IssuePage, IssueSearch, search_issues
from modules.sentry.minutes import FineCounts, errors_since, fine_counts
from modules.sentry.models import Issue, Project
from modules.sentry.outcomes import outcome_series
from modules.sentry.projects import find_project
from modules.sentry.reading import number
from modules.telemetry.error_statistics import (
    MINUTE_S,
    Counted,
    Window,
    in_periods,
)

from .at_once import at_once, or_error
from .patterns import error_type
from .periods import within
from .resolution_times import Candidates, candidates
from .services import Services

LATELY: Final = timedelta(minutes=5)
MOST_ISSUES: Final = 100  # from which types and the top are taken
OPTIONAL: Final = (
    "rate of the last minutes",
    "types and top issues",
    "affected users",
    "time to resolve",
)


@dataclass(frozen=True, kw_only=True)
class Read:
    """One project. `lately` are its errors a minute over the last 5 minutes; `issue_count` is None
    where none were read, or where there are more and the server does not say how many."""

    slug: str
    project_id: str
    counted: Counted
    lately: float | None
    issues: tuple[Issue, ...]  # most errors first
    issue_count: int | None
    resolved: Candidates | None
    gaps: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Steps:
    """The window's, and the errors of the period before where the server keeps them that long."""

    now: tuple[int, ...]
    before: int | None
    dropped: int = 0


async def read_project(
    services: Services, org: str, slug: str, window: Window, *, looks: int
) -> Read:
    """All requests at the same time; so many looks at resolved issues will follow.

    Only the rate must be there: what else is missing is a gap. Raises SentryError, OutboundError.
    """
    sentry = services.sentry
    project = await find_project(sentry, org, slug)
    steps, lately, page, users, resolved = await at_once(
        _steps(sentry, org, project, window),
        or_error(_lately(sentry, org, project, window)),
        or_error(_issues(services, org, project, window)),
        or_error(count_users(sentry, org, (project.id,), window)),
        or_error(candidates(sentry, org, project, looks=looks)),
    )
    found, warnings = page if isinstance(page, tuple) else (None, ())
    issues = found.issues if isinstance(found, IssuePage) else ()
    counted = Counted(
        now=steps.now,
        before=steps.before,
        types=_types(found) if isinstance(found, IssuePage) else None,
        affected_users=users if isinstance(users, int) else None,
    )
    return Read(
        slug=project.slug,
        project_id=project.id,
        counted=counted,
        lately=lately if isinstance(lately, float) else None,
        issues=issues,
        issue_count=_issue_count(found) if isinstance(found, IssuePage) else None,
        resolved=resolved if isinstance(resolved, Candidates) else None,
        gaps=_gaps(lately, page, users, resolved),
        warnings=(*warnings, *_lost(steps)),
    )


async def _steps(sentry: SentryClient, org: str, project: Project, window: Window) -> _Steps:
    """Both periods by one request, and of a day, where they begin within an hour by one more each."""
    begin = window.step_of(window.start_before) if window.compared else window.first
    if window.step_s == MINUTE_S:
        fine = await fine_counts(sentry, org, project, start=begin, end=window.end)
        counts, dropped = fine.by_minute(begin, window.end), 0
        parts = [_part_after(window, at, fine) for at in (window.start, window.start_before)]
    else:
        series = await outcome_series(sentry, org, project, start=begin, end=window.end)
        counts, dropped = series.accepted, sum(series.dropped[-window.steps :])
        back = (window.steps, window.steps + window.steps_before)
        parts = await at_once(
            *(
                _counted_part(sentry, org, project, window, at, errors=sum(counts[-many:][:1]))
                for at, many in zip((window.start, window.start_before), back, strict=True)
            )
        )
    now, before = in_periods(window, counts, part=parts[0], part_before=parts[1])
    return _Steps(now, before if window.compared else None, dropped)


async def _counted_part(
    sentry: SentryClient, org: str, project: Project, window: Window, at: datetime, *, errors: int
) -> float:
    """Which part of the errors of its hour came after a moment. Of more than a day it is too little
    to be worth a request: there it is that of the time."""
    by_time, begin = window.part_after(at), window.step_of(at)
    if window.period != "24h" or not errors or by_time == 1:
        return by_time
    end = begin + timedelta(seconds=window.step_s)
    fine = await or_error(fine_counts(sentry, org, project, start=begin, end=end))
    return _part_after(window, at, fine) if isinstance(fine, FineCounts) else by_time


def _part_after(window: Window, at: datetime, fine: FineCounts) -> float:
    """As it was counted; where nothing was, that of the time."""
    begin = window.step_of(at)
    end = begin + timedelta(seconds=window.step_s)
    whole = fine.between(begin, end)
    return fine.between(at, end) / whole if whole else window.part_after(at)


async def _lately(sentry: SentryClient, org: str, project: Project, window: Window) -> float:
    """Of the 5 minutes up to now, to the second as far as the server counts so finely."""
    end = window.now.replace(second=0, microsecond=0) + timedelta(seconds=MINUTE_S)
    found = await errors_since(sentry, org, project, start=window.now - LATELY, end=end)
    return found * MINUTE_S / LATELY.total_seconds()


async def _issues(
    services: Services, org: str, project: Project, window: Window
) -> tuple[IssuePage, tuple[str, ...]]:
    wanted = IssueSearch("", project.id, period=window.period, sort="freq", limit=MOST_ISSUES)
    page = await search_issues(services.sentry, org, wanted)
    page, warnings = await within(services, page, window.period)
    ranked = sorted(page.issues, key=by_errors)
    return replace(page, issues=tuple(ranked)), warnings


def by_errors(issue: Issue) -> tuple[int, str]:
    """Sorts those with most errors first."""
    return (-issue.count, issue.id)


def _types(page: IssuePage) -> tuple[tuple[str, int], ...]:
    return tuple((error_type(one), one.count) for one in page.issues)


def _issue_count(page: IssuePage) -> int | None:
    if page.total is None:
        return None if page.next_cursor else len(page.issues)
    return max(page.total, len(page.issues))


async def count_users(
    sentry: SentryClient, org: str, project_ids: tuple[str, ...], window: Window
) -> int:
    """Of several projects, each user once. Raises SentryError, OutboundError."""
    fields = ("count()", "count_unique(user)")
    rows = await count_events(
        sentry, org, fields=fields, project_id=project_ids, period=window.period
    )
    return number(rows[0], "count_unique(user)") if rows else 0


def _gaps(*found: Any) -> tuple[str, ...]:
    return tuple(
        f"No {name}: {one.message}"
        for name, one in zip(OPTIONAL, found, strict=True)
        if isinstance(one, ModuleError)
    )


def _lost(steps: _Steps) -> tuple[str, ...]:
    if not steps.dropped:
        return ()
    return (f"{steps.dropped} events were dropped, so the figures are too low.",)
