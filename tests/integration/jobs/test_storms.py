"""The same with PostgreSQL: killed receivers, and two services on one database."""

from pathlib import Path

from storms.kills import kills
from storms.together import together


async def test_what_was_acknowledged_is_there_after_kill_9_and_is_decided(
    tmp_path: Path, postgres_url: str
) -> None:
    found = await kills(tmp_path, 7, 10, SENTRY_DATABASE_URL=postgres_url)

    assert found.rounds == 10
    assert len(found.acknowledged) > 50
    assert found.lost == set()
    assert (found.undecided, found.doubles, found.tracebacks) == (0, 0, 0)


async def test_two_services_make_one_job_of_each_issue(tmp_path: Path, postgres_url: str) -> None:
    found = await together(tmp_path, 11, 2000, SENTRY_DATABASE_URL=postgres_url)

    assert found.statuses.keys() <= {200, 202}
    assert found.statuses.total() == 2000
    assert found.issues_without_a_job == set()
    assert (found.doubles, found.undecided, found.tracebacks) == (0, 0, 0)
    assert found.jobs == found.issues
