"""Which webhook is sent when, what it says, and how it is signed."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any, Final

from .lifecycle import resolution_type
from .metric_alerts import Incident
from .models import Activity, Event, Issue, Json
from .moments import iso
from .shapes.incident import alert_json
from .shapes.issue import SENTRY_APPLICATION, Place, issue_json

INSTALLATION: Final = "00000000-0000-4000-8000-000000000001"


@dataclass(frozen=True)
class Webhook:
    resource: str
    body: bytes


def for_event(
    issue: Issue, event: Event, place: Place, *, created: bool, reopened: bool, errors: bool
) -> list[Webhook]:
    """What a stored event is told by; `errors` adds one webhook for every event."""
    hooks: list[Webhook] = []
    if errors:
        hooks.append(_hook("error", "created", {"error": _event(issue, event, place)}))
    if created:
        hooks.append(_hook("issue", "created", {"issue": _issue(issue, place)}))
        alert = {"event": _event(issue, event, place), "triggered_rule": "New issue"}
        hooks.append(_hook("event_alert", "triggered", alert))
    elif reopened:
        hooks.append(_hook("issue", "unresolved", {"issue": _issue(issue, place)}))
    return hooks


def for_standing(issue: Issue, place: Place, *, actor: Json) -> Webhook:
    """Somebody changed the status."""
    data: Json = {"issue": _issue(issue, place)}
    match issue.status:
        case "resolved":
            action = "resolved"
            data["resolution_type"] = resolution_type(issue.status_details)
        case "ignored":
            action = "ignored"
        case _:
            action = "unresolved"
    return _hook("issue", action, data, actor=actor)


def for_assignment(issue: Issue, place: Place, *, actor: Json) -> Webhook:
    data = {"issue": _issue(issue, place), "assignee": issue.assigned_to}
    return _hook("issue", "assigned", data, actor=actor)


def for_comment(issue: Issue, note: Activity, action: str, *, actor: Json) -> Webhook:
    data = {
        "comment_id": note.id,
        "issue_id": issue.id,
        "project_slug": issue.project_slug,
        "timestamp": iso(note.created),
        "comment": note.data["text"],
    }
    return _hook("comment", action, data, actor=actor)


def for_incident(incident: Incident, place: Place, *, now: float) -> Webhook:
    """A metric alert fired, changed its level, or is over."""
    return _hook("metric_alert", incident.state, alert_json(incident, place, now))


def person(user: Json) -> Json:
    """A user as the actor of a webhook."""
    return {"type": "user", "id": int(user["id"]), "name": user["name"]}


def headers(hook: Webhook, *, secret: str, now: float, request_id: str) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "Request-ID": request_id,
        "Sentry-Hook-Resource": hook.resource,
        "Sentry-Hook-Timestamp": str(int(now)),
        "Sentry-Hook-Signature": signature(hook.body, secret),
    }


def signature(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def encode(payload: Any) -> bytes:
    """Compact, with everything but ASCII escaped: the bytes that are signed."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=True).encode()


def _hook(resource: str, action: str, data: Json, *, actor: Json = SENTRY_APPLICATION) -> Webhook:
    envelope = {
        "action": action,
        "installation": {"uuid": INSTALLATION},
        "data": data,
        "actor": actor,
    }
    return Webhook(resource=resource, body=encode(envelope))


def _issue(issue: Issue, place: Place) -> Json:
    links = {
        "url": place.api_issue(issue),
        "web_url": place.issue(issue),
        "project_url": place.project(issue),
    }
    return links | issue_json(issue, place)


def _event(issue: Issue, event: Event, place: Place) -> Json:
    """The raw event: snake_case, unlike the API."""
    return event.raw | {
        "url": f"{place.url}/api/0/projects/{place.org}/{issue.project_slug}/events/{event.event_id}/",
        "web_url": f"{place.issue(issue)}events/{event.event_id}/",
        "issue_url": place.api_issue(issue),
        "issue_id": str(issue.id),
    }
