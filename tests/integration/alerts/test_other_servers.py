"""Servers with very many alerts, and servers without any."""

import pytest

from fakes.alerting import ORG, Ground
from fakes.desk import ALERT_CALLS, Desk


async def test_our_rules_are_found_behind_many_pages_of_others(workflows: Ground) -> None:
    body = {
        "name": "Somebody's own",
        "config": {"frequency": 30},
        "triggers": {"logicType": "any-short", "conditions": []},
        "actionFilters": [],
    }
    for _ in range(250):
        await workflows.post(f"{ORG}workflows/", body)
    await workflows.data("ensure-alert-rules", apply=True)

    assert (await workflows.data("check-alert-rules"))["in_step"]
    listed = await workflows.data("list-alert-rules")
    assert sum(one["ours"] for one in listed["rules"]) == 6


@pytest.mark.parametrize("operation", ALERT_CALLS)
async def test_a_server_without_alerts_says_so(any_desk: Desk, operation: str) -> None:
    error = await any_desk.refusal(operation)

    assert error.category in ("unsupported", "not_found")
    assert not [one for one in any_desk.server.seen if one.startswith(("POST", "PUT"))]
