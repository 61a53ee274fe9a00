"""One line of the table: what was measured, what is promised, and the floor of the same run."""

import statistics
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`floor` was measured in the same run; `bound` is what was promised: the most, or with
    `at_least` the least. None promises nothing."""

    what: str
    value: float
    unit: str
    bound: float | None = None
    floor: float | None = None
    at_least: bool = False

    @property
    def held(self) -> bool:
        if self.bound is None:
            return True
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def line(self) -> str:
        ratio = f"{self.value / self.floor:6.2f} x {self.floor:8.1f}" if self.floor else ""
        sign = ">=" if self.at_least else "<="
        bound = " " * 12 if self.bound is None else f"{sign}{self.bound:10.1f}"
        mark = "ok " if self.held else "OVER"
        return f"{mark:4} {self.what:58}{self.value:9.1f} {self.unit:7}{bound}  {ratio}".rstrip()


QUIET_LOOP_S = 0.6  # of ADDITIONS on the machine that the promises in milliseconds were made on
ADDITIONS = 10_000_000


def slowness() -> float:
    """How many times slower this machine is at the moment; 1 where it is as fast, or faster."""
    started, total = time.perf_counter(), 0
    for number in range(ADDITIONS):
        total += number
    return max(1.0, (time.perf_counter() - started) / QUIET_LOOP_S)


def p99(took: Iterable[float]) -> float:
    """Of these, or of more: what one in a hundred is not below."""
    return statistics.quantiles(took, n=100)[98]


async def took_ms(call: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await call()
    return (time.perf_counter() - started) * 1000
