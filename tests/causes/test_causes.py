"""A smaller share of `make causes`."""

from pathlib import Path

from .past import Past
from .score import scored


async def test_what_caused_an_error_is_named_among_the_first_three(tmp_path: Path) -> None:
    past = Past(seed=5, size=200, files=20)

    score = await scored(tmp_path / "shop.git", past)

    assert len(score.ranks) >= 10
    assert score.within(3) >= 0.98
    assert score.within(1) >= 0.85
    assert any(kind.endswith("on a branch") for kind, _ in score.by_kind)
