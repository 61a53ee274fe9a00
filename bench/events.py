"""Events as the Python SDK sends them, of a known size; measures and tests share them."""

from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def frame(number: int, *, in_app: bool) -> dict[str, Any]:
    room = "shop" if in_app else "site-packages/framework"
    return {
        "filename": f"{room}/module_{number}.py",
        "abs_path": f"/srv/app/{room}/module_{number}.py",
        "module": f"{room.replace('/', '.')}.module_{number}",
        "function": f"handle_step_{number}",
        "lineno": 100 + number,
        "in_app": in_app,
        "pre_context": [f"    before_{n} = compute_total(order, {n})" for n in range(5)],
        "context_line": f"    return total(order.items, rates[currency], step={number})",
        "post_context": [f"    after_{n} = finish(order, {n})" for n in range(5)],
        "vars": {f"local_{n}": f"<Order {n} of customer {number}>" for n in range(12)},
    }


def crash(frames: int = 30, breadcrumbs: int = 30) -> dict[str, Any]:
    """A Python exception as the SDK sends it."""
    return {
        "level": "error",
        "release": "shop@2.1.0",
        "environment": "production",
        "exception": {
            "values": [
                {
                    "type": "KeyError",
                    "value": "'currency'",
                    "module": "builtins",
                    "mechanism": {"type": "generic", "handled": False},
                    "stacktrace": {"frames": [frame(n, in_app=n % 3 != 0) for n in range(frames)]},
                }
            ]
        },
        "breadcrumbs": {
            "values": [
                {
                    "timestamp": NOW.timestamp() - n,
                    "category": "httplib",
                    "type": "http",
                    "level": "info",
                    "message": f"GET /rates/{n}",
                    "data": {
                        "url": f"https://rates.example/{n}",
                        "status_code": 200,
                        "reason": "OK",
                    },
                }
                for n in range(breadcrumbs)
            ]
        },
        "request": {"method": "POST", "url": "https://shop.example/checkout", "data": {"cart": 17}},
        "user": {"id": "17"},
        "tags": {"server_name": "web-1", "transaction": "/checkout", "browser": "Firefox 140"},
    }


def huge() -> dict[str, Any]:
    """An event of about 400 kB: 100 frames full of locals, and deep extra data."""
    event = crash(frames=100, breadcrumbs=100)
    for one in event["exception"]["values"][0]["stacktrace"]["frames"]:
        one["vars"] = {f"local_{n}": "y" * 280 for n in range(10)}
    event["extra"] = {f"key_{n}": {"deep": ["z" * 200] * 5} for n in range(20)}
    return event


def grown(answer: dict[str, Any], what: str) -> dict[str, Any]:
    """Sentry's answer about an event, grown beyond what Sentry would take in."""
    entries = {one["type"]: one["data"] for one in answer["entries"]}
    exception = entries["exception"]["values"][0]
    if what == "1 MB message":
        words = "order 4711 of customer 17 failed at token=abc123 while the rates were read; "
        exception["value"] = words * (1_000_000 // len(words))
    elif what == "500 frames":
        exception["stacktrace"]["frames"] *= 17
    elif what == "10,000 breadcrumbs":
        entries["breadcrumbs"]["values"] *= 334
    return answer
