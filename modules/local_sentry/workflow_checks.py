"""Whether a body is a workflow or a detector.

Source: docs/api/monitors; the intervals are those that the server takes, not those of its prose.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from . import directory
from .body_checks import is_number, need_choice, need_list, need_object, need_text, refuse
from .models import Json

LOGIC: Final = ("any", "any-short", "all", "none")
FREQUENCIES: Final = (0, 5, 10, 30, 60, 180, 720, 1440)
INTERVALS: Final = ("1m", "5m", "15m", "1h", "1d", "1w", "30d")
TRIGGERS: Final = (
    "first_seen_event",
    "regression_event",
    "reappeared_event",
    "issue_resolved_trigger",
    "new_high_priority_issue",
    "existing_high_priority_issue",
)
_WINDOWS: Final = (60, 300, 600, 900, 1800, 3600, 7200, 14400, 86400)
_PRIORITIES: Final = (75, 50, 0)


def workflow(body: Json, *, org: str) -> Json:
    """As it is stored. Raises FieldErrors."""
    name = need_text(body, "name", most=256)
    if need_object(body, "config").get("frequency") not in FREQUENCIES:
        raise refuse("config", "Invalid frequency.")
    triggers = _group(need_object(body, "triggers"), "triggers")
    for one in triggers["conditions"]:
        if one.get("type") not in TRIGGERS or one.get("comparison") is not True:
            raise refuse("triggers", "Invalid condition.")
    return {
        "name": name,
        "enabled": body.get("enabled", True) is True,
        "detectorIds": [str(one) for one in body.get("detectorIds") or []],
        "environment": body.get("environment"),
        "config": body["config"],
        "triggers": triggers,
        "actionFilters": [_block(one, org) for one in need_list(body, "actionFilters")],
        "owner": body.get("owner"),
    }


def _group(group: Json, field: str) -> Json:
    if group.get("logicType") not in LOGIC:
        raise refuse(field, f'logicType: "{group.get("logicType")}" is not a valid choice.')
    conditions = need_list(group, "conditions") if "conditions" in group else []
    if any("conditionResult" not in one for one in conditions):
        raise refuse(field, "conditionResult: This field is required.")
    return {"logicType": group["logicType"], "conditions": conditions}


def _block(block: Json, org: str) -> Json:
    group = _group(block, "actionFilters")
    for one in group["conditions"]:
        check = _COMPARISONS.get(str(one.get("type")))
        if check is None or not check(one.get("comparison")):
            raise refuse("actionFilters", f"Invalid condition of type {one.get('type')}.")
    return {**group, "actions": [_action(one, org) for one in need_list(block, "actions")]}


def _count(comparison: Any) -> bool:
    return (
        isinstance(comparison, dict)
        and is_number(comparison.get("value"))
        and comparison["value"] >= 0
        and comparison.get("interval") in INTERVALS
    )


def _level(comparison: Any) -> bool:
    return (
        isinstance(comparison, dict)
        and comparison.get("level") in (0, 10, 20, 30, 40, 50)
        and comparison.get("match") in ("eq", "gte", "lte")
    )


_COMPARISONS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "event_frequency_count": _count,
    "event_unique_user_frequency_count": _count,
    "level": _level,
    "issue_priority_greater_or_equal": lambda value: value in (25, 50, 75),
    "latest_release": lambda value: value is True,
}


def _action(action: Json, org: str) -> Json:
    kind = need_choice(action, "type", ("email", "slack", "pagerduty", "sentry_app", "webhook"))
    config = dict(need_object(action, "config"))
    identifier = config.get("targetIdentifier")
    match kind:
        case "slack":
            directory.check_integration(action.get("integrationId"), "slack")
            found = directory.find_channel(org, config.get("targetDisplay"), identifier)
            config["targetIdentifier"] = found
        case "pagerduty":
            directory.check_integration(action.get("integrationId"), "pagerduty")
            directory.check_service(identifier)
        case "email" if config.get("targetType") != "issue_owners":
            directory.check_owner(str(config.get("targetType")), identifier)
        case "sentry_app" if str(identifier) != str(directory.APP["id"]):
            raise refuse("actions", "This sentry app does not exist.")
        case "webhook" if identifier not in ("webhooks", directory.APP["slug"]):
            raise refuse("actions", "This service does not exist.")
        case _:
            pass
    return {
        "type": kind,
        "integrationId": action.get("integrationId"),
        "data": action.get("data") or {},
        "config": config,
        "status": action.get("status", "active"),
    }


def detector(body: Json) -> Json:
    """As it is stored. Raises FieldErrors."""
    name = need_text(body, "name", most=200)
    if need_text(body, "type", most=64) != "metric_issue":
        raise refuse("type", f"Unknown detector type '{body['type']}'")
    source = next(iter(need_list(body, "dataSources")), {})
    need_text(source, "aggregate", most=500)
    need_choice(source, "dataset", ("events", "events_analytics_platform", "transactions"))
    need_choice(source, "timeWindow", _WINDOWS)
    group = _group(need_object(body, "conditionGroup"), "conditionGroup")
    results = [one.get("conditionResult") for one in group["conditions"]]
    if any(one not in _PRIORITIES for one in results) or 0 not in results:
        raise refuse("conditionGroup", "Resolution condition required for metric issue detector.")
    need_choice(need_object(body, "config"), "detectionType", ("static", "percent", "dynamic"))
    return {
        "name": name,
        "type": "metric_issue",
        "enabled": body.get("enabled", True) is True,
        "description": body.get("description"),
        "owner": body.get("owner"),
        "dataSources": [source],
        "config": body["config"],
        "conditionGroup": group,
    }
