"""Geometry of the small charts. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 240  # units of the SVG's own; the style sheet says how large it is
HEIGHT: Final = 48
GAP: Final = 2.0
LEAST: Final = 1.0  # a bar of nothing still shows where an hour is


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    value: int


def bars(values: Sequence[int]) -> tuple[Bar, ...]:
    """One for each value, from the ground up; the largest has the full height."""
    if not values:
        return ()
    step, top = WIDTH / len(values), max(*values, 1)
    heights = [max(LEAST, HEIGHT * value / top) for value in values]
    return tuple(
        Bar(
            x=round(at * step, 2),
            y=round(HEIGHT - height, 2),
            width=round(step - GAP, 2),
            height=round(height, 2),
            value=value,
        )
        for at, (value, height) in enumerate(zip(values, heights, strict=True))
    )
