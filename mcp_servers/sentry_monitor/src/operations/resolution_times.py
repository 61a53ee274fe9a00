"""How long the issues were open that were resolved in a period: which are looked at, and how long
each took. A list does not tell when an issue was resolved, so each costs a request."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from modules.sentry.client import SentryClient
from modules.sentry.errors import NotFound, Unsupported
from modules.sentry.issues import IssueSearch, search_issues
from modules.sentry.locate import IssueRef
from modules.sentry.models import Project
from modules.sentry.resolutions import Resolved, resolved_at
from modules.telemetry.error_statistics import Looked, Window, hours_open, spread

from .at_once import at_once

LOOKS: Final = 24  # at issues, of one answer
MOST_LOOKS: Final = 120
SEEN: Final = "90d"  # how long ago an issue may have been seen that was resolved in the period
PAGE: Final = 100
AT_ONCE: Final = 5  # leaves room for requests that somebody waits for


@dataclass(frozen=True)
class Candidates:
    """The ids of a project's resolved issues, those first that were seen last. `total` is how many
    there are, None where there are more than these and the server does not say."""

    ids: tuple[str, ...]
    total: int | None


async def candidates(sentry: SentryClient, org: str, project: Project, *, looks: int) -> Candidates:
    """Of so many looks, a list that is long enough to choose from.

    Raises Unsupported, SentryError, OutboundError.
    """
    if await sentry.is_glitchtip(part=0.1):
        raise Unsupported("GlitchTip does not tell when an issue was resolved.")
    ids: list[str] = []
    cursor, total = None, None
    for _ in range(max(1, looks // LOOKS)):
        wanted = IssueSearch("is:resolved", project.id, period=SEEN, limit=PAGE, cursor=cursor)
        page = await search_issues(sentry, org, wanted)
        ids += [one.id for one in page.issues]
        cursor, total = page.next_cursor, page.total if total is None else total
        if not cursor:
            return Candidates(tuple(ids), len(ids))
    return Candidates(tuple(ids), None if total is None else max(total, len(ids)))


async def look(
    sentry: SentryClient,
    org: str,
    window: Window,
    found: Candidates,
    *,
    looks: int,
    gate: asyncio.Semaphore,
) -> Looked:
    """Raises SentryError, OutboundError."""

    async def one_of(issue_id: str) -> Resolved | None:
        async with gate:
            try:
                return await resolved_at(sentry, org, IssueRef(issue_id))
            except NotFound:  # merged or deleted since it was listed
                return None

    chosen = spread(found.ids, looks)
    each = await at_once(*(one_of(one) for one in chosen))
    hours = [_hours_open(window, one) for one in each if one is not None]
    known = tuple(one for one in hours if one is not None)
    return Looked(known, looked_at=len(chosen), of=found.total)


def told(found: Candidates, looked: Looked) -> tuple[str, ...]:
    """What is to be said of issues that were not looked at."""
    if looked.looked_at == looked.of:
        return ()
    whole = f"more than {len(found.ids)}" if looked.of is None else str(looked.of)
    cut = len(found.ids) != looked.of
    among = f" of the {len(found.ids)} seen last" if cut else ""
    return (
        f"Of {whole} resolved issues, {looked.looked_at}{among} were looked at for the time to "
        "resolve.",
    )


def _hours_open(window: Window, one: Resolved) -> float | None:
    opened, resolved = _time(one.opened), _time(one.at)
    return hours_open(window, opened, resolved) if opened and resolved else None


def _time(given: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
