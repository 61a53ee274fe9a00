"""Odd requests by the thousand; a part of what `make storms` does."""

import asyncio
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .fuzz import storm
from .grammar import FAMILIES, a_case
from .ground import a_service, sent, webhook
from .payloads import packed

COUNT, WARM, ANY = 300, 60, 40
KINDS = ("error", "issue", "event_alert", "comment", "metric_alert", "seer")
NAMES = st.sampled_from(("issue", "error", "event", "id", "issue_id", "project", "url", "tags"))


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


async def test_any_json_under_a_good_signature_is_kept_or_refused(tmp_path: Path) -> None:
    async with a_service(tmp_path) as ground:
        statuses = await asyncio.to_thread(_any_json, ground.port)

        assert statuses.keys() <= {200, 202, 400}
        assert statuses.total() >= ANY
        assert ground.tracebacks == 0


def _any_json(port: int) -> Counter[int]:
    """Under each kind of Sentry's; the data is of any shape."""
    statuses: Counter[int] = Counter()
    numbers = st.integers() | st.floats()
    leaves = st.none() | st.booleans() | numbers | st.text(st.characters(codec=None))
    values = st.recursive(
        leaves, lambda inner: st.lists(inner) | st.dictionaries(NAMES | st.text(), inner)
    )

    @settings(max_examples=ANY, database=None, suppress_health_check=list(HealthCheck))
    @given(kind=st.sampled_from(KINDS), action=values, data=values)
    def send(kind: str, action: object, data: object) -> None:
        body = packed({"action": action, "data": data, "actor": data, kind: data})
        statuses[asyncio.run(sent(port, webhook(body, kind))).status] += 1

    send()
    return statuses


def test_a_case_is_the_same_each_time() -> None:
    assert a_case(3, 14) == a_case(3, 14) != a_case(4, 14)
