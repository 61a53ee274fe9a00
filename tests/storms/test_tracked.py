"""Issues of Sentry over a tracker, over kill -9: a share; `make storms` has it in full."""

from pathlib import Path

from .tracked import tracked, tracked_on_github


async def test_each_generation_is_tracked_once_over_kills(tmp_path: Path) -> None:
    found = await tracked(tmp_path, 7, 140)

    assert found.wrong() == {}
    assert found.deliveries > 120
    assert found.issues > 25
    assert found.kills >= 2


async def test_so_it_is_where_the_tracker_loses_answers(tmp_path: Path) -> None:
    found = await tracked_on_github(tmp_path, 7, 70)

    assert found.wrong() == {}
    assert found.lost_answers > 5
    assert found.kills


async def test_who_does_not_look_first_is_found_out(tmp_path: Path) -> None:
    """The control."""
    found = await tracked_on_github(tmp_path, 7, 70, looks=False, turns=1)

    assert found.doubled
