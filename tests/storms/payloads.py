"""Bodies as Sentry sends them: ours, and where they are at hand the documented ones."""

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

Json = dict[str, Any]
SENTRY: Final = {"type": "application", "id": "sentry", "name": "Sentry"}
PUBLISHED: Final = Path(__file__).parents[2].parent / "shared/sentry-api/webhooks"


def error(issue: int, event: str, **more: Any) -> Json:
    """error.created: it begins a repair."""
    name = hashlib.sha256(event.encode()).hexdigest()[:32]
    told = {
        "event_id": name,
        "project": issue % 2 + 1,
        "level": "error",
        "title": f"ZeroDivisionError: {issue}",
        "issue_id": str(issue),
        "issue_url": f"https://sentry.test/api/0/organizations/acme/issues/{issue}/",
        "url": f"https://sentry.test/api/0/projects/acme/p{issue % 2}/events/{name}/",
        "tags": [["environment", "production"], ["release", "shop@1.0"]],
        "exception": {"values": [{"type": "ZeroDivisionError", "stacktrace": _trace()}]},
        **more,
    }
    return _hook("created", {"error": told})


def alert(issue: int, event: str) -> Json:
    """event_alert.triggered."""
    told = error(issue, event)["data"]["error"]
    return _hook("triggered", {"event": told, "triggered_rule": "a rule"})


def issue(number: int, action: str = "unresolved", substatus: str = "regressed") -> Json:
    """issue.*: unresolved and regressed begins a repair."""
    told = {
        "id": str(number),
        "url": f"https://sentry.test/api/0/organizations/acme/issues/{number}/",
        "project": {"id": str(number % 2 + 1), "slug": f"p{number % 2}"},
        "title": f"ZeroDivisionError: {number}",
        "level": "error",
        "substatus": substatus,
        "lastSeen": "2026-08-14T09:12:31.391000Z",
    }
    return _hook(action, {"issue": told})


def comment(issue: int) -> Json:
    told = {"issue_id": issue, "project_slug": f"p{issue % 2}", "comment": "Looking into this."}
    return {**_hook("created", told), "actor": {"type": "user", "id": 7, "name": "Jane Doe"}}


def service_hook(issue: int) -> Json:
    about = {"id": str(issue), "title": "x", "project": {"slug": f"p{issue % 2}"}}
    return {"group": about, "event": {"eventID": "a" * 32}, "project": {"slug": f"p{issue % 2}"}}


def legacy(issue: int) -> Json:
    url = f"https://sentry.test/organizations/acme/issues/{issue}/"
    event = {"event_id": "b" * 32, "title": "x", "tags": [["level", "error"]]}
    return {"id": str(issue), "project": f"p{issue % 2}", "url": url, "event": event}


def any_good(random: Random) -> tuple[str, Json]:
    """The resource header, empty for none, and a body that fits it."""
    number, event = random.randrange(1, 10**6), str(random.random())
    makers: tuple[tuple[str, Callable[[], Json]], ...] = (
        ("error", lambda: error(number, event)),
        ("event_alert", lambda: alert(number, event)),
        ("issue", lambda: issue(number)),
        ("issue", lambda: issue(number, "resolved", "")),
        ("comment", lambda: comment(number)),
        ("installation", lambda: _hook("created", {"installation": {"status": "installed"}})),
        ("", lambda: service_hook(number)),
        ("", lambda: legacy(number)),
    )
    name, make = random.choice(makers)
    known = documented()
    if known and random.random() < 0.3:
        name, text = random.choice(known)
        return name, dict(json.loads(text))
    return name, make()


@cache
def documented() -> tuple[tuple[str, str], ...]:
    """By resource; none where the folder is not there."""
    files = sorted(PUBLISHED.glob("[a-z]*.json"))
    return tuple((_resource(one.stem), one.read_text()) for one in files)


def _resource(stem: str) -> str:
    word = stem.split(".", maxsplit=1)[0]
    return "" if word in ("legacy_webhook_plugin", "service_hook", "glitchtip") else word


def packed(body: Any) -> bytes:
    """As Sentry writes it: compact, ASCII."""
    return json.dumps(body, separators=(",", ":")).encode()


def _hook(action: str, data: Json) -> Json:
    return {"action": action, "installation": {"uuid": "storm"}, "data": data, "actor": SENTRY}


def _trace() -> Json:
    lines = ({"filename": f"src/part{n}.py", "function": f"f{n}", "lineno": n} for n in range(5))
    return {"frames": [{**one, "in_app": True} for one in lines]}
