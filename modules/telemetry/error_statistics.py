"""Error statistics of a period: counts in, rates, trend, distribution and times out. No I/O.

Units: counts are error events that were kept, rates are events a minute or an hour, resolution
times are hours. All times are UTC.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import fmean, median
from typing import Final, Literal

Period = Literal["1h", "24h", "7d", "14d", "30d", "90d"]
Direction = Literal["up", "down", "steady", "unknown"]

MINUTE_S: Final = 60
HOUR_S: Final = 3600
# The length of a period, of the steps in which the server counts it, and of those shown.
HOURS: Final[dict[Period, int]] = {
    "1h": 1,
    "24h": 24,
    "7d": 168,
    "14d": 336,
    "30d": 720,
    "90d": 2160,
}
SHOWN_S: Final[dict[Period, int]] = {
    "1h": MINUTE_S,
    "24h": HOUR_S,
    "7d": 6 * HOUR_S,
    "14d": 12 * HOUR_S,
    "30d": 24 * HOUR_S,
    "90d": 72 * HOUR_S,
}
CERTAIN: Final = 1.96  # standard deviations: 19 of 20 changes by chance are smaller
LEAST_CHANGE: Final = 10.0  # percent


@dataclass(frozen=True)
class Window:
    """A period up to now, and the one before it, in steps that the server can count.

    `end` is where the step under way will end, so the last one may not be over.
    """

    period: Period
    now: datetime

    @property
    def step_s(self) -> int:
        """Of what the server is asked for."""
        return MINUTE_S if self.period == "1h" else HOUR_S

    @property
    def end(self) -> datetime:
        at = self.now.replace(second=0, microsecond=0)
        if self.step_s == HOUR_S:
            at = at.replace(minute=0)
        return at + timedelta(seconds=self.step_s)

    @property
    def length(self) -> timedelta:
        return timedelta(hours=HOURS[self.period])

    @property
    def start(self) -> datetime:
        return self.end - self.length

    @property
    def start_before(self) -> datetime:
        """Of the period that this one is compared with."""
        return self.start - self.length

    @property
    def steps(self) -> int:
        return int(self.length.total_seconds()) // self.step_s

    @property
    def elapsed_s(self) -> float:
        """How much of the period is over."""
        return (self.now - self.start).total_seconds()


@dataclass(frozen=True)
class Line:
    """Errors in equal steps, oldest first."""

    start: datetime
    step_s: int
    counts: tuple[int, ...]

    def each(self, unit_s: int) -> tuple[float, ...]:
        """The rate within each step: errors in `unit_s` seconds."""
        return tuple(round(count * unit_s / self.step_s, 3) for count in self.counts)


@dataclass(frozen=True)
class Rate:
    """Errors a minute and an hour on average, and in the worst step that the server counts."""

    per_minute: float
    per_hour: float
    peak_per_minute: float
    peak_of: Literal["minute", "hour"]


@dataclass(frozen=True)
class Trend:
    """Against the period before, of whose errors `before` is the number; None where it is not
    known. `percent` is None as well where there were none."""

    direction: Direction
    percent: float | None
    before: int | None


@dataclass(frozen=True)
class Share:
    """How many errors are of one type, and which part (0 to 1) of all."""

    type: str
    errors: int
    share: float


@dataclass(frozen=True)
class Resolution:
    """How long the issues were open that were resolved in the period, in hours; None where none
    was, as that is no time of 0."""

    issues: int
    mean_hours: float | None
    median_hours: float | None


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """Of one project or of several. None is what the server did not tell."""

    errors: int
    rate: Rate
    trend: Trend
    line: Line
    types: tuple[Share, ...]
    type_count: int | None  # of which the most frequent ones are named
    other_errors: int | None  # of types that are not among them, where types are known at all
    affected_users: int | None
    resolution: Resolution | None


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What a server counted of one project. `now` and `before` are steps of the window."""

    now: tuple[int, ...]
    before: tuple[int, ...] | None
    types: tuple[tuple[str, int], ...] | None = None
    untyped: int = 0  # errors of projects whose types are not known, beside those of others
    affected_users: int | None = None
    open_hours: tuple[float, ...] | None = None  # of each issue that was resolved


def statistics(window: Window, counted: Counted, *, types: int) -> Statistics:
    """`types` are the most frequent ones that are named."""
    errors = sum(counted.now)
    known = counted.types or ()
    named, other = distribution(known, errors - counted.untyped, most=types)
    whole = counted.types is not None and not counted.untyped
    return Statistics(
        errors=errors,
        rate=rate(window, counted.now),
        trend=trend(window, errors, None if counted.before is None else sum(counted.before)),
        line=line(window, counted.now),
        types=named,
        type_count=len({name for name, count in known if count > 0}) if whole else None,
        other_errors=None if counted.types is None else other,
        affected_users=counted.affected_users,
        resolution=None if counted.open_hours is None else resolution(counted.open_hours),
    )


def together(many: Sequence[Counted]) -> Counted:
    """Several projects as one. A user of two projects counts twice: who it is is not known here.

    What one of them does not tell is unknown of all; of the types, those of the others are known.
    """
    typed = [one for one in many if one.types is not None]
    users = [one.affected_users for one in many]
    hours = [one.open_hours for one in many]
    before = [one.before for one in many]
    return Counted(
        now=_summed([one.now for one in many]),
        before=_summed([one for one in before if one is not None]) if None not in before else None,
        types=tuple(pair for one in typed for pair in one.types or ()) if typed else None,
        untyped=sum(sum(one.now) for one in many if one.types is None) if typed else 0,
        affected_users=sum(one for one in users if one is not None) if None not in users else None,
        open_hours=tuple(one for some in hours for one in some or ())
        if None not in hours
        else None,
    )


def _summed(rows: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*rows, strict=True)))


def rate(window: Window, counts: Sequence[int]) -> Rate:
    """Over the time that is over, since the step under way is not."""
    a_second = sum(counts) / max(window.elapsed_s, 1.0)
    return Rate(
        per_minute=round(a_second * MINUTE_S, 3),
        per_hour=round(a_second * HOUR_S, 3),
        peak_per_minute=round(max(counts, default=0) * MINUTE_S / window.step_s, 3),
        peak_of="minute" if window.step_s == MINUTE_S else "hour",
    )


def line(window: Window, counts: Sequence[int]) -> Line:
    """In the steps that are shown, at most 60."""
    size = SHOWN_S[window.period] // window.step_s
    sums = [sum(counts[at : at + size]) for at in range(0, len(counts), size)]
    return Line(window.start, SHOWN_S[window.period], tuple(sums))


def trend(window: Window, now: int, before: int | None) -> Trend:
    """`up` or `down` only where chance alone hardly explains the change, and where it is worth a
    word: at least 10 %. So 2 errors after 1 are `steady`.

    Two counts of rare events are compared by their square roots, which vary alike whatever they
    count (Huffman 1984, "An improved approximate two-sample Poisson test"); the period under way
    is weighed by how much of it is over.
    """
    if before is None:
        return Trend("unknown", None, None)
    share = min(1.0, max(window.elapsed_s, 1.0) / window.length.total_seconds())
    expected = before * share
    percent = round((now - expected) / expected * 100, 1) if before else None
    deviations = 2 * (sqrt(now + 3 / 8) - sqrt(share * (before + 3 / 8))) / sqrt(1 + share)
    if abs(deviations) < CERTAIN or (percent is not None and abs(percent) < LEAST_CHANGE):
        return Trend("steady", percent, before)
    return Trend("up" if deviations > 0 else "down", percent, before)


def distribution(
    pairs: Iterable[tuple[str, int]], errors: int, *, most: int
) -> tuple[tuple[Share, ...], int]:
    """The most frequent types, and the errors of all others; those of no known type are among
    them. Types and total are counted by different endpoints, so the larger one is the whole."""
    sums: Counter[str] = Counter()
    for name, count in pairs:
        sums[name] += count
    whole = max(errors, sums.total())
    ranked = sorted(
        ((name, n) for name, n in sums.items() if n > 0), key=lambda one: (-one[1], one[0])
    )
    named = [Share(name, count, round(count / whole, 4)) for name, count in ranked[:most]]
    return tuple(named), whole - sum(one.errors for one in named)


def resolution(open_hours: Sequence[float]) -> Resolution:
    if not open_hours:
        return Resolution(0, None, None)
    return Resolution(len(open_hours), round(fmean(open_hours), 2), round(median(open_hours), 2))


def hours_open(window: Window, opened: datetime, resolved: datetime) -> float | None:
    """How long an issue was open, in hours; None if it was not resolved in the period."""
    if not window.start <= resolved <= window.end or opened > resolved:
        return None
    return (resolved - opened).total_seconds() / HOUR_S
