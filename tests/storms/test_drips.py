"""500 bad connections beside a good sender."""

from pathlib import Path
from statistics import median

from .drips import KINDS, drips
from .ground import a_service

PATIENCE_S = 15.0  # `make storms` holds it to ten, on a machine that is not busy with tests


async def test_whoever_drips_is_dropped_and_others_do_not_notice(tmp_path: Path) -> None:
    async with a_service(tmp_path) as ground:
        found = await drips(ground, 500, healthy=100)

    late = {kind: told for kind, told in found.slowest().items() if told > PATIENCE_S}
    assert late == {}
    assert found.slowest().keys() == KINDS.keys()
    assert (found.failed, found.left, ground.tracebacks) == (0, 0, 0)
    assert median(found.meanwhile) < 10 * median(found.floor)
