"""Odd requests by the thousand; a part of what `make storms` does."""

from pathlib import Path

from .fuzz import storm
from .grammar import FAMILIES, a_case
from .ground import a_service

COUNT, WARM = 500, 100


async def test_odd_requests_are_refused_or_kept_and_nothing_breaks(tmp_path: Path) -> None:
    async with a_service(tmp_path) as ground:
        found = await storm(ground, 20261126, COUNT, warm=WARM)

    assert found.bad == []
    assert found.tracebacks == 0, ground.log.read_text()[-3000:]
    assert found.lost == 0
    assert found.undecided == 0
    assert found.unreadable == []
    assert found.alive
    assert found.grown_mb < 50
    assert found.families.keys() == FAMILIES.keys()
    assert found.statuses[202] > COUNT / 20, "too little of it reaches the decision"
    assert {200, 202, 400, 401, 404, 405, 413, 415} <= found.statuses.keys()


def test_a_case_is_the_same_each_time() -> None:
    assert a_case(3, 14) == a_case(3, 14) != a_case(4, 14)
