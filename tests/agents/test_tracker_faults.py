"""500 issues filed in each tracker while it fails: one issue and one comment each."""

from collections import Counter
from collections.abc import Callable

import pytest

from fakes.tracker_faults import FAULTS, Stand, github, jira, linear, one_run

RUNS = 500


@pytest.mark.parametrize("kind", [github, linear, jira])
async def test_no_fault_makes_a_second_issue_or_comment(kind: Callable[[], Stand]) -> None:
    counts: Counter[str] = Counter()
    for seed in range(RUNS):
        stand = kind()
        counts += (await one_run(stand, seed)).counts
        assert (stand.issues(), stand.comments()) == (1, 1), seed

    assert set(counts) == set(FAULTS)
    assert min(counts.values()) > 100
    print(f"{kind.__name__}: {RUNS} runs, {sum(counts.values())} faults")  # noqa: T201
