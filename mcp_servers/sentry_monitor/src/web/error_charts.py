"""Error statistics as charts: geometry and words out of what is kept. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from math import ceil
from typing import Any, Final

from mcp_servers.sentry_monitor.src.kept_statistics import Kept
from modules.telemetry.error_statistics import HOUR_S

WIDTH: Final = 720  # units of the SVG's own; the style sheet says how large it is
HEIGHT: Final = 160
TICKS: Final = 4  # parts of the time axis
TYPES: Final = 6
ISSUES: Final = 8
OTHER: Final = "other types"
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One step of a line: where a pointer finds it, and what it says. `whole`: all of it is in the
    period, and over."""

    x: float
    width: float
    at: datetime
    count: int
    whole: bool


@dataclass(frozen=True)
class Plot:
    """A line of counts. `line` and `area` are points of SVG; `begin` and `ongoing` lead to the first
    and the last step where these are parts, as high as the whole ones would be; `most` is the top
    of the scale."""

    line: str
    area: str
    begin: str
    ongoing: str
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
    return Errors(
        at=kept.at,
        projects=tuple(one["project"] for one in kept.data["projects"]),
        total=total,
        plot=plot(total["series"]),
        parts=parts(told["types"], total["other_errors"] or 0),
        typed=total["other_errors"] is not None,
        top=tuple(zip(total["top_issues"], titles, strict=True))[:ISSUES],
        warnings=kept.warnings,
    )


def plot(series: Json) -> Plot:
    """One point for each count, in the middle of its step. Of a part of a step the point is its
    rate, and none where too little of it is over to tell one."""
    step_s, seconds = series["step_seconds"], series["seconds"]
    start = datetime.fromisoformat(series["start"])
    steps = _steps(start, step_s, series)
    heights = [None if rate is None else rate * step_s / HOUR_S for rate in series["per_hour"]]
    most = nice(ceil(max((one for one in heights if one is not None), default=0)))
    points = [
        (round(step.x + step.width / 2, 1), round(HEIGHT - HEIGHT * height / most, 1))
        for step, height in zip(steps, heights, strict=True)
        if height is not None
    ]
    whole = [step.whole for step, height in zip(steps, heights, strict=True) if height is not None]
    first, last = whole[:1] == [False], whole[1:][-1:] == [False]
    kept = points[int(first) : len(points) - int(last)]
    line = _points(kept)
    return Plot(
        line=line,
        area=f"{kept[0][0]},{HEIGHT} {line} {kept[-1][0]},{HEIGHT}" if kept else "",
        begin=_points(points[:2]) if first else "",
        ongoing=_points(points[-2:]) if last else "",
        steps=steps,
        ticks=tuple(
            start + timedelta(seconds=sum(seconds)) * at / TICKS for at in range(TICKS + 1)
        ),
        most=most,
        peak=max((one.count for one in steps), default=0),
    )


def _steps(start: datetime, step_s: int, series: Json) -> tuple[Step, ...]:
    """As wide as the time that is in the period."""
    seconds = series["seconds"]
    width = WIDTH / max(sum(seconds), 1)
    edges = list(accumulate(seconds, initial=0.0))
    return tuple(
        Step(
            x=round(edge * width, 1),
            width=round(part * width, 1),
            at=start + timedelta(seconds=edge),
            count=count,
            whole=part == step_s,
        )
        for edge, part, count in zip(edges[:-1], seconds, series["errors"], strict=True)
    )


def _points(given: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in given)


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
