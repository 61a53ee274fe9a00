"""Storms with PostgreSQL: killed receivers, and two services on one database. `make storms` has
them in full."""

import os
from pathlib import Path
from typing import Final

from storms.kills import kills
from storms.together import together
from storms.tracked import tracked

FULL: Final = "STORMS_FULL" in os.environ
ROUNDS, COUNT, TRACKED = (50, 2000, 2000) if FULL else (3, 500, 240)


async def test_what_was_acknowledged_is_there_after_kill_9_and_is_decided(
    tmp_path: Path, postgres_url: str
) -> None:
    found = await kills(tmp_path, 7, ROUNDS, SENTRY_DATABASE_URL=postgres_url)

    assert found.rounds == ROUNDS
    assert len(found.acknowledged) > 5 * ROUNDS
    assert found.lost == set()
    assert (found.undecided, found.doubles, found.tracebacks) == (0, 0, 0)


async def test_two_services_make_one_job_of_each_issue(tmp_path: Path, postgres_url: str) -> None:
    found = await together(tmp_path, 11, COUNT, SENTRY_DATABASE_URL=postgres_url)

    assert found.statuses.keys() <= {200, 202}
    assert found.statuses.total() == COUNT
    assert found.issues_without_a_job == set()
    assert (found.doubles, found.undecided, found.tracebacks) == (0, 0, 0)


async def test_two_services_track_each_generation_once(tmp_path: Path, postgres_url: str) -> None:
    found = await tracked(tmp_path, 11, TRACKED, services=2, SENTRY_DATABASE_URL=postgres_url)

    assert found.deliveries > TRACKED * 0.9
    assert found.kills
    assert found.wrong() == {}
