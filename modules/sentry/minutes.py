"""How many error events came, minute by minute and lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from . import protocol
from .client import SentryClient
from .errors import BadAnswer, Forbidden, SentryError
from .models import Project
from .reading import children, counts, get, number, objects

MINUTE: Final = timedelta(minutes=1)
TEN_SECONDS: Final = "10s"  # the finest that the server knows


@dataclass(frozen=True)
class FineCounts:
    """Pairs of epoch and count, each of `step_s` seconds: 10, or a minute."""

    step_s: int
    pairs: tuple[tuple[int, int], ...]

    def between(self, start: datetime, end: datetime) -> float:
        """Of the step that a moment falls into, as many as its part on this side of it."""
        since, until = start.timestamp(), end.timestamp()
        shares = [
            (count, min(at + self.step_s, until) - max(at, since)) for at, count in self.pairs
        ]
        return sum(count * max(0.0, share) / self.step_s for count, share in shares)

    def by_minute(self, start: datetime, end: datetime) -> tuple[int, ...]:
        """Between two full minutes, oldest first."""
        first, sums = int(start.timestamp()), [0] * ((end - start) // MINUTE)
        for at, count in self.pairs:
            minute = (at - first) // 60
            if 0 <= minute < len(sums):
                sums[minute] += count
        return tuple(sums)


async def errors_since(
    client: SentryClient, org: str, project: Project, *, start: datetime, end: datetime
) -> float:
    """Error events that were kept from a moment on, to a full minute."""
    full = start.replace(second=0, microsecond=0)
    found = await fine_counts(client, org, project, start=full, end=end)
    return found.between(start, end)


async def fine_counts(
    client: SentryClient, org: str, project: Project, *, start: datetime, end: datetime
) -> FineCounts:
    """Error events that were kept between two full minutes.

    Sources: GET /projects/{o}/{p}/stats/?stat=generated&resolution=10s (project:read), else
    GET /organizations/{o}/stats_v2/?interval=1m (org:read), which Sentry does not count so finely
    and GlitchTip does."""

    async def of_project() -> FineCounts:
        return await _project_stats(client, org, project, start, end)

    async def of_organization() -> FineCounts:
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
) -> FineCounts:
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
    return FineCounts(10, tuple(zip(at, counts([one[1] for one in pairs]), strict=True)))


async def _stats_v2(
    client: SentryClient, org: str, project: Project, start: datetime, end: datetime
) -> FineCounts:
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
    by_minute = isinstance(groups, list) and [b - a for a, b in pairwise(at[:2])] == [60]
    _check(project, start, end, at if by_minute else ())
    rows = [counts(children(get(one, "series"), "sum(quantity)")) for one in objects(groups)]
    return FineCounts(60, tuple(pair for row in rows for pair in zip(at, row, strict=False)))


def _check(project: Project, start: datetime, end: datetime, at: Sequence[int]) -> None:
    """Raises BadAnswer: no figures are not the figure 0."""
    if not any(start.timestamp() <= one < end.timestamp() for one in at):
        raise BadAnswer(f"The answer has no {_what(project).removeprefix('the ')}.")


def _epoch(given: object) -> int:
    try:
        return int(datetime.fromisoformat(str(given)).timestamp())
    except ValueError:
        return 0


def _what(project: Project) -> str:
    return f"the statistics by the minute of project {project.slug!r}"
