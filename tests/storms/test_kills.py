"""kill -9 while deliveries arrive."""

from pathlib import Path

from .kills import kills
from .receiver import careless


async def test_what_was_acknowledged_is_there_after_kill_9_and_is_decided(tmp_path: Path) -> None:
    found = await kills(tmp_path, 7, 10, most=20)

    assert found.rounds == 10
    assert len(found.acknowledged) > 50
    assert found.lost == set()
    assert (found.undecided, found.doubles, found.tracebacks) == (0, 0, 0)


async def test_what_is_acknowledged_too_soon_is_found_missing(tmp_path: Path) -> None:
    """The control."""
    found = await kills(tmp_path, 7, 4, careless, most=20)

    assert found.lost
