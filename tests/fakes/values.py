"""Sentry's values as it documents them, and every way to spoil them a little."""

import copy
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

Json = dict[str, Any]
EVENT_ID: Final = "0123456789abcdef0123456789abcdef"


def an_issue(**more: Any) -> Json:
    return {
        "id": "42",
        "shortId": "SHOP-1A",
        "title": "ValueError: boom",
        "culprit": "shop.cart in total",
        "status": "unresolved",
        "substatus": "ongoing",
        "statusDetails": {},
        "level": "error",
        "priority": "high",
        "count": "123",
        "userCount": 7,
        "firstSeen": "2026-08-01T10:00:00.000000Z",
        "lastSeen": "2026-08-20T10:00:00Z",
        "project": {"id": "1", "slug": "shop", "name": "Shop", "platform": "python"},
        "metadata": {
            "type": "ValueError",
            "value": "boom",
            "filename": "shop/cart.py",
            "function": "total",
        },
        "permalink": "https://sentry.example.com/organizations/acme/issues/42/",
        "logger": None,
        "platform": "python",
        "assignedTo": {"type": "team", "id": "3", "name": "backend"},
        "isUnhandled": True,
        "firstRelease": {"version": "shop@1.0"},
        "lastRelease": {"version": "shop@1.1"},
        "numComments": 2,
        "annotations": [{"displayName": "JIRA-1", "url": "https://jira.example.com/1"}],
        **more,
    }


def an_event(**more: Any) -> Json:
    frame = {
        "filename": "shop/cart.py",
        "absPath": "/srv/shop/cart.py",
        "module": "shop.cart",
        "function": "total",
        "lineNo": 12,
        "inApp": True,
        "context": [[11, "def total(cart):"], [12, "    return cart.sum / cart.count"]],
        "vars": {"cart": "<Cart 1>", "items": [1, {"a": None}]},
    }
    thrown = {
        "type": "ValueError",
        "value": "boom",
        "mechanism": {"type": "generic", "handled": False},
        "stacktrace": {"frames": [{**frame, "inApp": False}, frame]},
    }
    crumb = {
        "timestamp": "2026-08-20T09:59:58.000000Z",
        "category": "cart",
        "type": "default",
        "level": "info",
        "message": "opened the cart",
        "data": {"id": 1},
    }
    request = {
        "method": "GET",
        "url": "https://shop.example.com/cart",
        "query": [["id", "1"]],
        "headers": [["Host", "shop.example.com"]],
        "cookies": [["a", "b"]],
        "env": {"A": "b"},
        "data": {"x": [1]},
    }
    thread = {"id": 1, "crashed": True, "current": True, "stacktrace": {"frames": [frame]}}
    return {
        "id": EVENT_ID,
        "eventID": EVENT_ID,
        "groupID": "42",
        "projectID": "1",
        "title": "ValueError: boom",
        "message": "it went boom",
        "platform": "python",
        "dateCreated": "2026-08-20T10:00:00Z",
        "dateReceived": "2026-08-20T10:00:01Z",
        "release": {"version": "shop@1.1"},
        "tags": [{"key": "environment", "value": "production"}, {"key": "level", "value": "error"}],
        "user": {"id": "7", "email": "jo@example.com", "username": "jo", "ip_address": "10.0.0.1"},
        "contexts": {"runtime": {"name": "CPython", "version": "3.11"}},
        "context": {"cart_id": 9},
        "size": 2048,
        "previousEventID": None,
        "nextEventID": "f" * 32,
        "entries": [
            {"type": "exception", "data": {"values": [thrown, {**thrown, "type": "KeyError"}]}},
            {"type": "breadcrumbs", "data": {"values": [crumb]}},
            {"type": "request", "data": request},
            {"type": "message", "data": {"formatted": "it went boom"}},
            {"type": "threads", "data": {"values": [thread]}},
            {"type": "spans", "data": []},
        ],
        **more,
    }


def hours(start: str, end: str, *, beyond: int = 0, minutes: int = 60) -> list[str]:
    """The hours between two times, or steps of other minutes, and some beyond."""
    first, last = (datetime.fromisoformat(one) for one in (start, end))
    step = timedelta(minutes=minutes)
    return [(first + at * step).isoformat() for at in range((last - first) // step + beyond)]


ODD: Final[tuple[Any, ...]] = (
    None,
    "",
    "text",
    0,
    -7,
    10**400,
    1.5,
    True,
    [],
    [None],
    ["a"],
    [[]],
    {},
    {"a": None},
)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything inside a JSON value."""
    inside: Any = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = enumerate(value)
    for key, inner in inside:
        yield (*at, key)
        yield from places(inner, (*at, key))


def without(value: Json, path: tuple[Any, ...]) -> Json:
    return _edited(value, path, None, remove=True)


def with_odd(value: Json, path: tuple[Any, ...], odd: Any) -> Json:
    return _edited(value, path, odd, remove=False)


def all_null(value: Any) -> Any:
    """The same shape with null for every leaf."""
    if isinstance(value, dict):
        return {key: all_null(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [all_null(inner) for inner in value]
    return None


def snake(value: Any) -> Any:
    """The same value with its keys in snake_case, as GlitchTip sometimes writes them."""
    if isinstance(value, dict):
        return {_snake(key): snake(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [snake(inner) for inner in value]
    return value


def _edited(value: Json, path: tuple[Any, ...], new: Any, *, remove: bool) -> Json:
    copied = copy.deepcopy(value)
    holder: Any = copied
    for step in path[:-1]:
        holder = holder[step]
    if remove:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return copied


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
