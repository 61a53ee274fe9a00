"""Whether a project is well: figures to verdict, without I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from modules.sentry.outcomes import Series

from .facts import many

HOURS: Final = {"24h": 24, "7d": 168, "30d": 720}
STEP_HOURS: Final = {"24h": 1, "7d": 6, "30d": 24}
BARS: Final = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Rates:
    """Events of a period beside those of the period before it."""

    accepted: int
    filtered: int
    dropped: int
    before: int
    per_minute: float
    peak_per_minute: float
    trend_percent: float | None  # against the period before; None where that had no events


@dataclass(frozen=True)
class Counts:
    """Unresolved issues by what happened to them; None where the server cannot tell."""

    new: int | None
    regressed: int | None
    escalating: int | None


def rates(now: Series, before: Series) -> Rates:
    minutes = max(1, len(now.accepted) * now.step_s // 60)
    accepted, earlier = sum(now.accepted), sum(before.accepted)
    return Rates(
        accepted=accepted,
        filtered=sum(now.filtered),
        dropped=sum(now.dropped),
        before=earlier,
        per_minute=round(accepted / minutes, 3),
        peak_per_minute=round(max(now.accepted, default=0) / (now.step_s / 60), 3),
        trend_percent=change(accepted, earlier),
    )


def change(now: int, before: int) -> float | None:
    """In percent."""
    return round((now - before) / before * 100, 1) if before else None


def buckets(values: Sequence[int], size: int) -> list[int]:
    """Sums of `size` neighbours."""
    return [sum(values[at : at + size]) for at in range(0, len(values), size)]


def spark(values: Sequence[int]) -> str:
    """A line of bars, `▁▂█`."""
    top = max(values, default=0) or 1
    return "".join(BARS[min(7, value * 8 // (top + 1))] for value in values)


def verdict(figures: Rates, counts: Counts) -> tuple[str, list[str]]:
    """`healthy`, `watch`, `degraded`, `critical` or `quiet`, and the reasons, worst first."""
    found = [*_from_counts(counts), *_from_rates(figures)]
    if not found and not figures.accepted:
        return "quiet", ["no errors arrived; check that the application reports"]
    worst = max((rank for rank, _ in found), default=0)
    words = ("healthy", "watch", "degraded", "critical")
    reasons = [reason for _, reason in sorted(found, key=lambda one: -one[0])]
    return words[worst], reasons or ["no new, regressed or escalating issues; rate is steady"]


def _from_counts(counts: Counts) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    if counts.escalating:
        found.append(
            (3 if counts.escalating >= 5 else 2, many(counts.escalating, "escalating issue"))
        )
    if counts.regressed:
        found.append((2 if counts.regressed >= 3 else 1, many(counts.regressed, "regressed issue")))
    if counts.new:
        found.append((2 if counts.new >= 10 else 1, many(counts.new, "new issue")))
    return found


def _from_rates(figures: Rates) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    trend = figures.trend_percent
    if figures.dropped:
        were = "1 event was" if figures.dropped == 1 else f"{figures.dropped} events were"
        text = f"{were} dropped, so the figures are too low"
        found.append((2 if figures.dropped > figures.accepted else 1, text))
    if trend is not None and trend >= 50 and figures.accepted >= 20:
        rank = 3 if trend >= 400 and figures.per_minute >= 10 else 2 if trend >= 100 else 1
        found.append((rank, f"errors up {trend:g} % against the period before"))
    if not figures.before and figures.accepted >= 20:
        found.append((1, "errors where the period before had none"))
    return found


def series_data(now: Series, period: str) -> dict[str, Any]:
    """At most 30 steps for an answer."""
    step = STEP_HOURS[period]
    rows = {"received": now.received, "accepted": now.accepted, "filtered": now.filtered}
    return {"step_hours": step, **{name: buckets(row, step) for name, row in rows.items()}}
