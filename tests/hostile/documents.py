"""What an upstream server answers, every value of it in its place: to be spoilt by hostile text."""

import copy
from datetime import UTC, datetime
from typing import Any, Final

from fakes.values import an_event, an_issue

Json = dict[str, Any]
NOW: Final = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ORG: Final = "/api/0/organizations/acme/"
ISSUE: Final = f"{ORG}issues/42/"
SHOP: Final = "/api/0/projects/acme/shop/"


def documents() -> Json:
    """One of everything, fresh."""
    project = {"id": "1", "slug": "shop", "name": "Shop", "platform": "python"}
    return copy.deepcopy(
        {
            "issue": _issue(),
            "event": _event(),
            "note": {"id": "77", "type": "note", "data": {"text": "seen"}, "user": {"name": "Jo"}},
            "project": {**project, "team": {"name": "backend"}},
            "release": {
                "version": "shop@1.1",
                "shortVersion": "1.1",
                "dateCreated": "2026-08-19T10:00:00Z",
                "dateReleased": "2026-08-19T10:00:00Z",
                "ref": "main",
            },
            "row": {"release": "shop@1.1", "environment": "production", "count()": 9},
            "stats": {
                "intervals": ["2026-11-25T11:00:00Z", "2026-11-25T12:00:00Z"],
                "groups": [{"by": {"outcome": "accepted"}, "series": {"sum(quantity)": [3, 4]}}],
            },
            "me": {
                "auth": {"scopes": ["event:read", "org:read"]},
                "user": {"id": "7", "name": "Jo", "username": "jo", "email": "jo@example.com"},
            },
            "server": {"version": {"current": "26.1.0", "latest": "26.2.0"}},
            "settings": {"serverTimeZone": "UTC", "version": "4.2", "iPaidForGlitchTip": True},
            "organization": {"slug": "acme", "links": {"regionUrl": "https://sentry.test"}},
            "headers": {"link": "", "x-hits": "2", "x-sentry-rate-limit-reset": "1"},
            "detector": {"id": "5", "type": "error", "name": "Errors"},
            "workflow": {"id": "8", "name": "Mine", "detectorIds": ["5"]},
            "ours": _workflow(),
        }
    )


def _workflow() -> Json:
    """One of ours, which somebody changed: what differs is shown."""
    condition = {"id": "1", "type": "level", "comparison": {"level": 50, "match": "gte"}}
    config = {"targetType": "team", "targetIdentifier": "7", "targetDisplay": "x"}
    action = {"id": "2", "type": "email", "config": config, "data": {"note": "x"}}
    return {
        "id": "6",
        "name": "Errors [sentry-monitor shop/burst]",
        "detectorIds": ["5"],
        "environment": "production",
        "config": {"frequency": 5},
        "triggers": {"conditions": [{"type": "first_seen_event", "comparison": True}]},
        "actionFilters": [{"logicType": "all", "conditions": [condition], "actions": [action]}],
        "owner": "team:7",
    }


def _issue() -> Json:
    return an_issue(
        type="error",
        logger="shop.cart",
        shareId=None,
        statusDetails={"inRelease": "shop@1.1", "actor": {"name": "Jo"}, "ignoreUntil": None},
        tags=[{"key": "browser", "name": "Browser", "totalValues": 3}],
        activity=[{"type": "note", "data": {"text": "looks bad"}, "user": {"name": "Jo"}}],
    )


def _event() -> Json:
    event = an_event(
        culprit="shop.cart in total",
        location="shop/cart.py",
        logger="shop.cart",
        transaction="/cart",
        dist="1",
        type="error",
        metadata={"type": "ValueError", "value": "boom"},
        fingerprints=["{{ default }}"],
        sdk={"name": "sentry.python", "version": "2.0"},
        errors=[{"type": "invalid_data", "message": "bad", "data": {"name": "x"}}],
        contexts={
            "cart": {"size": 3, "type": "cart"},
            "runtime": {"name": "CPython", "version": "3.11"},
            "os": {"name": "Linux"},
            "trace": {"trace_id": "0" * 32, "op": "task"},
        },
        context={"cart_id": 9, "coupon": {"code": "X"}},
    )
    event["tags"] += [
        {"key": "transaction", "value": "/cart"},
        {"key": "server_name", "value": "web-1"},
        {"key": "release", "value": "shop@1.1"},
    ]
    event["user"]["data"] = {"plan": "free"}
    thrown = event["entries"][0]["data"]["values"]
    thrown[0]["mechanism"].update(source="__cause__", exception_id=1, parent_id=0)
    thrown[0]["module"] = "builtins"
    frame = thrown[1]["stacktrace"]["frames"][1]
    frame.update(rawFunction="total", package="shop", contextLine="return 1", colNo=3)
    return copy.deepcopy(event)  # frames that share their parts shall be spoilt apart
