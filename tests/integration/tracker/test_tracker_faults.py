"""Issues filed while the tracker fails, over the three kinds: each is there once. A share of the
runs; tests/agents has the 500 of each."""

from collections import Counter
from collections.abc import Callable

import pytest

from fakes.tracker_faults import FAULTS, Stand, github, jira, linear, one_run


@pytest.mark.parametrize(("kind", "runs"), [(github, 30), (linear, 60), (jira, 60)])
async def test_no_fault_makes_a_second_issue_or_comment(
    kind: Callable[[], Stand], runs: int
) -> None:
    counts: Counter[str] = Counter()
    for seed in range(runs):
        stand = kind()
        counts += (await one_run(stand, seed)).counts
        assert (stand.issues(), stand.comments()) == (1, 1), seed

    assert set(counts) == set(FAULTS)


async def test_without_a_look_there_would_be_two() -> None:
    """The control. Linear itself takes no second one, as its id is the same."""
    doubled = {kind.__name__: 0 for kind in (github, linear, jira)}
    for kind in (github, linear, jira):
        for seed in range(30):
            stand = kind()
            await one_run(stand, seed, looks=False)
            doubled[kind.__name__] += stand.issues() > 1

    assert doubled["github"] > 2
    assert doubled["jira"] > 2
    assert doubled["linear"] == 0


async def test_who_does_not_wait_for_the_search_of_jira_makes_one_all_the_same() -> None:
    """A worker that was killed does not know that it has to."""
    for seed in range(30):
        stand = jira()
        stand.waits = lambda: None
        await one_run(stand, seed)
        assert (stand.issues(), stand.comments()) == (1, 1), seed
