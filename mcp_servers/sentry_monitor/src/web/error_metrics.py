"""Error statistics for Prometheus: few labels, made of what strangers wrote only where it looks like
the name of a type."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from prometheus_client.core import GaugeMetricFamily, Metric

from mcp_servers.sentry_monitor.src.kept_statistics import KeptStatistics

OTHER: Final = "other"
TYPES: Final = 10  # of a project in one scrape
ISSUES: Final = 5
NEW_A_DAY: Final = 100  # values of one label that a project may bring
_TYPE: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*([.:/-]{1,2}[A-Za-z0-9_$]+)*")
_LONGEST: Final = 80
Json = Mapping[str, Any]


class Admitted:
    """Which values a label may have: so many new ones a day and project, since each makes a series
    that Prometheus keeps, and whoever knows the public DSN can invent types."""

    def __init__(self, most: int = NEW_A_DAY) -> None:
        self._most = most
        self._day = ""
        self._known: dict[str, set[str]] = {}

    def admit(self, project: str, value: str, now: datetime) -> bool:
        if self._day != (day := f"{now:%Y-%m-%d}"):
            self._day, self._known = day, {}
        known = self._known.setdefault(project, set())
        if value not in known and len(known) < self._most:
            known.add(value)
        return value in known


class ErrorMetrics:
    """Made anew of what is kept at each scrape; nothing is asked for."""

    def __init__(self) -> None:
        self._types, self._issues = Admitted(), Admitted()

    def of(self, kept: KeptStatistics, now: datetime) -> list[Metric]:
        if not kept.every_s:
            return []
        up = _gauge(
            "sentry_monitor_statistics_up",
            "1 where the last look at Sentry's counts found those of the project.",
            {project: int(found) for project, found in kept.up.items()},
        )
        latest = kept.latest
        if latest is None:
            return [up]
        age = GaugeMetricFamily(
            "sentry_monitor_statistics_age_seconds", "How old the error statistics are."
        )
        age.add_metric([], (now - latest.at).total_seconds())
        told = latest.data["untrusted"]["data"]["projects"]
        pairs = list(zip(latest.data["projects"], told, strict=True))
        figures = [one for one, _ in pairs]
        return [
            up,
            age,
            *_figures(figures),
            self._by_type(pairs, now),
            self._top(figures, now),
            *_resolution(figures),
        ]

    def _by_type(self, pairs: Iterable[tuple[Json, Json]], now: datetime) -> Metric:
        family = GaugeMetricFamily(
            "sentry_monitor_errors_by_type_24h",
            "Errors of the last 24 hours by type; `other` are all that are not named.",
            labels=["project", "type"],
        )
        for facts, told in pairs:
            if facts["other_errors"] is None:
                continue
            project, sums = facts["project"], Counter({OTHER: facts["other_errors"]})
            for at, one in enumerate(told["types"]):
                name = safe_type(one["type"])
                fits = at < TYPES and name and self._types.admit(project, name, now)
                sums[name if fits else OTHER] += one["errors"]
            for name, errors in sums.items():
                family.add_metric([project, name], errors)
        return family

    def _top(self, figures: Iterable[Json], now: datetime) -> Metric:
        family = GaugeMetricFamily(
            "sentry_monitor_issue_errors_24h",
            "Errors of the last 24 hours of the issues that have most, by their short ids.",
            labels=["project", "issue"],
        )
        for one in figures:
            for issue in one["top_issues"][:ISSUES]:
                if self._issues.admit(one["project"], issue["issue"], now):
                    family.add_metric([one["project"], issue["issue"]], issue["events"])
        return family


def safe_type(given: str) -> str:
    """The name of a type of exception as it is; empty for what looks like none, however it came
    there: markup, sentences, what was redacted."""
    return given if len(given) <= _LONGEST and _TYPE.fullmatch(given) else ""


def _figures(figures: Sequence[Json]) -> list[Metric]:
    return [
        _gauge(
            "sentry_monitor_errors_per_minute",
            "Errors a minute, over the 5 minutes before they were read.",
            {one["project"]: one["rate"]["last_5_minutes"] for one in figures},
        ),
        _gauge(
            "sentry_monitor_errors_24h",
            "Errors of the last 24 hours.",
            {one["project"]: one["errors"] for one in figures},
        ),
        _gauge(
            "sentry_monitor_errors_before_24h",
            "Errors of the 24 hours before those.",
            {one["project"]: one["trend"]["before"] for one in figures},
        ),
        _gauge(
            "sentry_monitor_affected_users_24h",
            "Users whom errors met in the last 24 hours.",
            {one["project"]: one["affected_users"] for one in figures},
        ),
    ]


def _gauge(name: str, about: str, values: Mapping[str, float | None]) -> Metric:
    """By project; what the server does not tell is absent, not 0."""
    family = GaugeMetricFamily(name, about, labels=["project"])
    for project, value in values.items():
        if value is not None:
            family.add_metric([project], value)
    return family


def _resolution(figures: Iterable[Json]) -> list[Metric]:
    resolved = GaugeMetricFamily(
        "sentry_monitor_resolved_issues_24h",
        "Issues that were resolved in the last 24 hours, as far as they were looked at.",
        labels=["project"],
    )
    took = GaugeMetricFamily(
        "sentry_monitor_resolution_seconds_24h",
        "How long those issues had been open.",
        labels=["project", "stat"],
    )
    sampled = GaugeMetricFamily(
        "sentry_monitor_resolution_sampled_issues_24h",
        "Resolved issues that were looked at for both.",
        labels=["project"],
    )
    known = GaugeMetricFamily(
        "sentry_monitor_resolution_known_issues_24h",
        "Resolved issues that there are to look at, seen in 90 days.",
        labels=["project"],
    )
    for one in figures:
        found = one["resolution"]
        if found is None:
            continue
        sampled.add_metric([one["project"]], found["looked_at"])
        if found["of"] is not None:
            known.add_metric([one["project"]], found["of"])
        resolved.add_metric([one["project"]], found["issues"])
        for stat in ("mean", "median"):
            if found[f"{stat}_hours"] is not None:
                took.add_metric([one["project"], stat], found[f"{stat}_hours"] * 3600)
    return [resolved, took, sampled, known]
