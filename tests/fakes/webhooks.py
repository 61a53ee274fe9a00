"""Webhooks as Sentry sends them: compact JSON, signed, with its headers."""

import hashlib
import hmac
import json
import uuid
from typing import Any, Final

SECRET: Final = "0123456789abcdef0123456789abcdef"
SENTRY: Final = {"type": "application", "id": "sentry", "name": "Sentry"}


def raw(told: dict[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":"), ensure_ascii=True).encode()


def issue_event(
    issue: str = "7",
    action: str = "created",
    *,
    substatus: str = "new",
    actor: dict[str, Any] = SENTRY,
    **more: Any,
) -> bytes:
    """`issue.created`, `issue.unresolved`, …"""
    about = {
        "id": issue,
        "url": f"https://sentry.example/api/0/organizations/acme/issues/{issue}/",
        "shortId": f"SHOP-{issue}",
        "title": "ZeroDivisionError: division by zero",
        "level": "error",
        "substatus": substatus,
        "project": {"id": "1", "slug": "shop"},
        **more,
    }
    envelope = {"action": action, "installation": {"uuid": "i-1"}, "data": {"issue": about}}
    return raw({**envelope, "actor": actor})


def alert(issue: str = "7", event: str = "a" * 32) -> bytes:
    """`event_alert.triggered`: the stored event, snake_case, its project a number."""
    told = {
        "event_id": event,
        "project": 1,
        "issue_id": issue,
        "issue_url": f"https://sentry.example/api/0/organizations/acme/issues/{issue}/",
        "title": "ZeroDivisionError: division by zero",
        "level": "error",
        "tags": [["environment", "production"], ["release", "shop@1.0"]],
    }
    data = {"event": told, "triggered_rule": "New error"}
    envelope = {"action": "triggered", "installation": {"uuid": "i-1"}, "data": data}
    return raw({**envelope, "actor": SENTRY})


def headers(body: bytes, resource: str = "issue", secret: str = SECRET) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "request-id": uuid.uuid4().hex,
        "sentry-hook-resource": resource,
        "sentry-hook-timestamp": "1786698752",
        "sentry-hook-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }
