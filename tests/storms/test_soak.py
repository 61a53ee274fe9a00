"""2,000 deliveries of which few are kept; 100,000 in `make storms`."""

from pathlib import Path

from .soak import soak

COUNT, KEEP = 2000, (100, 300)


async def test_what_is_kept_stays_as_large_as_it_is(tmp_path: Path) -> None:
    found = await soak(tmp_path, COUNT, KEEP)

    assert found.statuses.keys() <= {200, 202}
    assert found.statuses.total() == COUNT
    assert (found.lost, found.tracebacks) == (0, 0)
    assert found.rows < COUNT / 2
    before, after = found.halves("file_mb")
    assert after < 1.3 * before
    before, after = found.halves("rss_mb")
    assert after < before + 20
