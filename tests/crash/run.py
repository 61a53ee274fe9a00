"""`make crash`: every point many times, then rounds on PostgreSQL. Ends with 1 unless all is zero
and each job went on in time. `python -m crash.run 3` takes 3 runs of each instead of 20."""

import asyncio
import logging
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from .ground import Sentry, local_sentry, make_tables
from .points import ACCEPTING, POINTS, Point
from .rounds import NotReached, accepting, on_sqlite
from .takeover import LATEST_S, new_database, postgres, taken_over
from .verdict import COUNTED, Found
from .worker import IMPORTS

AT_ONCE: Final = 4
RUNS: Final = 20
RESUMED_S: Final = 5.0
STRUCK: Final = {
    "PostgreSQL: killed for good (runs: jobs)": signal.SIGKILL,
    "PostgreSQL: stopped, then continued": signal.SIGSTOP,
}
HEAD: Final = ("lost", "PRs", "notes", "branches", "orphans", "worktrees", "touched")
Said = Callable[[str], object]


async def everywhere(
    folder: Path, sentry: Sentry, *, runs: int, say: Said = lambda _: None
) -> dict[str, Found]:
    """Each point so many times."""
    migrated = folder / "migrated.db"
    make_tables(f"sqlite:///{migrated}")
    few = asyncio.Semaphore(AT_ONCE)

    async def one(point: Point, run: int) -> Found:
        async with few:
            place = folder / f"{point.name.replace(' ', '-').translate(PLAIN)}-{run}"
            place.mkdir()
            how = accepting if point in ACCEPTING else on_sqlite
            return await _kept_if_wrong(how(place, sentry, migrated, point, run), place)

    async def all_of(point: Point) -> tuple[str, Found]:
        found = await _summed(one(point, run) for run in range(runs))
        say(_line(point.name, found))
        return point.name, found

    return dict(await asyncio.gather(*map(all_of, (*POINTS, *ACCEPTING))))


PLAIN: Final = str.maketrans("", "", ",:")


async def _kept_if_wrong(run: Coroutine[Any, Any, Found], place: Path) -> Found:
    """The folder of a run in which all is well goes."""
    try:
        found = await run
    except NotReached as problem:
        return Found(lost=1, told=[f"{place}: {problem}"])
    if found.wrong:
        found.told.append(f"see {place}")
    else:
        shutil.rmtree(place)
    return found


async def _summed(rounds: Any) -> Found:
    whole = Found(runs=0)
    for found in await asyncio.gather(*rounds):
        whole.add(found)
    return whole


async def on_postgres(
    folder: Path, sentry: Sentry, base: str, *, rounds: int, say: Said
) -> dict[str, Found]:
    few = asyncio.Semaphore(AT_ONCE // 2)

    async def one(number: int, by: signal.Signals) -> Found:
        async with few:
            place = folder / f"postgres-{by.name.lower()}-{number}"
            place.mkdir()
            url = new_database(base, f"{by.name.lower()}{number}")
            return await _kept_if_wrong(taken_over(place, sentry, url, str(number), by=by), place)

    done = {}
    for name, by in STRUCK.items():
        done[name] = await _summed(one(number, by) for number in range(rounds))
        say(_line(name, done[name]))
    return done


def _line(name: str, found: Found) -> str:
    counts = "".join(f"{getattr(found, one):>10}" for one in COUNTED)
    return f"{name:<50}{found.runs:>6}{counts}{found.slowest_s:>9.2f}"


def _imports_s() -> float:
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", f"import {', '.join(IMPORTS)}"], check=True)
    return time.monotonic() - started


async def main(runs: int) -> int:
    started = time.monotonic()
    head = "".join(f"{one:>10}" for one in HEAD)
    _say(f"{'killed':<50}{'runs':>6}{head}{'slowest':>9}")
    folder = Path(tempfile.mkdtemp(prefix="crash-"))
    with local_sentry() as sentry:
        points = await everywhere(folder, sentry, runs=runs, say=_say)
        with tempfile.TemporaryDirectory(prefix="pg-") as data, postgres(Path(data)) as base:
            rounds = await on_postgres(folder, sentry, base, rounds=max(1, runs // 2), say=_say)
    return _told(folder, points, rounds, time.monotonic() - started)


def _told(folder: Path, points: dict[str, Found], rounds: dict[str, Found], took_s: float) -> int:
    whole, imports_s = Found(runs=0), _imports_s()
    for found in (*points.values(), *rounds.values()):
        whole.add(found)
    resumed = max(one.slowest_s for one in points.values()) + imports_s
    over = max(one.slowest_s for one in rounds.values())
    _say(_line("all", whole))
    _say("\n".join(whole.told))
    _say(f"SQLite: went on within {resumed:.2f} s of the restart, imports ({imports_s:.2f} s) too")
    _say(f"PostgreSQL: taken over within {over:.2f} s; {LATEST_S:.1f} s are allowed")
    _say(f"{took_s:.0f} s")
    if whole.wrong or resumed > RESUMED_S or over > LATEST_S:
        _say(f"not as it must be; what was left is in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def _say(line: str) -> None:
    if line:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)))
