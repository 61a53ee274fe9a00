"""`python -m verdicts.run`: every bug x every behaviour through the real pipeline, counted."""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from .behaviours import BEHAVIOURS, Behaviour
from .bug import Bug, bugs
from .desks import Desk, MemoryDesk
from .play import Played, play

AT_ONCE = 4
EVERY_S = 10.0
Pair = tuple[Bug, Behaviour]
Desks = Callable[[Behaviour, Path], AbstractContextManager[Desk]]


def in_memory(behaviour: Behaviour, _: Path) -> AbstractContextManager[Desk]:
    return nullcontext(MemoryDesk(behaviour.budget))


async def all_played(pairs: Iterable[Pair], done: list[Played], desks: Desks = in_memory) -> None:
    """Each in a folder of its own, some at once."""
    left = iter(pairs)
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(_work(left, done, desks))


async def _work(left: Iterator[Pair], done: list[Played], desks: Desks) -> None:
    for pair in left:
        with tempfile.TemporaryDirectory(prefix="verdicts-") as folder:
            played = await _played(pair, Path(folder), desks)
        done.append(played)
        if played.faults:
            _say(f"WRONG {played}")


async def _played(pair: Pair, folder: Path, desks: Desks) -> Played:
    try:
        with desks(pair[1], folder) as desk:
            return await play(*pair, folder, desk)
    except Exception as error:  # noqa: BLE001 - whatever a run raises is a fault of that run
        return Played(*pair, None, (f"{type(error).__name__}: {error}",))


async def _told(pairs: Sequence[Pair]) -> list[Played]:
    done: list[Played] = []
    progress = asyncio.ensure_future(_tell(done, len(pairs)))
    await all_played(pairs, done)
    progress.cancel()
    return done


async def _tell(done: list[Played], whole: int) -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        wrong = sum(bool(one.faults) for one in done)
        _say(f"{len(done)} of {whole} runs, {wrong} wrong")


def report(played: Sequence[Played], seconds: float) -> None:
    runs = Counter(one.behaviour.name for one in played)
    right = Counter(one.behaviour.name for one in played if not one.faults)
    _say(f"\n{'behaviour':24}{'runs':>6}{'right':>7}{'wrong':>7}")
    for name, count in runs.items():
        _say(f"{name:24}{count:6}{right[name]:7}{count - right[name]:7}")
    wrong = len(played) - right.total()
    _say(f"{'all':24}{len(played):6}{right.total():7}{wrong:7}   in {seconds:.0f} s")


def main(argv: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(argv)
    logging.disable(logging.WARNING)
    chosen = [bug for bug in bugs() if asked.bug in bug.name]
    for bug in chosen:
        if bug.missing:
            _say(f"left out: {bug.name}, since {bug.missing}")
    able = [bug for bug in chosen if not bug.missing]
    named = [one for one in BEHAVIOURS if asked.behaviour in ("", one.name)]
    pairs = [(bug, behaviour) for behaviour in named for bug in able]
    started = time.perf_counter()
    played = asyncio.run(_told(pairs))
    report(
        sorted(played, key=lambda one: named.index(one.behaviour)), time.perf_counter() - started
    )
    return 1 if not played or any(one.faults for one in played) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="verdicts.run", description=__doc__)
    parser.add_argument("--bug", default="", help="only those with this in their name")
    parser.add_argument("--behaviour", default="", help="only this one")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
