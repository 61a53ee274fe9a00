"""Whether a body is an issue alert rule or a metric alert rule. Source: docs/api/alerts, May 2026."""

from typing import Any, Final

from . import directory
from .body_checks import is_number, need_choice, need_list, need_text, refuse
from .models import Json
from .workflow_checks import INTERVALS

MATCHES: Final = ("all", "any", "none")
WINDOWS: Final = (1, 5, 10, 15, 30, 60, 120, 240, 1440)
_CONDITIONS: Final = "sentry.rules.conditions."
_FREQUENCY: Final = f"{_CONDITIONS}event_frequency.EventFrequencyCondition"
_KNOWN: Final = (
    f"{_CONDITIONS}first_seen_event.FirstSeenEventCondition",
    f"{_CONDITIONS}regression_event.RegressionEventCondition",
    f"{_CONDITIONS}reappeared_event.ReappearedEventCondition",
    _FREQUENCY,
)
_LEVEL: Final = "sentry.rules.filters.level.LevelFilter"
_SLACK: Final = "sentry.integrations.slack.notify_action.SlackNotifyServiceAction"
_PAGERDUTY: Final = "sentry.integrations.pagerduty.notify_action.PagerDutyNotifyServiceAction"
_EMAIL: Final = "sentry.mail.actions.NotifyEmailAction"
_SERVICE: Final = "sentry.rules.actions.notify_event_service.NotifyEventServiceAction"


def rule(body: Json, *, org: str) -> Json:
    """As it is stored. Raises FieldErrors."""
    name = need_text(body, "name", most=256)
    need_choice(body, "actionMatch", MATCHES)
    filters = need_list(body, "filters") if "filters" in body else []
    if filters:
        need_choice(body, "filterMatch", MATCHES)
    frequency: Any = body.get("frequency")
    if not is_number(frequency) or not 5 <= frequency <= 43200:
        raise refuse("frequency", "Ensure this value is between 5 and 43200.")
    for one in need_list(body, "conditions"):
        _condition(one)
    for one in filters:
        if one.get("id") != _LEVEL or one.get("match") not in ("eq", "gte", "lte"):
            raise refuse("filters", "Invalid node.")
    actions = [_action(one, org) for one in need_list(body, "actions")]
    if not actions:
        raise refuse("actions", "You must add an action for this alert to fire.")
    return {**_common(body, name), "filters": filters, "actions": actions} | {
        key: body.get(key) for key in ("actionMatch", "filterMatch", "frequency", "conditions")
    }


def _common(body: Json, name: str) -> Json:
    return {"name": name, "environment": body.get("environment"), "owner": body.get("owner")}


def _condition(condition: Json) -> None:
    kind = condition.get("id")
    if kind not in _KNOWN:
        raise refuse("conditions", f"Invalid node. Could not find '{kind}'")
    if kind == _FREQUENCY and (
        not is_number(condition.get("value")) or condition.get("interval") not in INTERVALS
    ):
        raise refuse("conditions", "Ensure this value is greater than or equal to 0")


def _action(action: Json, org: str) -> Json:
    match action.get("id"):
        case str(kind) if kind == _SLACK:
            directory.check_integration(action.get("workspace"), "slack")
            found = directory.find_channel(org, action.get("channel"), action.get("channel_id"))
            return {**action, "channel_id": found}
        case str(kind) if kind == _PAGERDUTY:
            directory.check_integration(action.get("account"), "pagerduty")
            directory.check_service(action.get("service"))
        case str(kind) if kind == _EMAIL and action.get("targetType") != "IssueOwners":
            told = {"Team": "team", "Member": "user"}.get(str(action.get("targetType")), "target")
            directory.check_owner(told, action.get("targetIdentifier"))
        case str(kind) if kind == _EMAIL:
            pass
        case str(kind) if kind == _SERVICE:
            if action.get("service") not in ("webhooks", "mail", directory.APP["slug"]):
                raise refuse("actions", "This service does not exist.")
        case other:
            raise refuse("actions", f"Invalid node. Could not find '{other}'")
    return action


def same(one: Json, other: Json) -> bool:
    """Whether two rules do the same, whatever they are called."""
    keys = ("conditions", "filters", "actions", "environment", "frequency", "actionMatch")
    return all(_bare(one.get(key)) == _bare(other.get(key)) for key in keys)


def _bare(value: Any) -> Any:
    """Without the ids and labels that answers add."""
    if not isinstance(value, list):
        return value
    return [{key: one[key] for key in one if key not in ("uuid", "name")} for one in value]


def waits(body: Json) -> bool:
    """Whether a channel is named that takes a while to find."""
    named = [one.get("channel") for one in body.get("actions") or [] if not one.get("channel_id")]
    return f"#{directory.SLOW}" in named


def metric(body: Json, *, org: str) -> Json:
    """As it is stored. Raises FieldErrors."""
    name = need_text(body, "name", most=256)
    need_text(body, "aggregate", most=500)
    if not isinstance(body.get("query"), str):
        raise refuse("query", "This field is required.")
    need_choice(body, "timeWindow", WINDOWS)
    need_choice(body, "thresholdType", (0, 1))
    if not isinstance(body.get("projects"), list) or len(body["projects"]) != 1:
        raise refuse("projects", "Must specify exactly one project.")
    triggers = [_trigger(one, org) for one in need_list(body, "triggers")]
    if not any(one["label"] == "critical" for one in triggers):
        raise refuse("triggers", 'First trigger must be labeled "critical".')
    kept = (
        "projects",
        "query",
        "aggregate",
        "timeWindow",
        "thresholdType",
        "eventTypes",
        "resolveThreshold",
        "comparisonDelta",
    )
    return {
        **_common(body, name),
        **{key: body.get(key) for key in kept},
        "dataset": body.get("dataset", "events"),
        "queryType": body.get("queryType", 0),
        "triggers": triggers,
    }


def _trigger(trigger: Json, org: str) -> Json:
    need_choice(trigger, "label", ("critical", "warning"))
    if not is_number(trigger.get("alertThreshold")):
        raise refuse("triggers", "alertThreshold: This field is required.")
    actions = [_metric_action(one, org) for one in need_list(trigger, "actions")]
    return {**trigger, "actions": actions}


def _metric_action(action: Json, org: str) -> Json:
    """Answers tell the id of a channel as the target, and its name beside it."""
    kind = need_choice(action, "type", ("email", "slack", "pagerduty", "sentry_app"))
    identifier: Any = action.get("targetIdentifier")
    channel = None
    match kind:
        case "slack":
            directory.check_integration(action.get("integrationId"), "slack")
            channel = identifier
            identifier = directory.find_channel(org, identifier, action.get("inputChannelId"))
        case "pagerduty":
            directory.check_integration(action.get("integrationId"), "pagerduty")
            directory.check_service(identifier)
        case "email":
            directory.check_owner(str(action.get("targetType")), identifier)
        case _ if str(identifier) != str(directory.APP["id"]):
            raise refuse("triggers", "SentryApp is required for sentry_app actions.")
        case _:
            pass
    return {
        "type": kind,
        "targetType": action.get("targetType"),
        "targetIdentifier": str(identifier),
        "inputChannelId": channel,
        "integrationId": action.get("integrationId"),
        "sentryAppId": action.get("sentryAppId"),
    }
