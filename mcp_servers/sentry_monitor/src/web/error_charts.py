"""Error statistics as charts: geometry and words out of what is kept. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.sentry_monitor.src.kept_statistics import Kept

WIDTH: Final = 720  # units of the SVG's own; the style sheet says how large it is
HEIGHT: Final = 160
TICKS: Final = 4  # parts of the time axis
TYPES: Final = 6
ISSUES: Final = 8
OTHER: Final = "other types"
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One step of a line: where a pointer finds it, and what it says."""

    x: float
    width: float
    at: datetime
    count: int


@dataclass(frozen=True)
class Plot:
    """A line of counts. `line` and `area` are points of SVG; `most` is the top of the scale."""

    line: str
    area: str
    steps: tuple[Step, ...]
    ticks: tuple[datetime, ...]
    most: int
    peak: int


@dataclass(frozen=True)
class Part:
    """A type's errors, and its bar in percent of the chart's width."""

    name: str
    errors: int
    percent: float
    ours: bool = False  # the name


@dataclass(frozen=True, kw_only=True)
class Errors:
    """What the first page shows of the errors of all mapped projects."""

    at: datetime
    projects: tuple[str, ...]
    total: Json
    plot: Plot
    parts: tuple[Part, ...]
    typed: bool  # whether it is known which types there are
    top: tuple[tuple[Json, str], ...]  # an issue's facts and its title
    warnings: tuple[str, ...]


def errors(kept: Kept) -> Errors:
    total, told = kept.data["total"], kept.data["untrusted"]["data"]["total"]
    titles = [one.get("title", "") for one in told["top_issues"]]
    series = total["series"]
    return Errors(
        at=kept.at,
        projects=tuple(one["project"] for one in kept.data["projects"]),
        total=total,
        plot=plot(
            datetime.fromisoformat(series["start"]), series["step_seconds"], series["errors"]
        ),
        parts=parts(told["types"], total["other_errors"] or 0),
        typed=total["other_errors"] is not None,
        top=tuple(zip(total["top_issues"], titles, strict=True))[:ISSUES],
        warnings=kept.warnings,
    )


def plot(start: datetime, step_s: int, counts: Sequence[int]) -> Plot:
    """One point for each count, in the middle of its step."""
    step = timedelta(seconds=step_s)
    most, width = nice(max(counts, default=0)), WIDTH / max(len(counts), 1)
    points = [
        (round((at + 0.5) * width, 1), round(HEIGHT - HEIGHT * count / most, 1))
        for at, count in enumerate(counts)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    ends = (points[0][0], points[-1][0]) if points else (0, 0)
    return Plot(
        line=line,
        area=f"{ends[0]},{HEIGHT} {line} {ends[1]},{HEIGHT}",
        steps=tuple(
            Step(round(at * width, 1), round(width, 1), start + at * step, count)
            for at, count in enumerate(counts)
        ),
        ticks=tuple(start + len(counts) * step * at / TICKS for at in range(TICKS + 1)),
        most=most,
        peak=max(counts, default=0),
    )


def nice(value: int) -> int:
    """The smallest of 2, 4, 10, 20, 40, 100 … that is not less: its half is a whole number, too."""
    scale = 1
    while True:
        for one in (2 * scale, 4 * scale, 10 * scale):
            if value <= one:
                return one
        scale *= 10


def parts(types: Sequence[Json], other: int) -> tuple[Part, ...]:
    """The most frequent types, and all others as the last one."""
    shown, rest = types[:TYPES], sum(one["errors"] for one in types[TYPES:]) + other
    whole = sum(one["errors"] for one in shown) + rest
    rows = [Part(one["type"], one["errors"], _percent(one["errors"], whole)) for one in shown]
    return (*rows, *([Part(OTHER, rest, _percent(rest, whole), ours=True)] if rest else ()))


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
