"""Error statistics of a period: counts in, rates, trend, distribution and times out. No I/O.

Units: counts are error events that were kept, rates are events a minute or an hour, resolution
times are hours. All times are UTC.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt
from statistics import fmean, median
from typing import Final, Literal, TypeVar

Period = Literal["1h", "24h", "7d", "14d", "30d", "90d"]
Item = TypeVar("Item")
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
LEAST_PART: Final = 0.25  # of a step, for a rate that is more than chance


@dataclass(frozen=True)
class Window:
    """A period up to now, the one before it, and the steps in which a server counts both.

    A period begins and ends within a step, so `first` is before `start`, and `end` after `now`.
    """

    period: Period
    now: datetime

    @property
    def step_s(self) -> int:
        """Of what the server is asked for."""
        return MINUTE_S if self.period == "1h" else HOUR_S

    @property
    def length(self) -> timedelta:
        return timedelta(hours=HOURS[self.period])

    @property
    def compared(self) -> bool:
        """Whether the period before can be counted: Sentry keeps 90 days."""
        return self.length <= timedelta(days=30)

    @property
    def start(self) -> datetime:
        """All of its errors are kept, so 90 days begin with the first hour that is still whole."""
        return self.now - self.length if self.compared else self.end - self.length

    @property
    def start_before(self) -> datetime:
        """Of the period that this one is compared with."""
        return self.start - self.length

    @property
    def first(self) -> datetime:
        """Where the step begins that the period begins in."""
        return self.step_of(self.start)

    @property
    def end(self) -> datetime:
        """Where the step under way will end."""
        return self.step_of(self.now) + timedelta(seconds=self.step_s)

    @property
    def steps(self) -> int:
        return int((self.end - self.first).total_seconds()) // self.step_s

    @property
    def steps_before(self) -> int:
        """Those that end where the first one of the period begins."""
        return int(self.length.total_seconds()) // self.step_s

    @property
    def elapsed_s(self) -> float:
        return (self.now - self.start).total_seconds()

    def step_of(self, moment: datetime) -> datetime:
        """Where its step begins."""
        at = moment.replace(second=0, microsecond=0)
        return at if self.step_s == MINUTE_S else at.replace(minute=0)

    def part_after(self, moment: datetime) -> float:
        """Which part (0 to 1) of its step comes after a moment."""
        return 1 - (moment - self.step_of(moment)).total_seconds() / self.step_s


@dataclass(frozen=True)
class Line:
    """Errors in steps, oldest first. Of the first and the last one only a part may be in the
    period: `seconds` is how much of each."""

    start: datetime
    step_s: int
    counts: tuple[int, ...]
    seconds: tuple[float, ...]

    def each(self, unit_s: int) -> tuple[float | None, ...]:
        """The rate within each step: errors in `unit_s` seconds. None where so little of a step is
        in the period that it tells none."""
        return tuple(
            round(count * unit_s / part, 3) if part >= LEAST_PART * self.step_s else None
            for count, part in zip(self.counts, self.seconds, strict=True)
        )


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
    was, as that is no time of 0. They are of the resolved issues that were looked at: `looked_at` of
    `of`, which is None where it is not known how many there are."""

    issues: int
    mean_hours: float | None
    median_hours: float | None
    looked_at: int
    of: int | None


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
    users_exact: bool | None  # else at most so many
    resolution: Resolution | None


@dataclass(frozen=True)
class Looked:
    """At resolved issues: how long each was open, in hours, that was resolved in the period."""

    hours: tuple[float, ...]
    looked_at: int
    of: int | None  # resolved issues that there are


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What a server counted of one project: errors in the steps of the period, as far as they are in
    it, and in all of the period before."""

    now: tuple[int, ...]
    before: int | None
    types: tuple[tuple[str, int], ...] | None = None
    untyped: int = 0  # errors of projects whose types are not known, beside those of others
    affected_users: int | None = None
    users_exact: bool = True  # else at most so many
    resolved: Looked | None = None


def statistics(window: Window, counted: Counted, *, types: int) -> Statistics:
    """`types` are the most frequent ones that are named."""
    errors = sum(counted.now)
    known = counted.types or ()
    named, other = distribution(known, errors - counted.untyped, most=types)
    whole = counted.types is not None and not counted.untyped
    return Statistics(
        errors=errors,
        rate=rate(window, counted.now),
        trend=trend(errors, counted.before),
        line=line(window, counted.now),
        types=named,
        type_count=len({name for name, count in known if count > 0}) if whole else None,
        other_errors=None if counted.types is None else other,
        affected_users=counted.affected_users,
        users_exact=None if counted.affected_users is None else counted.users_exact,
        resolution=None if counted.resolved is None else resolution(counted.resolved),
    )


def together(many: Sequence[Counted]) -> Counted:
    """Several projects as one. A user of two projects counts twice, so their sum is the most that
    there can be.

    What one of them does not tell is unknown of all; of the types, those of the others are known.
    """
    typed = [one for one in many if one.types is not None]
    users = [one.affected_users for one in many]
    looked = [one.resolved for one in many if one.resolved is not None]
    before = [one.before for one in many]
    return Counted(
        now=tuple(map(sum, zip(*(one.now for one in many), strict=True))),
        before=sum(one for one in before if one is not None) if None not in before else None,
        types=tuple(pair for one in typed for pair in one.types or ()) if typed else None,
        untyped=sum(sum(one.now) for one in many if one.types is None) if typed else 0,
        affected_users=sum(one for one in users if one is not None) if None not in users else None,
        users_exact=sum(1 for one in users if one) <= 1,
        resolved=_all_looked(looked) if len(looked) == len(many) else None,
    )


def _all_looked(each: Sequence[Looked]) -> Looked:
    of = [one.of for one in each]
    return Looked(
        tuple(hours for one in each for hours in one.hours),
        looked_at=sum(one.looked_at for one in each),
        of=sum(one for one in of if one is not None) if None not in of else None,
    )


def in_periods(
    window: Window, counts: Sequence[int], *, part: float, part_before: float
) -> tuple[tuple[int, ...], int]:
    """The errors of this period by its steps, and those of the period before, out of the steps of
    both. `part` (0 to 1) is how many of the errors of the step that this period begins in came
    after its beginning; `part_before` likewise. A server that knows less tells none of the oldest.
    """
    now = counts[-window.steps :]
    earlier = counts[: -window.steps][-window.steps_before :]
    now = (*[0] * (window.steps - len(now)), *now)
    earlier = (*[0] * (window.steps_before - len(earlier)), *earlier)
    inside = round(now[0] * part)
    before = round(earlier[0] * part_before) + sum(earlier[1:]) + now[0] - inside
    return (inside, *now[1:]), before


def rate(window: Window, counts: Sequence[int]) -> Rate:
    a_second = sum(counts) / max(window.elapsed_s, 1.0)
    return Rate(
        per_minute=round(a_second * MINUTE_S, 3),
        per_hour=round(a_second * HOUR_S, 3),
        peak_per_minute=round(max(counts, default=0) * MINUTE_S / window.step_s, 3),
        peak_of="minute" if window.step_s == MINUTE_S else "hour",
    )


def line(window: Window, counts: Sequence[int]) -> Line:
    """In the steps that are shown, at most 61."""
    shown_s = SHOWN_S[window.period]
    size = shown_s // window.step_s
    sums = [sum(counts[at : at + size]) for at in range(0, len(counts), size)]
    edges = [window.first + timedelta(seconds=shown_s) * at for at in range(len(sums) + 1)]
    edges = [min(max(one, window.start), window.now) for one in edges]
    seconds = [(until - since).total_seconds() for since, until in pairwise(edges)]
    return Line(window.start, shown_s, tuple(sums), tuple(seconds))


def trend(now: int, before: int | None) -> Trend:
    """`up` or `down` only where chance alone hardly explains the change, and where it is worth a
    word: at least 10 %. So 2 errors after 1 are `steady`.

    Two counts of rare events are compared by their square roots, which vary alike whatever they
    count (Huffman 1984, "An improved approximate two-sample Poisson test").
    """
    if before is None:
        return Trend("unknown", None, None)
    percent = round((now - before) / before * 100, 1) if before else None
    deviations = 2 * (sqrt(now + 3 / 8) - sqrt(before + 3 / 8)) / sqrt(2)
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


def resolution(looked: Looked) -> Resolution:
    hours = looked.hours
    if not hours:
        return Resolution(0, None, None, looked.looked_at, looked.of)
    mean_hours, median_hours = round(fmean(hours), 2), round(median(hours), 2)
    return Resolution(len(hours), mean_hours, median_hours, looked.looked_at, looked.of)


def fair(whole: int, wishes: Sequence[int]) -> tuple[int, ...]:
    """A number in parts: no part is more than is wished for, and what one leaves the others get."""
    parts, left = [0] * len(wishes), whole
    for done, at in enumerate(sorted(range(len(wishes)), key=lambda at: wishes[at])):
        parts[at] = min(wishes[at], left // (len(wishes) - done))
        left -= parts[at]
    return tuple(parts)


def spread(given: Sequence[Item], most: int) -> tuple[Item, ...]:
    """At most so many, evenly out of the whole: the first ones of a list are alike in what it is
    sorted by."""
    many = min(most, len(given))
    return tuple(given[(2 * at + 1) * len(given) // (2 * many)] for at in range(many))


def hours_open(window: Window, opened: datetime, resolved: datetime) -> float | None:
    """How long an issue was open, in hours; None if it was not resolved in the period."""
    if not window.start <= resolved <= window.end or opened > resolved:
        return None
    return (resolved - opened).total_seconds() / HOUR_S
