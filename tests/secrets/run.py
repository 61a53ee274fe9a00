"""`make secrets`: all of the counted proof. Ends with 1 if a secret leaves or too much is redacted.

`python -m tests.secrets.run 10` takes a tenth of it.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from . import ordinary
from .repairs import through_repairs
from .sweep import Share, Tally, through_errors, through_operations, through_sinks, told
from .tracked import through_tracked

PIECES: Final = 24  # of work, so that no process is left alone with a large one


def _sinks(share: Share) -> Tally:
    tally = Tally()
    through_sinks(tally, share)
    return tally


def _operations(share: Share) -> Tally:
    tally = Tally()
    asyncio.run(through_operations(tally, share))
    return tally


def _errors(share: Share) -> Tally:
    tally = Tally()
    asyncio.run(through_errors(tally, share))
    return tally


def _repairs(share: Share) -> Tally:
    tally = Tally()
    asyncio.run(through_repairs(tally, share))
    return tally


def _tracked(share: Share) -> Tally:
    tally = Tally()
    asyncio.run(through_tracked(tally, share))
    return tally


SWEEPS: Final[tuple[tuple[str, Callable[[Share], Tally]], ...]] = (
    ("sinks", _sinks),
    ("operations", _operations),
    ("errors", _errors),
    ("repairs", _repairs),
    ("tracked issues", _tracked),
)


def main(part: int) -> int:
    started = time.perf_counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        tallies = [(name, _summed(list(pool.map(sweep, _shares(part))))) for name, sweep in SWEEPS]
    leaks = sum(sum(tally.leaks.values()) for _, tally in tallies)
    corpora = ordinary.measured()
    speed = ordinary.milliseconds()
    lines = [*told(tallies), *(one.told() for one in corpora), *ordinary.speed_told(speed)]
    lines.append(f"{leaks} leaks; {time.perf_counter() - started:.0f} s")
    sys.stdout.write("\n".join(lines) + "\n")
    return int(leaks > 0 or any(one.share > ordinary.MOST for one in corpora))


def _shares(part: int) -> list[Share]:
    """The pieces of every `part`-th combination."""
    return [(at * part, part * PIECES) for at in range(PIECES)]


def _summed(tallies: list[Tally]) -> Tally:
    whole = Tally()
    for one in tallies:
        whole.planted += one.planted
        whole.renderings += one.renderings
        whole.redacted += one.redacted
        whole.leaks += one.leaks
    return whole


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
