"""Rules as the two generations of Sentry's API take them, and how what comes back reads."""

import copy
from typing import Any

import pytest

from modules.telemetry.alerting.errors import BadAlertRules
from modules.telemetry.alerting.legacy_bodies import (
    alert_rule_body,
    alert_rule_settings,
    for_metric,
    rule_body,
    rule_settings,
)
from modules.telemetry.alerting.plan import differences
from modules.telemetry.alerting.rule_file import built_in, read_rules
from modules.telemetry.alerting.rules import ErrorRate, Frequency, NewIssue, Repeated, SlackChannel
from modules.telemetry.alerting.targets import Target, known_settings
from modules.telemetry.alerting.workflow_bodies import (
    detector_body,
    detector_settings,
    workflow_body,
    workflow_settings,
)

SLACK = Target(
    channel=SlackChannel(type="slack", workspace="acme", channel="#alerts"),
    integration="1",
    identifier="C0123456789",
)


def paths_of(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """To each value that is no list and no table."""
    if isinstance(value, dict):
        return [path for key, one in value.items() for path in paths_of(one, (*at, key))]
    if isinstance(value, list):
        return [path for n, one in enumerate(value) for path in paths_of(one, (*at, n))]
    return [at]


OTHERS = {"any-short": "all", "any": "all", "all": "none", "C0123456789": "C9999999999"}


def another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 60 if isinstance(value, int) else OTHERS.get(value, "other")


NAMELESS = Target(channel=SLACK.channel, integration="1")


def test_fifty_in_five_minutes_as_a_workflow() -> None:
    burst = built_in().rules["burst"]

    body = workflow_body(burst, "n", detectors=["7"], targets=[SLACK])

    assert body["detectorIds"] == [7]
    assert body["triggers"] == {"logicType": "any-short", "conditions": []}
    (block,) = body["actionFilters"]
    seen = {"value": 50, "interval": "5m"}
    assert block["conditions"] == [
        {"type": "event_frequency_count", "comparison": seen, "conditionResult": True}
    ]
    (action,) = block["actions"]
    assert action["config"] == {
        "targetType": "specific",
        "targetIdentifier": "C0123456789",
        "targetDisplay": "alerts",
    }


def test_a_new_error_fires_at_level_error_and_fatal() -> None:
    new = built_in().rules["new-errors"]
    assert isinstance(new, NewIssue)

    workflow = workflow_body(new, "n", detectors=["7"], targets=[SLACK])
    rule = rule_body(new, "n", targets=[SLACK])

    assert [one["type"] for one in workflow["triggers"]["conditions"]] == ["first_seen_event"]
    level = {"level": 40, "match": "gte"}
    assert workflow["actionFilters"][0]["conditions"][0]["comparison"] == level
    assert rule["conditions"][0]["id"].endswith("FirstSeenEventCondition")
    assert rule["filters"][0] | {"id": ""} == {"id": "", "match": "gte", "level": "40"}


def test_ten_a_minute_over_five_minutes_is_fifty_in_seconds_and_in_minutes() -> None:
    rules = read_rules({"rules": {"error-rate": {"over_minutes": 5}}})
    rate = rules.rules["error-rate"]
    assert isinstance(rate, ErrorRate)

    detector = detector_body(rate, "n")
    rule = alert_rule_body(rate, "n", project="shop", targets=[SLACK])

    assert detector["dataSources"][0]["timeWindow"] == 300
    conditions = detector["conditionGroup"]["conditions"]
    assert [(one["type"], one["comparison"]) for one in conditions] == [("gt", 50), ("lte", 50)]
    assert (rule["timeWindow"], rule["triggers"][0]["alertThreshold"]) == (5, 50)


def test_an_answer_in_another_order_with_ids_and_defaults_reads_as_what_was_sent() -> None:
    sent = workflow_body(built_in().rules["new-errors"], "n", detectors=["7"], targets=[SLACK])
    (block,) = sent["actionFilters"]
    answer = {
        **sent,
        "id": "12",
        "detectorIds": ["7"],
        "triggers": {"id": "1", **sent["triggers"], "actions": []},
        "actionFilters": [
            {
                "id": "2",
                "logicType": "all",
                "conditions": [{"id": "3", **one} for one in block["conditions"]],
                "actions": [
                    {"id": "4", **one, "data": {"tags": "", "notes": ""}}
                    for one in block["actions"]
                ],
            }
        ],
    }

    assert workflow_settings(answer) == workflow_settings(sent)


def test_a_detector_reads_from_its_nested_query() -> None:
    rate = built_in().rules["error-rate"]
    assert isinstance(rate, ErrorRate)
    sent = detector_body(rate, "n")
    query = {"snubaQuery": sent["dataSources"][0]}

    answer = {**sent, "id": "1", "dataSources": [{"id": "2", "queryObj": query}]}

    assert detector_settings(answer) == detector_settings(sent)


def test_a_metric_rule_reads_the_name_of_a_channel_wherever_it_stands() -> None:
    rate = built_in().rules["error-rate"]
    assert isinstance(rate, ErrorRate)
    sent = alert_rule_body(rate, "n", project="shop", targets=[SLACK])
    turned: dict[str, Any] = dict(sent["triggers"][0]["actions"][0])
    turned |= {"targetIdentifier": "C0123456789", "inputChannelId": "#alerts", "id": "9"}
    answer = {**sent, "timeWindow": 1.0}
    answer["triggers"] = [{"label": "critical", "alertThreshold": 10.0, "actions": [turned]}]

    assert alert_rule_settings(answer) == alert_rule_settings(sent)


def test_numbers_as_text_are_no_difference() -> None:
    burst = built_in().rules["burst"]
    assert isinstance(burst, Frequency)
    sent = rule_body(burst, "n", targets=[SLACK])
    condition = {**sent["conditions"][0], "value": "50", "name": "The issue is seen …"}
    del condition["comparisonType"]
    action = {**sent["actions"][0], "workspace": "1", "uuid": "u"}

    answer = {**sent, "conditions": [condition], "actions": [action]}

    assert rule_settings(answer) == rule_settings(sent)


def test_the_id_that_sentry_finds_for_a_channel_is_no_difference() -> None:
    burst = built_in().rules["burst"]
    sent = workflow_body(burst, "n", detectors=["7"], targets=[NAMELESS])
    found = workflow_body(burst, "n", detectors=["7"], targets=[SLACK])

    assert known_settings(workflow_settings(sent), [NAMELESS]).items() <= (
        workflow_settings(found).items()
    )


def test_a_project_without_teams_has_nobody_for_a_legacy_metric_rule() -> None:
    owners = [Target(channel=one) for one in built_in().channels.values()]

    with pytest.raises(BadAlertRules) as refused:
        for_metric("error-rate", owners, teams=())

    assert "rules.error-rate" in refused.value.message
    assert [one.identifier for one in for_metric("error-rate", owners, teams=("7", "8"))] == [
        "7",
        "8",
    ]


RULES = built_in().rules
RATE = RULES["error-rate"]
assert isinstance(RATE, ErrorRate)
SENT = {
    **{
        f"workflow {key}": (
            workflow_body(rule, "n", detectors=["7"], targets=[SLACK]), workflow_settings,
        )
        for key, rule in RULES.items()
    },
    **{
        f"rule {key}": (rule_body(rule, "n", targets=[SLACK]), rule_settings)
        for key, rule in RULES.items()
        if isinstance(rule, Repeated)
    },
    "detector": (detector_body(RATE, "n"), detector_settings),
    "alert-rule": (
        alert_rule_body(RATE, "n", project="shop", targets=[SLACK]), alert_rule_settings,
    ),
}  # fmt: skip
UNCOMPARED = ("type", "label")  # of a detector, which cannot be changed; of a trigger, its place


@pytest.mark.parametrize(
    ("name", "at"),
    [
        (name, at)
        for name, (body, _) in SENT.items()
        for at in paths_of(body)
        if at[-1] not in UNCOMPARED or (len(at) > 1 and at[-1] == "type")
    ],
    ids=str,
)
def test_whoever_changes_a_field_that_is_sent_makes_a_difference(
    name: str, at: tuple[str | int, ...]
) -> None:
    body, settings = SENT[name]
    changed = copy.deepcopy(body)
    inside: Any = changed
    for step in at[:-1]:
        inside = inside[step]
    inside[at[-1]] = another(inside[at[-1]])

    assert differences(settings(changed), settings(body)) != []
