"""`PYTHONPATH=.:tests python -m causes.run [--commits 2000] [--seed 11] [--crowd
0.33]`: the figures of docs/suspected-cause.md; exit code 1 where they fall short of what is promised."""

import argparse
import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

from .past import Past
from .score import Score, scored

FIRST, TOP_THREE, SECONDS = 0.90, 0.98, 2.0


def main() -> int:
    parser = argparse.ArgumentParser(description="Known causes in a made-up history.")
    parser.add_argument("--commits", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--crowd", type=float, default=1 / 3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        past = Past(seed=given.seed, size=given.commits, crowd=given.crowd)
        score = asyncio.run(scored(Path(folder) / "shop.git", past))
    sys.stdout.write(report(score))
    kept = score.within(1) >= FIRST and score.within(3) >= TOP_THREE
    return 0 if kept and max(score.seconds) <= SECONDS else 1


def report(score: Score) -> str:
    kinds = sorted({kind for kind, _ in score.by_kind})
    lines = [
        f"{len(score.ranks)} errors with a known cause; looked at {_span(score.looked_at)} commits, "
        f"of which {_span(score.touching)} change a file of the stack",
        f"first {score.within(1):.1%}, in the first three {score.within(3):.1%}, "
        f"not named {score.ranks.count(0)}",
        f"seconds: median {statistics.median(score.seconds):.2f}, most {max(score.seconds):.2f}",
        *(_kind(score, kind) for kind in kinds),
    ]
    return "\n".join(lines) + "\n"


def _span(counts: list[int]) -> str:
    return f"{min(counts)} to {max(counts)} (median {statistics.median(counts):.0f})"


def _kind(score: Score, kind: str) -> str:
    right, wrong = score.by_kind[kind, True], score.by_kind[kind, False]
    return f"  {kind}: first in {right} of {right + wrong}"


if __name__ == "__main__":
    sys.exit(main())
