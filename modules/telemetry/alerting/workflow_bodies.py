"""Rules as detectors and workflows: what is sent, and how what comes back reads. No I/O.

Source: docs/api/monitors, "Create an Alert for an Organization" and "Create a Monitor for a
Project". Requests are accepted in camelCase, in which answers come.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from modules.sentry.reading import child, children, flag, get, number, objects, text

from .lines import SLACK_IDS, channel_id, channel_name, line, plain
from .plan import ENABLED, Json
from .rules import (
    OWNERS,
    AlertRule,
    AppChannel,
    EmailChannel,
    ErrorRate,
    Frequency,
    NewIssue,
    PagerDutyChannel,
    Regression,
    SlackChannel,
    WebhookChannel,
)
from .targets import Target

HIGH, RESOLVED = 75, 0  # priorities of what a detector finds
EVENT_TYPES: Final = ("error", "default")
LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40, "fatal": 50}
# An issue of a metric is told of when it opens, and when it opens again.
_OPENS: Final = ("first_seen_event", "regression_event", "reappeared_event")


def detector_body(rule: ErrorRate, name: str) -> dict[str, Any]:
    """Errors of the project counted over `over_minutes`; time windows are in seconds here."""
    threshold = rule.per_minute * rule.over_minutes
    return {
        "name": name,
        "type": "metric_issue",
        "enabled": True,
        "dataSources": [
            {
                "aggregate": "count()",
                "dataset": "events",
                "environment": rule.environment,
                "eventTypes": list(EVENT_TYPES),
                "query": "",
                "queryType": 0,
                "timeWindow": rule.over_minutes * 60,
            }
        ],
        "config": {"detectionType": "static"},
        "conditionGroup": {
            "logicType": "any",
            "conditions": [
                {"type": "gt", "comparison": threshold, "conditionResult": HIGH},
                {"type": "lte", "comparison": threshold, "conditionResult": RESOLVED},
            ],
        },
    }


def workflow_body(
    rule: AlertRule, name: str, *, detectors: Sequence[str], targets: Iterable[Target]
) -> dict[str, Any]:
    triggers, conditions = _conditions(rule)
    repeat = 0 if isinstance(rule, ErrorRate) else rule.repeat_minutes
    return {
        "name": name,
        "enabled": True,
        "detectorIds": [int(one) if one.isdecimal() else one for one in detectors],
        "environment": None if isinstance(rule, ErrorRate) else rule.environment,
        "config": {"frequency": repeat},
        "triggers": {"logicType": "any-short", "conditions": [_met(one, True) for one in triggers]},
        "actionFilters": [
            {
                "logicType": "all",
                "conditions": conditions,
                "actions": [_action(one) for one in targets],
            }
        ],
    }


def _conditions(rule: AlertRule) -> tuple[Sequence[str], list[dict[str, Any]]]:
    """What makes Sentry look at the rule, and what must then hold."""
    match rule:
        case Frequency():
            seen = {"value": rule.more_than, "interval": rule.within}
            return (), [_met("event_frequency_count", seen)]
        case ErrorRate():
            return _OPENS, []
        case NewIssue():
            return ("first_seen_event",), [_level(rule.level)]
        case Regression():
            return ("regression_event",), [_level(rule.level)] if rule.level else []


def _level(level: str) -> dict[str, Any]:
    return _met("level", {"level": LEVELS[level], "match": "gte"})


def _met(kind: str, comparison: object) -> dict[str, Any]:
    return {"type": kind, "comparison": comparison, "conditionResult": True}


def _action(target: Target) -> dict[str, Any]:
    data: dict[str, Any] = {}
    config: dict[str, Any] = {
        "targetType": "specific",
        "targetIdentifier": target.identifier,
        "targetDisplay": None,
    }
    match target.channel:
        case SlackChannel() as channel:
            kind = "slack"
            config["targetDisplay"] = channel.name
        case PagerDutyChannel() as channel:
            kind, data = "pagerduty", {"priority": "default"}
            config["targetDisplay"] = channel.service
        case EmailChannel() as channel:
            kind = "email"
            config["targetType"] = OWNERS if channel.to else "team" if channel.team else "user"
            if channel.to:
                data, config["targetIdentifier"] = {"fallthroughType": "ActiveMembers"}, None
        case AppChannel():
            kind, config["targetType"] = "sentry_app", "sentry_app"
        case WebhookChannel():
            kind, config = "webhook", {"targetIdentifier": "webhooks"}
    return {
        "type": kind,
        "integrationId": target.integration or None,
        "data": data,
        "config": config,
        "status": "active",
    }


def detector_settings(raw: Json) -> dict[str, Any]:
    """Of a request as of an answer, in which the query is nested."""
    source = next(iter(objects(children(raw, "dataSources"))), {})
    query = child(child(source, "queryObj"), "snubaQuery") or source
    group = child(raw, "conditionGroup")
    conditions = objects(children(group, "conditions"))
    return {
        "name": text(raw, "name"),
        ENABLED: flag(raw, "enabled") is not False,
        "aggregate": text(query, "aggregate"),
        "dataset": text(query, "dataset"),
        "query": text(query, "query"),
        "query_type": number(query, "queryType"),
        "window_minutes": number(query, "timeWindow") // 60,
        "environment": text(query, "environment"),
        "event_types": [str(one) for one in children(query, "eventTypes")],
        "detection": text(child(raw, "config"), "detectionType"),
        "match": _logic(group),
        "thresholds": [
            f"{text(one, 'type')} {plain(get(one, 'comparison'))} -> {number(one, 'conditionResult')}"
            for one in conditions
        ],
    }


def workflow_settings(raw: Json) -> dict[str, Any]:
    """Of a request as of an answer. Ids of conditions and actions are left out."""
    triggers = child(raw, "triggers")
    blocks = objects(children(raw, "actionFilters"))
    first: Json = blocks[0] if blocks else {}
    actions = objects(children(first, "actions"))
    return {
        "name": text(raw, "name"),
        ENABLED: flag(raw, "enabled") is not False,
        "monitors": [str(one) for one in children(raw, "detectorIds")],
        "environment": text(raw, "environment"),
        "repeat_minutes": number(child(raw, "config"), "frequency"),
        "triggers": [_condition_line(one) for one in objects(children(triggers, "conditions"))],
        "trigger_match": _logic(triggers),
        "match": _logic(first),
        "conditions": [_condition_line(one) for one in objects(children(first, "conditions"))],
        "notify": [_action_line(one) for one in actions],
        SLACK_IDS: [one for one in map(_slack_id, actions) if one],
        "more_blocks": max(0, len(blocks) - 1),
    }


def _logic(group: Json) -> str:
    """`any-short` is `any` that ends early."""
    return text(group, "logicType").removesuffix("-short")


def _condition_line(raw: Json) -> str:
    comparison = get(raw, "comparison")
    kind = text(raw, "type")
    if get(raw, "conditionResult") is False:  # never met
        kind = f"not {kind}"
    if isinstance(comparison, dict):
        return line(kind, comparison)
    return kind if comparison is True else f"{kind} {plain(comparison)}"


def _action_line(raw: Json) -> str:
    config, data = child(raw, "config"), child(raw, "data")
    kind = text(raw, "type")
    values: dict[str, Any] = {**data, "integration": text(raw, "integrationId")}
    if kind == "slack":
        values["channel"] = channel_name((text(config, "targetDisplay"),))
    else:
        values["target"] = text(config, "targetIdentifier")
    to = text(config, "targetType")
    values["to"] = to if to != "specific" else ""
    if text(raw, "status") not in ("", "active"):
        values["status"] = text(raw, "status")
    return line(kind, values)


def _slack_id(raw: Json) -> str:
    config = child(raw, "config")
    return channel_id((text(config, "targetIdentifier"),)) if text(raw, "type") == "slack" else ""
