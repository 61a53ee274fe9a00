"""`python -m storms.run`: every storm at full size, and what came of it in figures."""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .documents import a_few, conforms
from .drips import drips, p99
from .fuzz import storm
from .ground import a_service
from .kills import kills
from .payloads import documented
from .soak import soak
from .together import together
from .tracked import Tracked, tracked, tracked_on_github

SEED: Final = 20261126
GROWTH_MB, DROPPED_S, HEALTHY_MS = 50.0, 10.0, 200.0
LEVEL: Final = 1.1  # of the first half


@dataclass(frozen=True)
class Figure:
    """What was counted, and how much of it there may be."""

    name: str
    value: float
    most: float | None = None

    @property
    def good(self) -> bool:
        return self.most is None or self.value <= self.most

    def __str__(self) -> str:
        bound = "" if self.most is None else f"  (at most {self.most:,.10g})"
        return f"{'' if self.good else 'MISSED: '}{self.name}: {self.value:,.10g}{bound}"


async def _fuzz(home: Path, size: float) -> list[Figure]:
    count = int(20_000 * size)
    async with a_service(home) as ground:
        found = await storm(ground, SEED, count, warm=count // 10)
    for one in found.bad[:20]:
        _say(one)
    return [
        Figure("documented payloads at hand", len(documented())),
        Figure("requests", found.total),
        *(Figure(f"  answered {one or 'nothing'}", n) for one, n in sorted(found.statuses.items())),
        Figure("5xx, or no end", len(found.bad), 0),
        Figure("tracebacks", found.tracebacks, 0),
        Figure("memory grew, MB", round(found.grown_mb, 1), GROWTH_MB),
        Figure("acknowledged", len(found.acknowledged)),
        Figure("  lost", found.lost, 0),
        Figure("  not decided by a defect", found.undecided, 0),
        Figure("jobs that cannot be shown", len(found.unreadable), 0),
        Figure("does not answer afterwards", not found.alive, 0),
    ]


async def _document(home: Path, size: float) -> list[Figure]:
    async with a_service(home) as ground:
        ids = await a_few(ground)
        seen = await asyncio.to_thread(conforms, ground, ids, max(5, int(200 * size)))
        tracebacks = ground.tracebacks
    return [
        Figure("endpoints", len(seen)),
        Figure("requests, all answered as documented", seen.total()),
        Figure("tracebacks", tracebacks, 0),
    ]


async def _drips(home: Path, size: float) -> list[Figure]:
    async with a_service(home) as ground:
        found = await drips(ground, int(500 * size))
    floor, meanwhile = p99(found.floor), p99(found.meanwhile)
    return [
        *(
            Figure(f"dropped after, s: {kind}", round(told, 1), DROPPED_S)
            for kind, told in found.slowest().items()
        ),
        Figure("healthy p50 on the quiet service, ms", round(statistics.median(found.floor), 1)),
        Figure("healthy p99 on the quiet service, ms", round(floor, 1)),
        Figure("healthy p50 meanwhile, ms", round(statistics.median(found.meanwhile), 1)),
        Figure("healthy p99 meanwhile, ms", round(meanwhile, 1), HEALTHY_MS),
        Figure("healthy requests refused", found.failed, 0),
        Figure("connections left over", found.left, 0),
    ]


async def _kills(home: Path, size: float) -> list[Figure]:
    found = await kills(home, SEED, max(3, int(50 * size)))
    return [
        Figure("times killed", found.rounds),
        Figure("acknowledged", len(found.acknowledged)),
        Figure("  lost", len(found.lost), 0),
        Figure("  not decided", found.undecided, 0),
        Figure("issue generations with two jobs", found.doubles, 0),
        Figure("tracebacks", found.tracebacks, 0),
    ]


async def _soak(home: Path, size: float) -> list[Figure]:
    count = int(100_000 * size)
    found = await soak(home, count, (count // 100, count // 20))
    file_mb, rss_mb = found.halves("file_mb"), found.halves("rss_mb")
    return [
        Figure("deliveries", found.statuses.total()),
        Figure("refused", sum(n for one, n in found.statuses.items() if one not in (200, 202)), 0),
        Figure("of the latest, lost", found.lost, 0),
        Figure("rows that stay", found.rows),
        Figure("file in the first half, MB", round(file_mb[0], 1)),
        Figure("file in the second half, MB", round(file_mb[1], 1), round(file_mb[0] * LEVEL, 1)),
        Figure("memory in the first half, MB", round(rss_mb[0], 1)),
        Figure("memory in the second half, MB", round(rss_mb[1], 1), round(rss_mb[0] * LEVEL, 1)),
        Figure("tracebacks", found.tracebacks, 0),
    ]


async def _together(home: Path, size: float) -> list[Figure]:
    found = await together(home, SEED, int(2000 * size))
    return [
        Figure("deliveries to two services", found.statuses.total()),
        Figure("issues", found.issues),
        Figure("  without a job", len(found.issues_without_a_job), 0),
        Figure("  with two jobs", found.doubles, 0),
        Figure("tracebacks", found.tracebacks, 0),
    ]


async def _tracked(home: Path, size: float) -> list[Figure]:
    began = time.monotonic()
    found = await tracked(home, SEED, int(5000 * size))
    return [*_of_tracked(found), Figure("seconds", round(time.monotonic() - began))]


async def _tracked_on_github(home: Path, size: float) -> list[Figure]:
    found = await tracked_on_github(home, SEED, int(1000 * size))
    return [Figure("answers lost after a write", found.lost_answers), *_of_tracked(found)]


def _of_tracked(found: Tracked) -> list[Figure]:
    return [
        Figure("deliveries acknowledged", found.deliveries),
        Figure("times killed", found.kills),
        Figure("tracked issues", found.issues),
        Figure("  acknowledged deliveries lost", len(found.lost), 0),
        Figure("  not decided, or not done", found.undone, 0),
        Figure("  generations without an issue", len(found.missing), 0),
        Figure("  generations that never were", len(found.foreign), 0),
        Figure("  generations with two issues in the tracker", len(found.doubled), 0),
        Figure("  without a name there", found.nameless, 0),
        Figure("  out of step", found.out_of_step, 0),
        Figure("comments that are missing", len(found.comments_missing), 0),
        Figure("comments that are there twice", len(found.comments_doubled), 0),
        Figure("tracebacks", found.tracebacks, 0),
    ]


STORMS: Final[dict[str, Callable[[Path, float], Awaitable[list[Figure]]]]] = {
    "fuzz": _fuzz,
    "document": _document,
    "drips": _drips,
    "kills": _kills,
    "together": _together,
    "tracked": _tracked,
    "tracked-on-github": _tracked_on_github,
    "soak": _soak,
}


def main(argv: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(argv)
    missed = 0
    for name in asked.only or STORMS:
        _say(f"\n{name}")
        with _home() as home:
            figures = asyncio.run(_run(name, home, asked.size))
        for one in figures:
            _say(f"  {one}")
        missed += sum(not one.good for one in figures)
    _say(f"\nfigures missed: {missed}")
    return 1 if missed else 0


async def _run(name: str, home: Path, size: float) -> list[Figure]:
    return await STORMS[name](home, size)


@contextmanager
def _home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="storms-") as folder:
        yield Path(folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="storms.run", description=__doc__)
    parser.add_argument("--size", type=float, default=1.0, help="a part of each, such as 0.1")
    parser.add_argument("--only", action="append", choices=STORMS, help="this storm; repeatable")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
