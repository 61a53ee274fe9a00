"""How many events came, by what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from . import protocol
from .client import SentryClient
from .errors import BadAnswer, Forbidden, SentryError
from .models import Project
from .reading import child, children, counts, get, number, objects, text

FILTERED: Final = ("filtered",)
DROPPED: Final = ("rate_limited", "invalid", "abuse", "cardinality_limited")
NEVER_SENT: Final = "client_discard"  # an SDK's own sampling: nothing was lost


@dataclass(frozen=True)
class Series:
    """Counts in equal steps, oldest first. `source` is the endpoint they came from."""

    step_s: int
    accepted: tuple[int, ...]
    filtered: tuple[int, ...]
    dropped: tuple[int, ...]
    source: str

    @property
    def received(self) -> tuple[int, ...]:
        rows = zip(self.accepted, self.filtered, self.dropped, strict=True)
        return tuple(sum(row) for row in rows)


@dataclass
class _Sums:
    length: int
    of: dict[str, list[int]] = field(default_factory=dict)

    def add(self, name: str, values: Sequence[int]) -> None:
        row = self.of.setdefault(name, [0] * self.length)
        for at, value in enumerate(values[: self.length]):
            row[at] += value

    def get(self, name: str) -> tuple[int, ...]:
        return tuple(self.of.get(name, [0] * self.length))


async def outcome_series(
    client: SentryClient, org: str, project: Project, *, start: datetime, end: datetime
) -> Series:
    """Error events of a project between two times, hour by hour.

    Sources: GET /organizations/{o}/stats_v2/, else GET /projects/{o}/{p}/stats/, which needs
    another scope: project:read instead of org:read.
    """
    try:
        return await client.first_supported(
            ("stats-v2", lambda: _stats_v2(client, org, project, start, end)),
            ("project-stats", lambda: _project_stats(client, org, project, start, end)),
        )
    except Forbidden as error:
        try:
            return await _project_stats(client, org, project, start, end)
        except SentryError:
            raise error from None


async def _stats_v2(
    client: SentryClient, org: str, project: Project, start: datetime, end: datetime
) -> Series:
    page = await client.get(
        protocol.path("organizations", org, "stats_v2"),
        [
            ("project", project.id),
            ("category", "error"),
            ("groupBy", "outcome"),
            ("field", "sum(quantity)"),
            ("interval", "1h"),
            ("start", start.strftime("%Y-%m-%dT%H:%M:%SZ")),
            ("end", end.strftime("%Y-%m-%dT%H:%M:%SZ")),
        ],
        what=f"the statistics of project {project.slug!r}",
        need="org:read",
    )
    intervals = _before(end, children(page.data, "intervals"))
    groups = get(page.data, "groups")
    if not intervals or not isinstance(groups, list):  # no figures are not the figure 0
        raise BadAnswer(f"The answer has no statistics of project {project.slug!r}.")
    sums = _Sums(len(intervals))
    for group in objects(groups):
        outcome = text(child(group, "by"), "outcome") or "accepted"  # GlitchTip groups nothing
        if outcome == NEVER_SENT:
            continue
        series = counts(children(child(group, "series"), "sum(quantity)"))
        sums.add(_kind(outcome), series)
    return Series(3600, sums.get("accepted"), sums.get("filtered"), sums.get("dropped"), "stats_v2")


def _before(end: datetime, intervals: list[object]) -> list[str]:
    """Without those at the end and later, which GlitchTip adds: they belong to no period."""
    last = end.strftime("%Y-%m-%dT%H:%M:%S")
    return [one for one in intervals if isinstance(one, str) and one[:19] < last]


def _kind(outcome: str) -> str:
    if outcome in FILTERED:
        return "filtered"
    return "dropped" if outcome in DROPPED else "accepted"


async def _project_stats(
    client: SentryClient, org: str, project: Project, start: datetime, end: datetime
) -> Series:
    async def stat(name: str) -> list[int]:
        page = await client.get(
            protocol.path("projects", org, project.slug, "stats"),
            [
                ("stat", name),
                ("since", str(int(start.timestamp()))),
                ("until", str(int(end.timestamp()))),
                ("resolution", "1h"),
            ],
            what=f"the statistics of project {project.slug!r}",
            need="project:read",
        )
        if not isinstance(rows := page.data, list):
            raise BadAnswer(f"The answer has no statistics of project {project.slug!r}.")
        pairs = [row if isinstance(row, list) and len(row) == 2 else [0, 0] for row in rows]
        return counts([count for at, count in pairs if number({"at": at}, "at") < end.timestamp()])

    received, filtered, dropped = [
        await stat(one) for one in ("received", "blacklisted", "rejected")
    ]
    if not received:  # no figures are not the figure 0
        raise BadAnswer(f"The answer has no statistics of project {project.slug!r}.")
    sums = _Sums(len(received))
    sums.add("filtered", filtered)
    sums.add("dropped", dropped)
    lost = zip(received, sums.get("filtered"), sums.get("dropped"), strict=True)
    accepted = [max(0, all_of - out - away) for all_of, out, away in lost]
    sums.add("accepted", accepted)
    return Series(
        3600, sums.get("accepted"), sums.get("filtered"), sums.get("dropped"), "project stats"
    )
