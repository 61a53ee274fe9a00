"""`PYTHONPATH=.:tests python -m causes.run [--seed 21 --seed 22] [--commits 2000] [--crowd 0.33]`: the
figures of docs/suspected-cause.md; exit code 1 where a seed falls short of what is promised."""

import argparse
import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

from .past import Past
from .score import Score, scored

FIRST, TOP_THREE, SECONDS = 0.90, 0.98, 2.0
SEEDS = (21, 22, 23, 24)  # nobody looked at these while the weights were chosen


def main() -> int:
    parser = argparse.ArgumentParser(description="Known causes in made-up histories.")
    parser.add_argument("--commits", type=int, default=2000)
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--crowd", type=float, default=1 / 3)
    given = parser.parse_args()
    whole, short = Score(), list[int]()
    for seed in given.seed or SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            past = Past(seed=seed, size=given.commits, crowd=given.crowd)
            score = asyncio.run(scored(Path(folder) / "shop.git", past))
        _say(f"seed {seed}: {report(score)}")
        whole.add(score)
        short += [] if kept(score) else [seed]
    _say(f"all of them: {report(whole)}")
    _say(
        f"promised of each seed: first {FIRST:.0%}, in the first three {TOP_THREE:.0%}, at most "
        f"{SECONDS:.0f} s; short of it: {', '.join(map(str, short)) or 'none'}"
    )
    return 1 if short else 0


def kept(score: Score) -> bool:
    right = score.within(1) >= FIRST and score.within(3) >= TOP_THREE
    return right and max(score.seconds) <= SECONDS


def report(score: Score) -> str:
    kinds = sorted({kind for kind, _ in score.by_kind})
    lines = [
        f"{len(score.ranks)} errors with a known cause; looked at {_span(score.looked_at)} commits, "
        f"of which {_span(score.touching)} change a file of the stack",
        f"  first {score.within(1):.1%}, in the first three {score.within(3):.1%}, "
        f"not named {score.ranks.count(0)}",
        f"  seconds: median {statistics.median(score.seconds):.2f}, most {max(score.seconds):.2f}",
        f"  of {sum(score.overwritten)} another commit wrote over the line of the cause before they "
        f"came up, which nobody can tell; of the others first {score.decidable():.1%}",
        f"  of the {sum(rank != 1 for rank in score.ranks)} that are not first, in "
        f"{score.later_line} a later commit than the cause wrote the very line that raised",
        *(_kind(score, kind) for kind in kinds),
    ]
    return "\n".join(lines)


def _span(counts: list[int]) -> str:
    return f"{min(counts)} to {max(counts)} (median {statistics.median(counts):.0f})"


def _kind(score: Score, kind: str) -> str:
    right, wrong = score.by_kind[kind, True], score.by_kind[kind, False]
    return f"    {kind}: first in {right} of {right + wrong}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
