"""Rules as issue alert rules and metric alert rules of before detectors and workflows. No I/O.

Source: docs/api/alerts, "Create an Issue Alert Rule for a Project" and "Create a Metric Alert Rule
for an Organization", as last published.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from modules.sentry.reading import children, flag, get, number, objects, text

from .errors import BadAlertRules
from .lines import SLACK_IDS, channel_id, channel_name, line, plain
from .plan import MUTED, STATUS, Json
from .rules import (
    AppChannel,
    EmailChannel,
    ErrorRate,
    Frequency,
    NewIssue,
    PagerDutyChannel,
    Regression,
    Repeated,
    SlackChannel,
    WebhookChannel,
)
from .targets import Target
from .workflow_bodies import EVENT_TYPES, LEVELS

ABOVE: Final = 0
_CONDITIONS: Final = "sentry.rules.conditions"
_LEVEL_FILTER: Final = "sentry.rules.filters.level.LevelFilter"
_EMAIL: Final = "sentry.mail.actions.NotifyEmailAction"
_SLACK: Final = "sentry.integrations.slack.notify_action.SlackNotifyServiceAction"
_PAGERDUTY: Final = "sentry.integrations.pagerduty.notify_action.PagerDutyNotifyServiceAction"
_SERVICE: Final = "sentry.rules.actions.notify_event_service.NotifyEventServiceAction"
_OURS_ALONE: Final = ("id", "name", "uuid", "formFields", "hasSchemaFormConfig")


def rule_body(rule: Repeated, name: str, *, targets: Iterable[Target]) -> dict[str, Any]:
    """An issue alert rule."""
    conditions, filters = _conditions(rule)
    return {
        "name": name,
        "actionMatch": "any",
        "filterMatch": "all",
        "frequency": rule.repeat_minutes,
        "environment": rule.environment,
        "conditions": conditions,
        "filters": filters,
        "actions": [_action(one) for one in targets],
    }


def _conditions(rule: Repeated) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    match rule:
        case Frequency():
            seen = {
                "id": f"{_CONDITIONS}.event_frequency.EventFrequencyCondition",
                "value": rule.more_than,
                "comparisonType": "count",
                "interval": rule.within,
            }
            return [seen], []
        case NewIssue():
            first = {"id": f"{_CONDITIONS}.first_seen_event.FirstSeenEventCondition"}
            return [first], [_level(rule.level)]
        case Regression():
            again = {"id": f"{_CONDITIONS}.regression_event.RegressionEventCondition"}
            return [again], [_level(rule.level)] if rule.level else []
        case _:
            raise AssertionError(rule)


def _level(level: str) -> dict[str, Any]:
    return {"id": _LEVEL_FILTER, "match": "gte", "level": str(LEVELS[level])}


def _action(target: Target) -> dict[str, Any]:
    match target.channel:
        case SlackChannel() as channel:
            named = {"channel_id": target.identifier} if target.identifier else {}
            workspace = int(target.integration)
            return {"id": _SLACK, "workspace": workspace, "channel": f"#{channel.name}", **named}
        case PagerDutyChannel():
            numbers = {"account": int(target.integration), "service": int(target.identifier)}
            return {"id": _PAGERDUTY, **numbers, "severity": "default"}
        case EmailChannel() as channel:
            kind = "IssueOwners" if channel.to else "Team" if channel.team else "Member"
            whom: dict[str, int] = (
                {} if channel.to else {"targetIdentifier": int(target.identifier)}
            )
            return {"id": _EMAIL, "targetType": kind, "fallthroughType": "ActiveMembers", **whom}
        case AppChannel() as channel:
            return {"id": _SERVICE, "service": channel.app}
        case WebhookChannel():
            return {"id": _SERVICE, "service": "webhooks"}


def alert_rule_body(
    rule: ErrorRate, name: str, *, project: str, targets: Iterable[Target]
) -> dict[str, Any]:
    """A metric alert rule; its time windows are in minutes."""
    return {
        "name": name,
        "projects": [project],
        "dataset": "events",
        "queryType": 0,
        "eventTypes": list(EVENT_TYPES),
        "query": "",
        "aggregate": "count()",
        "timeWindow": rule.over_minutes,
        "thresholdType": ABOVE,
        "environment": rule.environment,
        "triggers": [
            {
                "label": "critical",
                "alertThreshold": rule.per_minute * rule.over_minutes,
                "actions": [_metric_action(one) for one in targets],
            }
        ],
    }


def for_metric(key: str, targets: Iterable[Target], *, teams: Sequence[str]) -> list[Target]:
    """Metric alert rules of this generation have no issue whose owners could be told: the teams of
    the project are told instead, by their ids.

    Raises BadAlertRules where the project has no team, and for the plugin WebHooks, which such
    rules do not know.
    """
    found: list[Target] = []
    for one in targets:
        owners = isinstance(one.channel, EmailChannel) and one.channel.to
        if isinstance(one.channel, WebhookChannel) or (owners and not teams):
            what = "the plugin WebHooks" if not owners else "the teams of a project without any"
            raise BadAlertRules(
                f"rules.{key}: metric alert rules of this server cannot tell {what}.",
                recovery=f"Give rules.{key} channels of another kind (an e-mail to a team or a "
                "member, slack, pagerduty, sentry_app), or leave it out of built_in.",
            )
        team = EmailChannel(type="email", team="of the project")
        found += [Target(channel=team, identifier=id_) for id_ in teams] if owners else [one]
    return found


def _metric_action(target: Target) -> dict[str, Any]:
    specific = {"targetType": "specific", "integrationId": _number(target.integration)}
    match target.channel:
        case SlackChannel() as channel:
            named = {"inputChannelId": target.identifier} if target.identifier else {}
            return {"type": "slack", **specific, "targetIdentifier": f"#{channel.name}", **named}
        case PagerDutyChannel():
            return {"type": "pagerduty", **specific, "targetIdentifier": int(target.identifier)}
        case EmailChannel() as channel:
            kind = "team" if channel.team else "user"
            return {"type": "email", "targetType": kind, "targetIdentifier": target.identifier}
        case AppChannel():
            app = int(target.identifier)
            app_ids = {"targetIdentifier": app, "sentryAppId": app}
            return {"type": "sentry_app", "targetType": "sentry_app", **app_ids}
        case WebhookChannel():
            raise AssertionError(target)


def _number(text_: str) -> int | None:
    return int(text_) if text_ else None


def rule_settings(raw: Json) -> dict[str, Any]:
    """Of a request as of an answer, which adds labels, ids and defaults."""
    actions = objects(children(raw, "actions"))
    return {
        "name": text(raw, "name"),
        "environment": text(raw, "environment"),
        "repeat_minutes": number(raw, "frequency"),
        "match": text(raw, "actionMatch"),
        "filter_match": text(raw, "filterMatch") or "all",
        "conditions": [_line(one) for one in objects(children(raw, "conditions"))],
        "filters": [_line(one) for one in objects(children(raw, "filters"))],
        "notify": [_line(one) for one in actions],
        SLACK_IDS: [one for one in (text(action, "channel_id") for action in actions) if one],
        MUTED: _is_muted(raw),
        STATUS: text(raw, "status") or "active",
    }


def _is_muted(raw: Json) -> bool:
    """For everyone; what one person does not want to hear is theirs."""
    return flag(raw, "snooze") is True and flag(raw, "snoozeForEveryone") is not False


def alert_rule_settings(raw: Json) -> dict[str, Any]:
    triggers = objects(children(raw, "triggers"))
    critical = next((one for one in triggers if text(one, "label") == "critical"), {})
    actions = objects(children(critical, "actions"))
    return {
        "name": text(raw, "name"),
        "projects": [str(one) for one in children(raw, "projects")],
        "environment": text(raw, "environment"),
        "aggregate": text(raw, "aggregate"),
        "dataset": text(raw, "dataset"),
        "query": text(raw, "query"),
        "query_type": number(raw, "queryType"),
        "event_types": [str(one) for one in children(raw, "eventTypes")] or list(EVENT_TYPES),
        "resolves_at": _number_or_none(get(raw, "resolveThreshold")),
        "compared_with": _number_or_none(get(raw, "comparisonDelta")),
        "window_minutes": number(raw, "timeWindow"),
        "above": number(raw, "thresholdType") == ABOVE,
        "threshold": plain(get(critical, "alertThreshold")),
        "notify": [_metric_line(one) for one in actions],
        SLACK_IDS: [one for one in map(_slack_id, actions) if one],
        "more_triggers": max(0, len(triggers) - 1),
        MUTED: flag(raw, "snooze") is True,
    }


def _number_or_none(value: Any) -> str:
    return "" if value is None else plain(value)


def _line(raw: Json) -> str:
    values = {name: value for name, value in raw.items() if name not in _OURS_ALONE}
    values.pop("channel_id", None)
    if values.get("comparisonType") == "count":  # the default, which not every answer has
        del values["comparisonType"]
    if "channel" in values:
        values["channel"] = str(values["channel"]).removeprefix("#")
    return line(text(raw, "id").rpartition(".")[2], values)


def _metric_line(raw: Json) -> str:
    kind = text(raw, "type")
    values = {"integration": text(raw, "integrationId"), "to": text(raw, "targetType")}
    if kind == "slack":
        values["channel"] = channel_name(_slack_names(raw))
    else:
        values["target"] = text(raw, "targetIdentifier")
    return line(kind, values)


def _slack_names(raw: Json) -> tuple[str, str]:
    return text(raw, "targetIdentifier"), text(raw, "inputChannelId")


def _slack_id(raw: Json) -> str:
    return channel_id(_slack_names(raw)) if text(raw, "type") == "slack" else ""
