"""How many error events came, minute by minute and lately."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from . import protocol
from .client import SentryClient
from .errors import BadAnswer, Forbidden, SentryError
from .models import Project
from .reading import children, counts, get, number, objects

MINUTE: Final = timedelta(minutes=1)
TEN_SECONDS: Final = "10s"  # the finest that the server knows


@dataclass(frozen=True)
class _Counts:
    """Pairs of epoch and count, each of `step_s` seconds."""

    step_s: int
    pairs: tuple[tuple[int, int], ...]


async def minute_counts(
    client: SentryClient, org: str, project: Project, *, start: datetime, end: datetime
) -> tuple[int, ...]:
    """Error events that were kept between two full minutes, oldest first."""
    found = await _counts(client, org, project, start, end)
    return _by_minute(start, end, found.pairs)


async def errors_since(
    client: SentryClient, org: str, project: Project, *, start: datetime, end: datetime
) -> float:
    """Error events that were kept from a moment on, to a full minute. Of the step that the moment
    falls into, as many as its part after it: a server counts by 10 s, or by the minute."""
    full = start.replace(second=0, microsecond=0)
    found = await _counts(client, org, project, full, end)
    first, last = start.timestamp(), end.timestamp()
    return sum(
        count * min(1.0, max(0.0, (at + found.step_s - first) / found.step_s))
        for at, count in found.pairs
        if at < last
    )


async def _counts(
    client: SentryClient, org: str, project: Project, start: datetime, end: datetime
) -> _Counts:
    """Sources: GET /projects/{o}/{p}/stats/?stat=generated&resolution=10s (project:read), else
    GET /organizations/{o}/stats_v2/?interval=1m (org:read), which Sentry does not count so finely
    and GlitchTip does."""

    async def of_project() -> _Counts:
        return await _project_stats(client, org, project, start, end)

    async def of_organization() -> _Counts:
        return await _stats_v2(client, org, project, start, end)

    try:
        return await client.first_supported(
            ("minute-stats", of_project), ("stats-v2-minutes", of_organization)
        )
    except Forbidden as error:
        try:
            return await of_organization()
        except SentryError:
            raise error from None


async def _project_stats(
    client: SentryClient, org: str, project: Project, start: datetime, end: datetime
) -> _Counts:
    page = await client.get(
        protocol.path("projects", org, project.slug, "stats"),
        [
            ("stat", "generated"),
            ("since", str(int(start.timestamp()))),
            ("until", str(int(end.timestamp()))),
            ("resolution", TEN_SECONDS),
        ],
        what=_what(project),
        need="project:read",
    )
    rows = page.data if isinstance(page.data, list) else []
    pairs = [one for one in rows if isinstance(one, list) and len(one) == 2]
    at = [number({"at": one[0]}, "at") for one in pairs]
    _check(project, start, end, at)
    return _Counts(10, tuple(zip(at, counts([one[1] for one in pairs]), strict=True)))


async def _stats_v2(
    client: SentryClient, org: str, project: Project, start: datetime, end: datetime
) -> _Counts:
    page = await client.get(
        protocol.path("organizations", org, "stats_v2"),
        [
            ("project", project.id),
            ("category", "error"),
            ("outcome", "accepted"),
            ("groupBy", "outcome"),
            ("field", "sum(quantity)"),
            ("interval", "1m"),
            ("start", start.strftime("%Y-%m-%dT%H:%M:%SZ")),
            ("end", end.strftime("%Y-%m-%dT%H:%M:%SZ")),
        ],
        what=_what(project),
        need="org:read",
    )
    at = [_epoch(one) for one in children(page.data, "intervals")]
    groups = get(page.data, "groups")
    _check(project, start, end, at if isinstance(groups, list) else ())
    rows = [counts(children(get(one, "series"), "sum(quantity)")) for one in objects(groups)]
    return _Counts(60, tuple(pair for row in rows for pair in zip(at, row, strict=False)))


def _check(project: Project, start: datetime, end: datetime, at: Sequence[int]) -> None:
    """Raises BadAnswer: no figures are not the figure 0."""
    if not any(start.timestamp() <= one < end.timestamp() for one in at):
        raise BadAnswer(f"The answer has no {_what(project).removeprefix('the ')}.")


def _by_minute(start: datetime, end: datetime, found: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    """`found` are pairs of epoch and count; what is not between the two times is left out."""
    first, sums = int(start.timestamp()), [0] * ((end - start) // MINUTE)
    for at, count in found:
        minute = (at - first) // 60
        if 0 <= minute < len(sums):
            sums[minute] += count
    return tuple(sums)


def _epoch(given: object) -> int:
    try:
        return int(datetime.fromisoformat(str(given)).timestamp())
    except ValueError:
        return 0


def _what(project: Project) -> str:
    return f"the statistics by the minute of project {project.slug!r}"
