"""Metric alerts: rules on the number of events, incidents, and their webhooks."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from modules.local_sentry.sender import Sender

Build = Callable[..., Any]
RULES = "/api/0/organizations/acme/alert-rules/"
RULE: dict[str, Any] = {
    "name": "Error rate",
    "aggregate": "count()",
    "dataset": "events",
    "query": "level:error",
    "timeWindow": 1,
    "thresholdType": 0,
    "triggers": [
        {"label": "critical", "alertThreshold": 3, "actions": []},
        {"label": "warning", "alertThreshold": 1, "actions": []},
    ],
    "projects": ["shop"],
}


class Alerts:
    """What arrives of them."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers["sentry-hook-resource"] == "metric_alert":
            self.bodies.append(json.loads(request.content))
        return httpx.Response(200)

    def actions(self) -> list[str]:
        return [one["action"] for one in self.bodies]


@pytest.fixture
def alerts() -> Alerts:
    return Alerts()


@pytest.fixture
def server(a_server: Build, clock: Any, alerts: Alerts) -> Any:
    transport = httpx.MockTransport(alerts)
    return a_server(
        alerts="legacy",
        sender=Sender("http://hooks.test/", secret="s", now=clock, transport=transport),
    )


async def test_an_incident_gets_worse_and_is_over_when_its_events_are_old(
    server: Any, an_error: Build, alerts: Alerts, clock: Any
) -> None:
    made = await server.client.post(RULES, json=RULE)
    for _ in range(6):
        await server.send(an_error(level="error"))
    clock.move(seconds=61)
    await server.get("")

    assert (made.status_code, made.json()["timeWindow"]) == (201, 1)
    assert alerts.actions() == ["warning", "critical", "resolved"]
    assert {one["data"]["metric_alert"]["identifier"] for one in alerts.bodies} == {"1"}
    critical = alerts.bodies[1]["data"]
    assert critical["metric_alert"]["projects"] == ["shop"]
    assert critical["metric_alert"]["status"] == 20
    assert critical["description_title"] == "Critical: Error rate"
    assert critical["description_text"].endswith("Filter: level:error")


async def test_only_what_the_rule_names_is_counted(
    server: Any, an_error: Build, alerts: Alerts
) -> None:
    await server.client.post(RULES, json={**RULE, "environment": "production"})
    for _ in range(3):
        await server.send(an_error(level="error", environment="staging"))
        await server.send(an_error(level="warning", environment="production"))

    assert alerts.bodies == []


async def test_between_the_thresholds_an_incident_goes_on(
    server: Any, an_error: Build, alerts: Alerts, clock: Any
) -> None:
    rule = {**RULE, "triggers": RULE["triggers"][:1], "resolveThreshold": 1}
    await server.client.post(RULES, json=rule)
    for _ in range(2):
        await server.send(an_error(level="error"))
        await server.send(an_error(level="error"))
        clock.move(seconds=40)
    await server.get("")

    assert alerts.actions() == ["critical"]


@pytest.mark.parametrize(
    "change",
    [
        {"query": "level:error or x"},
        {"aggregate": "p95(transaction.duration)"},
        {"thresholdType": 1},
    ],
    ids=["query", "aggregate", "below"],
)
async def test_a_rule_that_is_not_understood_is_kept_and_tells_nothing(
    server: Any, an_error: Build, alerts: Alerts, change: dict[str, Any]
) -> None:
    made = await server.client.post(RULES, json={**RULE, **change})
    for _ in range(4):
        await server.send(an_error(level="error"))

    assert (made.status_code, alerts.bodies) == (201, [])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"aggregate": ""}, "aggregate"),
        ({"timeWindow": 2}, "timeWindow"),
        ({"triggers": RULE["triggers"][1:]}, "triggers"),
        ({"projects": ["nobody"]}, "projects"),
        ({"projects": []}, "projects"),
    ],
)
async def test_what_is_no_rule_is_refused(server: Any, change: dict[str, Any], field: str) -> None:
    answer = await server.client.post(RULES, json={**RULE, **change})

    assert answer.status_code == 400
    assert list(answer.json()) == [field]


async def test_what_waits_for_the_next_release_is_resolved_in_it(
    a_server: Build, an_error: Build
) -> None:
    server = a_server()
    await server.send(an_error(release="shop@1"))
    await server.put("issues/1/", status="resolvedInNextRelease")
    waits = await server.issue()
    await server.client.post(
        "/api/0/organizations/acme/releases/", json={"version": "shop@2", "projects": ["shop"]}
    )
    released = await server.issue()
    await server.send(an_error(release="shop@1"))
    old = await server.issue()
    await server.send(an_error(release="shop@2"))
    back = await server.issue()

    assert waits["statusDetails"] == {"inNextRelease": True}
    assert released["statusDetails"] == {"inRelease": "shop@2"}
    assert (old["status"], back["substatus"]) == ("resolved", "regressed")
