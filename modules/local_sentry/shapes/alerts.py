"""Alerts as the API answers them."""

from typing import Any

from modules.local_sentry.models import Alert, Json
from modules.local_sentry.moments import iso

_ORGANIZATION = "1"


def detector_json(alert: Alert, *, connected: list[int]) -> Json:
    body = alert.body
    sources = [_source(alert, one) for one in body.get("dataSources") or []]
    group = body.get("conditionGroup")
    return {
        **_dates(alert),
        "projectId": str(alert.project_id),
        "name": body["name"],
        "type": body["type"],
        "description": body.get("description"),
        "workflowIds": [str(one) for one in connected],
        "owner": _owner(body.get("owner")),
        "createdBy": None if body["type"] != "metric_issue" else "1",
        "dataSources": sources or None,
        "conditionGroup": None if group is None else _group(alert, group, 0),
        "config": body["config"],
        "enabled": body["enabled"],
        "latestGroup": None,
    }


def workflow_json(alert: Alert) -> Json:
    body = alert.body
    blocks = [
        _group(alert, one, number) | {"actions": _actions(alert, one["actions"])}
        for number, one in enumerate(body["actionFilters"], start=1)
    ]
    return {
        **_dates(alert),
        "organizationId": _ORGANIZATION,
        "createdBy": "1",
        "name": body["name"],
        "triggers": _group(alert, body["triggers"], 0),
        "actionFilters": blocks,
        "environment": body["environment"],
        "config": body["config"],
        "detectorIds": body["detectorIds"],
        "enabled": body["enabled"],
        "lastTriggered": None,
        "owner": body["owner"],
    }


def rule_json(alert: Alert, project: str) -> Json:
    body = {name: value for name, value in alert.body.items() if name != "snoozed_for"}
    snoozed = alert.body.get("snoozed_for")
    told = {"snoozeForEveryone": snoozed == "everyone", "snoozeCreatedBy": "You"} if snoozed else {}
    return {
        **body,
        "id": str(alert.id),
        "filterMatch": body["filterMatch"] or "all",
        "actions": [{**one, "uuid": f"{alert.id}-{n}"} for n, one in enumerate(body["actions"])],
        "conditions": [{**one, "name": "…"} for one in reversed(body["conditions"])],
        "projects": [project],
        "dateCreated": iso(alert.created),
        "createdBy": None,
        "status": "active",
        "lastTriggered": None,
        "snooze": snoozed is not None,
        **told,
    }


def metric_json(alert: Alert) -> Json:
    triggers = [
        {
            **one,
            "id": f"{alert.id}0{number}",
            "alertRuleId": str(alert.id),
            "thresholdType": alert.body["thresholdType"],
            "resolveThreshold": None,
            "actions": _actions(alert, one["actions"]),
        }
        for number, one in enumerate(alert.body["triggers"])
    ]
    return {
        **alert.body,
        "id": str(alert.id),
        "organizationId": _ORGANIZATION,
        "triggers": triggers,
        "resolveThreshold": alert.body.get("resolveThreshold"),
        "comparisonDelta": alert.body.get("comparisonDelta"),
        "originalAlertRuleId": None,
        "dateCreated": iso(alert.created),
        "dateModified": iso(alert.updated),
        "createdBy": {"id": 1, "name": "Local User", "email": "local@example.test"},
    }


def _dates(alert: Alert) -> Json:
    created, updated = iso(alert.created), iso(alert.updated)
    return {"id": str(alert.id), "dateCreated": created, "dateUpdated": updated}


def _group(alert: Alert, group: Json, number: int) -> Json:
    """Sentry gives conditions back in any order; here it is another than they came in."""
    conditions = [
        {"id": f"{alert.id}{number}{n}", **one}
        for n, one in enumerate(reversed(group["conditions"]))
    ]
    return {
        "id": f"{alert.id}{number}",
        "organizationId": _ORGANIZATION,
        "logicType": group["logicType"],
        "conditions": conditions,
        "actions": [],
    }


def _actions(alert: Alert, actions: list[Json]) -> list[Json]:
    return [{"id": f"{alert.id}7{n}", **one} for n, one in enumerate(actions)]


def _source(alert: Alert, source: Json) -> Json:
    kept: dict[str, Any] = {
        key: source.get(key)
        for key in ("dataset", "query", "aggregate", "timeWindow", "environment", "eventTypes")
    }
    query = {"id": str(alert.id), **kept, "extrapolationMode": "unknown"}
    return {
        "id": str(alert.id),
        "organizationId": _ORGANIZATION,
        "type": "snuba_query_subscription",
        "sourceId": str(alert.id),
        "queryObj": {"id": str(alert.id), "status": 0, "subscription": None, "snubaQuery": query},
    }


def _owner(owner: str | None) -> Json | None:
    kind, _, id_ = (owner or "").partition(":")
    return {"type": kind, "id": id_, "name": kind} if id_ else None
