"""Incidents of metric alerts, as the webhook shows them."""

from modules.local_sentry.metric_alerts import STATUS, Incident, Rule
from modules.local_sentry.models import Json
from modules.local_sentry.moments import iso

from .issue import Place


def alert_json(one: Incident, place: Place, now: float) -> Json:
    """`data` of the webhook `metric_alert`: snake_case."""
    rule = one.rule
    return {
        "metric_alert": {
            "id": str(one.number),
            "identifier": str(one.number),
            "organization_id": "1",
            "projects": [rule.project.slug],
            "title": rule.name,
            "type": 2,
            "status": STATUS[one.state],
            "status_method": 3,
            "date_started": iso(one.started),
            "date_detected": iso(one.started),
            "date_created": iso(one.started),
            "date_closed": iso(now) if one.state == "resolved" else None,
            "alert_rule": _rule(rule),
        },
        "description_title": f"{one.state.capitalize()}: {rule.name}",
        "description_text": f"{one.count} events in the last {rule.window_s // 60} minutes"
        + (f"\nFilter: {_query(rule)}" if rule.level else ""),
        "web_url": f"{place.url}/organizations/{place.org}/alerts/rules/details/{rule.id}/"
        f"?alert={one.number}",
    }


def _rule(rule: Rule) -> Json:
    return {
        "id": str(rule.id),
        "name": rule.name,
        "organization_id": "1",
        "status": 0,
        "query": _query(rule),
        "aggregate": "count()",
        "dataset": "events",
        "threshold_type": 0,
        "threshold_period": 1,
        "resolve_threshold": rule.resolve,
        "resolution": 1,
        "time_window": rule.window_s / 60,
        "environment": rule.environment or None,
        "projects": [rule.project.slug],
        "include_all_projects": False,
        "created_by": None,
        "date_created": iso(rule.created),
        "date_modified": iso(rule.created),
        "triggers": [
            {
                "label": label,
                "alert_rule_id": str(rule.id),
                "threshold_type": 0,
                "alert_threshold": threshold,
                "resolve_threshold": None,
            }
            for label, threshold in _triggers(rule)
        ],
    }


def _query(rule: Rule) -> str:
    return f"level:{rule.level}" if rule.level else ""


def _triggers(rule: Rule) -> list[tuple[str, float]]:
    told = [("critical", rule.critical)]
    return [*told, ("warning", rule.warning)] if rule.warning is not None else told
