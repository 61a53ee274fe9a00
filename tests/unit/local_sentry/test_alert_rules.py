"""Alerts of the local Sentry: what it keeps, how it gives it back, and what it refuses as Sentry does."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import API, Local

Json = dict[str, Any]
PROJECT = "/api/0/projects/acme/shop/"
FIRST = "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition"
SLACK = "sentry.integrations.slack.notify_action.SlackNotifyServiceAction"


def met(kind: str, comparison: Any = True) -> Json:
    return {"type": kind, "comparison": comparison, "conditionResult": True}


def workflow(**more: Any) -> Json:
    seen = {"value": 50, "interval": "5m"}
    config = {"targetType": "specific", "targetIdentifier": "", "targetDisplay": "alerts"}
    action = {"type": "slack", "integrationId": "1", "config": config, "data": {}}
    block = {"logicType": "all", "conditions": [met("event_frequency_count", seen)]}
    return {
        "name": "w",
        "config": {"frequency": 30},
        "triggers": {"logicType": "any-short", "conditions": [met("first_seen_event")]},
        "actionFilters": [{**block, "actions": [action]}],
        **more,
    }


def detector(**more: Any) -> Json:
    source = {"aggregate": "count()", "dataset": "events", "timeWindow": 60, "query": ""}
    above = {"type": "gt", "comparison": 10, "conditionResult": 75}
    below = {"type": "lte", "comparison": 10, "conditionResult": 0}
    return {
        "name": "d",
        "type": "metric_issue",
        "dataSources": [source],
        "config": {"detectionType": "static"},
        "conditionGroup": {"logicType": "any", "conditions": [above, below]},
        **more,
    }


def rule(**more: Any) -> Json:
    return {
        "name": "r",
        "actionMatch": "any",
        "frequency": 30,
        "conditions": [{"id": FIRST}],
        "actions": [{"id": SLACK, "workspace": 1, "channel": "#alerts"}],
        **more,
    }


def metric(**more: Any) -> Json:
    action = {"type": "slack", "targetType": "specific", "targetIdentifier": "#alerts"}
    trigger = {"label": "critical", "alertThreshold": 10}
    return {
        "name": "m",
        "projects": ["shop"],
        "aggregate": "count()",
        "query": "",
        "timeWindow": 1,
        "thresholdType": 0,
        "triggers": [{**trigger, "actions": [{**action, "integrationId": 1}]}],
        **more,
    }


async def test_each_project_begins_with_two_detectors(a_server: Callable[..., Local]) -> None:
    local = a_server(projects=("shop", "blog"))

    rows = await local.get("detectors/", project="1", query="type:error")

    assert [(one["type"], one["projectId"]) for one in rows] == [("error", "1")]
    assert len(await local.get("detectors/")) == 4


async def test_a_workflow_is_kept_and_its_channel_is_looked_up(
    a_server: Callable[..., Local],
) -> None:
    local = a_server()

    made = (await local.client.post(f"{API}workflows/", json=workflow())).json()
    read = await local.get(f"workflows/{made['id']}/")

    (action,) = read["actionFilters"][0]["actions"]
    assert action["config"]["targetIdentifier"] == "C0000000001"
    assert read["triggers"]["conditions"][0]["id"]


async def test_workflows_of_a_project_are_those_that_are_connected(
    a_server: Callable[..., Local],
) -> None:
    local = a_server(projects=("shop", "blog"))
    (own,) = await local.get("detectors/", project="1", query="type:error")
    connected = workflow(name="mine", detectorIds=[int(own["id"])])
    for body in (connected, workflow(name="loose")):
        await local.client.post(f"{API}workflows/", json=body)

    rows = await local.get("workflows/", project="1")

    assert [one["name"] for one in rows] == ["mine"]
    assert (await local.get("detectors/", id=own["id"]))[0]["workflowIds"] == [rows[0]["id"]]


async def test_what_is_deleted_is_gone(a_server: Callable[..., Local]) -> None:
    local = a_server()
    made = (await local.client.post(f"{API}projects/shop/detectors/", json=detector())).json()

    gone = await local.client.delete(f"{API}detectors/{made['id']}/")
    again = await local.client.get(f"{API}detectors/{made['id']}/")

    assert (gone.status_code, again.status_code) == (204, 404)


NOWHERE: Json = {"targetType": "specific", "targetIdentifier": "", "targetDisplay": "nowhere"}
BAD_WORKFLOWS: list[tuple[str, Json]] = [
    ("name", {"name": ""}),
    ("name", {"name": "x" * 257}),
    ("config", {"config": {"frequency": 7}}),
    ("environment", {"environment": "staging"}),
    ("detectorIds", {"detectorIds": [99]}),
    ("triggers", {"triggers": {"logicType": "some", "conditions": []}}),
    ("triggers", {"triggers": {"logicType": "any", "conditions": [met("level")]}}),
    ("actionFilters", {"actionFilters": "none"}),
    (
        "actionFilters",
        {
            "actionFilters": [
                {
                    "logicType": "all",
                    "conditions": [met("event_frequency_count", {"value": 1, "interval": "5min"})],
                    "actions": [],
                }
            ]
        },
    ),
    (
        "actions",
        {
            "actionFilters": [
                {
                    "logicType": "all",
                    "actions": [{"type": "slack", "integrationId": "1", "config": NOWHERE}],
                }
            ]
        },
    ),
]


@pytest.mark.parametrize(("field", "more"), BAD_WORKFLOWS)
async def test_a_workflow_that_sentry_would_refuse_is_refused_by_its_field(
    a_server: Callable[..., Local], field: str, more: Json
) -> None:
    local = a_server()

    refused = await local.client.post(f"{API}workflows/", json=workflow(**more))

    assert refused.status_code == 400
    assert list(refused.json()) == [field]
    assert await local.get("workflows/") == []


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("type", {"type": "weather"}),
        ("timeWindow", {"dataSources": [{**detector()["dataSources"][0], "timeWindow": 61}]}),
        ("conditionGroup", {"conditionGroup": {"logicType": "any", "conditions": []}}),
        ("config", {"config": None}),
    ],
)
async def test_a_detector_that_sentry_would_refuse_is_refused_by_its_field(
    a_server: Callable[..., Local], field: str, more: Json
) -> None:
    local = a_server()

    refused = await local.client.post(f"{API}projects/shop/detectors/", json=detector(**more))

    assert (refused.status_code, list(refused.json())) == (400, [field])


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("actionMatch", {"actionMatch": "some"}),
        ("frequency", {"frequency": 4}),
        ("conditions", {"conditions": [{"id": "weather"}]}),
        ("filters", {"filters": [{"id": "weather"}], "filterMatch": "all"}),
        ("actions", {"actions": []}),
        ("actions", {"actions": [{"id": SLACK, "workspace": 1, "channel": "#nowhere"}]}),
        ("actions", {"actions": [{"id": SLACK, "workspace": 9, "channel": "#alerts"}]}),
    ],
)
async def test_an_issue_rule_that_sentry_would_refuse_is_refused_by_its_field(
    a_server: Callable[..., Local], field: str, more: Json
) -> None:
    local = a_server(alerts="legacy")

    refused = await local.client.post(f"{PROJECT}rules/", json=rule(**more))

    assert (refused.status_code, list(refused.json())) == (400, [field])


async def test_the_same_rule_a_second_time_is_refused(a_server: Callable[..., Local]) -> None:
    local = a_server(alerts="legacy")
    await local.client.post(f"{PROJECT}rules/", json=rule())

    twin = await local.client.post(f"{PROJECT}rules/", json=rule(name="another"))

    assert (twin.status_code, list(twin.json())) == (400, ["name"])


async def test_a_channel_that_takes_a_while_is_a_task(a_server: Callable[..., Local]) -> None:
    local = a_server(alerts="legacy")
    slow = rule(actions=[{"id": SLACK, "workspace": 1, "channel": "#slow"}])

    begun = await local.client.post(f"{PROJECT}rules/", json=slow)
    where = f"{PROJECT}rule-task/{begun.json()['uuid']}/"
    looks = [(await local.client.get(where)).json()["status"] for _ in range(3)]

    assert begun.status_code == 202
    assert looks == ["pending", "success", "success"]
    assert len((await local.client.get(f"{PROJECT}rules/")).json()) == 1


async def test_a_metric_rule_tells_the_id_of_a_channel_as_its_target(
    a_server: Callable[..., Local],
) -> None:
    local = a_server(alerts="legacy")

    made = await local.client.post(f"{API}alert-rules/", json=metric())

    (action,) = made.json()["triggers"][0]["actions"]
    assert (action["targetIdentifier"], action["inputChannelId"]) == ("C0000000001", "#alerts")


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("timeWindow", {"timeWindow": 2}),
        ("projects", {"projects": ["none"]}),
        ("query", {"query": None}),
        ("triggers", {"triggers": []}),
    ],
)
async def test_a_metric_rule_that_sentry_would_refuse_is_refused_by_its_field(
    a_server: Callable[..., Local], field: str, more: Json
) -> None:
    local = a_server(alerts="legacy")

    refused = await local.client.post(f"{API}alert-rules/", json=metric(**more))

    assert (refused.status_code, list(refused.json())) == (400, [field])


async def test_each_generation_lacks_the_other(a_server: Callable[..., Local]) -> None:
    old, new = a_server(alerts="legacy"), a_server()

    answers = (
        await old.client.get(f"{API}workflows/?per_page=1"),
        await new.client.get(f"{PROJECT}rules/"),
    )

    assert [one.status_code for one in answers] == [404, 404]


async def test_alerts_need_their_own_scopes(a_server: Callable[..., Local]) -> None:
    reader = a_server(scopes=["alerts:read", "org:read"])

    read = await reader.client.get(f"{API}workflows/")
    written = await reader.client.post(f"{API}workflows/", json=workflow())

    assert (read.status_code, written.status_code) == (200, 403)
