"""`python -m hostile.run --count 100000 --seed 1`: hostile events through every renderer, counted."""

import argparse
import asyncio
import logging
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from .checks import Fault, Found
from .control import LAYERS, without
from .fields import Case, a_case
from .renderers import RENDERERS
from .runs import Renderer, Rendering, Run

CHUNK = 8  # cases that a process takes at a time
SHOWN = 20


@dataclass(frozen=True)
class Failure:
    """One bad rendering, and how to see it again."""

    seed: int
    case: int
    renderer: str
    found: Found

    def __str__(self) -> str:
        again = f"--seed {self.seed} --case {self.case} --renderer {self.renderer!r}"
        return f"{self.found.fault}: {self.found.what!r}  ({again})"


@dataclass
class Tally:
    """What was rendered and what was wrong with it."""

    renderers: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)  # payloads that came out, by renderer
    failures: list[Failure] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.renderers.total()

    @property
    def faults(self) -> Counter[Fault]:
        return Counter(one.found.fault for one in self.failures)

    def add(self, other: "Tally") -> None:
        for name in ("renderers", "families", "fields", "seen"):
            getattr(self, name).update(getattr(other, name))
        self.failures += other.failures


def judged(seed: int, cases: Iterable[int], renderers: Sequence[Renderer] = RENDERERS) -> Tally:
    """The cases through the renderers, in this process."""
    return asyncio.run(judged_here(seed, cases, renderers))


async def judged_here(
    seed: int, cases: Iterable[int], renderers: Sequence[Renderer] = RENDERERS
) -> Tally:
    tally = Tally()
    for number in cases:
        case = a_case(seed, number)
        tally.families.update(one.family for one in case.payloads)
        tally.fields.update(place.name for place, _ in case.placed)
        run = Run(case)
        for one in renderers:
            await _judge(one, run, tally)
    return tally


async def _judge(one: Renderer, run: Run, tally: Tally) -> None:
    case = run.case
    try:
        renderings = await one.render(run)
    except Exception as error:  # noqa: BLE001 - whatever hostile text can bring about is a finding
        renderings = []
        crash = Found(Fault.CRASH, f"{type(error).__name__}: {error}"[:300])
        tally.failures.append(Failure(case.seed, case.number, one.name, crash))
    tally.renderers[one.name] += len(renderings)
    for rendering in renderings:
        found = one.judge(rendering)
        tally.failures += [Failure(case.seed, case.number, one.name, what) for what in found]
        tally.seen[one.name] += _payloads_in(rendering, case)


def _payloads_in(rendering: Rendering, case: Case) -> int:
    """A suite in which nothing hostile comes out at all would prove nothing."""
    text = str(rendering)
    return sum(one.canary in text for one in case.payloads)


def counted(seed: int, count: int, processes: int = 2) -> Tally:
    """At least `count` renderings, over several processes."""
    tally = Tally()
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        for part in pool.imap(_chunk, _chunks(seed)):
            tally.add(part)
            if tally.total >= count:
                pool.terminate()
                return tally
    return tally


def _chunks(seed: int) -> Iterator[tuple[int, range]]:
    first = 0
    while True:
        yield seed, range(first, first + CHUNK)
        first += CHUNK


def _chunk(asked: tuple[int, range]) -> Tally:
    return judged(*asked)


def misses(seed: int, cases: int = 40) -> list[str]:
    """The layers whose absence the checks do not notice; there must be none."""
    missed = []
    for name, layer in LAYERS.items():
        chosen = [one for one in RENDERERS if one.name.startswith(layer.where)]
        with without(layer):
            tally = judged(seed, range(cases), chosen)
        noticed = tally.faults[layer.fault]
        _say(f"  without {name:18}{noticed:8,} x {layer.fault}")
        if not noticed:
            missed.append(name)
    return missed


def main(argv: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(argv)
    if asked.case is not None:
        return _again(asked.seed, asked.case, asked.renderer)
    started = time.perf_counter()
    tally = counted(asked.seed, asked.count)
    _report(tally, time.perf_counter() - started)
    missed: list[str] = []
    if asked.control:
        logging.disable()  # without protection the program fails, and would tell so at length
        _say("negative control: what the same checks find without a layer")
        missed = misses(asked.seed)
        _say(f"layers whose absence goes unnoticed: {', '.join(missed) or 'none'}")
    return 1 if tally.failures or missed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hostile.run", description=__doc__)
    parser.add_argument("--count", type=int, default=3000, help="renderings, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", type=int, help="only this one")
    parser.add_argument("--renderer", default="", help="with --case: only those beginning so")
    parser.add_argument("--control", action="store_true", help="and the negative control")
    return parser


def _again(seed: int, number: int, name: str) -> int:
    """One case, with what it looks like."""
    chosen = [one for one in RENDERERS if one.name.startswith(name)]
    tally = judged(seed, [number], chosen)
    if name:
        for one in chosen:
            asyncio.run(_show(one, Run(a_case(seed, number))))
    for failure in tally.failures:
        _say(str(failure))
    return 1 if tally.failures else 0


async def _show(one: Renderer, run: Run) -> None:
    for rendering in await one.render(run):
        _say(f"{one.name}: {rendering!a}")


def _report(tally: Tally, seconds: float) -> None:
    for title, counts in (("family", tally.families), ("renderer", tally.renderers)):
        _say(f"{title:30}{'payloads' if title == 'family' else 'renderings':>12}{'seen':>10}")
        for name, count in sorted(counts.items()):
            seen = f"{tally.seen[name]:10,}" if title == "renderer" else ""
            _say(f"  {name:28}{count:12,}{seen}")
    for failure in tally.failures[:SHOWN]:
        _say(str(failure))
    faults = ", ".join(f"{tally.faults[one]} {one}" for one in Fault)
    rate = tally.total / seconds
    _say(f"{len(tally.fields)} fields x {len(tally.families)} families")
    _say(f"{tally.total:,} renderings in {seconds:.0f} s ({rate:,.0f}/s): {faults}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
