"""kill -9 while deliveries arrive."""

from pathlib import Path

from .kills import kills


async def test_what_was_acknowledged_is_there_after_kill_9_and_is_decided(tmp_path: Path) -> None:
    found = await kills(tmp_path, 7, 10, most=20)

    assert found.rounds == 10
    assert len(found.acknowledged) > 50
    assert found.lost == set()
    assert (found.undecided, found.doubles, found.tracebacks) == (0, 0, 0)
