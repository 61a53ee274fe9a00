"""An event as the API shows it: short in lists, full alone."""

from typing import Any

from modules.local_sentry.grouping import message
from modules.local_sentry.models import Event, Json
from modules.local_sentry.moments import iso

from .entries import entries


def event_item(event: Event) -> Json:
    """An item of an event list."""
    raw = event.raw
    return _identity(event) | {
        "event.type": _type(raw),
        "message": message(raw) or raw["title"],
        "platform": raw.get("platform") or "other",
        "dateCreated": iso(event.at),
        "crashFile": None,
    }


def full_event(event: Event) -> Json:
    return (
        _identity(event)
        | _about(event.raw)
        | _program(event.raw)
        | {
            "platform": event.raw.get("platform") or "other",
            "type": _type(event.raw),
            "size": event.size,
            "dateCreated": iso(event.at),
            "dateReceived": iso(event.received),
            "entries": entries(event.raw),
            "fingerprints": event.raw["hashes"],
            "groupingConfig": {"id": "newstyle:2023-01-11", "enhancements": ""},
        }
    )


def detailed_event(
    event: Event, *, release: Json | None, before: str | None, after: str | None
) -> Json:
    """A full event with its neighbours and its release."""
    return full_event(event) | {
        "release": release,
        "userReport": None,
        "sdkUpdates": [],
        "resolvedWith": [],
        "nextEventID": after,
        "previousEventID": before,
    }


def _identity(event: Event) -> Json:
    raw = event.raw
    return {
        "id": event.event_id,
        "eventID": event.event_id,
        "groupID": str(event.issue_id),
        "projectID": str(event.project_id),
        "title": raw["title"],
        "location": raw["metadata"].get("filename"),
        "culprit": raw["culprit"],
        "user": _user(raw.get("user")),
        "tags": [_tag(key, value) for key, value in raw["tags"]],
        "metadata": raw["metadata"],
    }


def _about(raw: Json) -> Json:
    return {
        "message": message(raw),
        "contexts": _contexts(raw),
        "context": _mapping(raw.get("extra")),
        "errors": [],
        "occurrence": None,
        "_meta": _mapping(raw.get("_meta")),
        "crashFile": None,
    }


def _program(raw: Json) -> Json:
    sdk = raw.get("sdk")
    known = {key: sdk.get(key) for key in ("name", "version")} if isinstance(sdk, dict) else None
    return {"packages": _mapping(raw.get("modules")), "sdk": known, "dist": raw.get("dist")}


def _type(raw: Json) -> str:
    return "error" if raw.get("exception") else "default"


def _contexts(raw: Json) -> Json:
    known = _mapping(raw.get("contexts"))
    return {name: {"type": name, **one} for name, one in known.items() if isinstance(one, dict)}


def _mapping(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _tag(key: str, value: str) -> Json:
    query = f'user.{value.partition(":")[0]}:"{value.partition(":")[2]}"' if key == "user" else None
    return {"key": key, "value": value} | ({"query": query} if query else {})


def _user(user: Any) -> Json | None:
    if not isinstance(user, dict):
        return None
    known = ("id", "email", "username", "ip_address", "name")
    texts = {key: None if user.get(key) is None else str(user[key]) for key in known}
    rest = {key: value for key, value in user.items() if key not in {*known, "geo", "data"}}
    return texts | {"data": _mapping(user.get("data")) | rest, "geo": user.get("geo")}
