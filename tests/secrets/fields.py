"""Every field of an issue and its event that a stranger can write, and how much of it is shown."""

import copy
import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from fakes.values import an_event, an_issue

Json = dict[str, Any]
Path = tuple[str | int, ...]
THROWN: Final[Path] = ("event", "entries", 0, "data", "values", 1)
FRAME: Final[Path] = (*THROWN, "stacktrace", "frames", 1)
CRUMB: Final[Path] = ("event", "entries", 1, "data", "values", 0)
REQUEST: Final[Path] = ("event", "entries", 2, "data")


class Field(NamedTuple):
    """`any_json`: it may hold more than a string. `shown`: some answer shows it."""

    name: str
    path: Path
    cap: int = 200
    any_json: bool = False
    shown: bool = True


FIELDS: Final = (
    Field("issue title", ("issue", "title")),
    Field("culprit", ("issue", "culprit")),
    Field("issue type", ("issue", "metadata", "type")),
    Field("issue value", ("issue", "metadata", "value"), shown=False),
    Field("issue file", ("issue", "metadata", "filename")),
    Field("issue function", ("issue", "metadata", "function")),
    Field("assignee", ("issue", "assignedTo", "name")),
    Field("first release", ("issue", "firstRelease", "version")),
    Field("last release", ("issue", "lastRelease", "version")),
    Field("resolved in release", ("issue", "statusDetails", "inRelease")),
    Field("annotation", ("issue", "annotations", 0, "displayName"), shown=False),
    Field("event title", ("event", "title")),
    Field("message", ("event", "message"), cap=2000),
    Field("logentry", ("unspoken", "entries", 3, "data", "formatted"), cap=2000),
    Field("release", ("event", "release", "version")),
    Field("environment", ("event", "tags", 0, "value")),
    Field("transaction", ("event", "tags", 2, "value")),
    Field("tag", ("event", "tags", 3, "value")),
    Field("name of a tag", ("event", "tags", 4, "key")),
    Field("user id", ("event", "user", "id")),
    Field("user name", ("event", "user", "username")),
    Field("user email", ("event", "user", "email")),
    Field("user address", ("event", "user", "ip_address")),
    Field("context", ("event", "contexts", "shop", "note"), any_json=True),
    Field("runtime", ("event", "contexts", "runtime", "name")),
    Field("extra", ("event", "context", "note"), any_json=True),
    Field("exception type", (*THROWN, "type")),
    Field("exception value", (*THROWN, "value"), cap=1000),
    Field("cause", ("event", "entries", 0, "data", "values", 0, "value"), cap=1000),
    Field("frame file", (*FRAME, "filename")),
    Field("frame module", (*THROWN, "stacktrace", "frames", 0, "module")),
    Field("frame function", (*FRAME, "function")),
    Field("line before", (*FRAME, "context", 0, 1)),
    Field("source line", (*FRAME, "context", 1, 1), cap=160),
    Field("line after", (*FRAME, "context", 2, 1)),
    Field("local", (*FRAME, "vars", "note"), any_json=True),
    Field("breadcrumb category", (*CRUMB, "category")),
    Field("breadcrumb level", (*CRUMB, "level")),
    Field("breadcrumb message", (*CRUMB, "message")),
    Field("breadcrumb data", (*CRUMB, "data", "note"), any_json=True),
    Field("request method", (*REQUEST, "method")),
    Field("request url", (*REQUEST, "url")),
    Field("request query", (*REQUEST, "query", 0, 1)),
    Field("request header", (*REQUEST, "headers", 0, 1)),
    Field("request cookie", (*REQUEST, "cookies", 0, 1), shown=False),
    Field("request environment", (*REQUEST, "env", "NOTE"), any_json=True),
    Field("request data", (*REQUEST, "data", "note"), any_json=True),
    Field("release of a count", ("counts", 0, "release")),
    Field("environment of a count", ("counts", 0, "environment")),
    Field("latest release", ("releases", 0, "version")),
    Field("project name", ("project", "name")),
    Field("account", ("account", "user", "name")),
    Field("alert of somebody", ("workflow", "name")),
    Field("monitor of somebody", ("detector", "name"), shown=False),
)


def upstream(values: Mapping[str, Any]) -> Json:
    """What Sentry knows, with the given values (by field) in their places."""
    known = _ordinary()
    for field in FIELDS:
        if field.name in values:
            value = values[field.name]
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            _put(known, field.path, value if field.any_json else text)
    return known


def _ordinary() -> Json:
    event = an_event(contexts={"runtime": {"name": "CPython"}, "shop": {"note": "x"}})
    event["tags"] += [{"key": one, "value": "x"} for one in ("transaction", "shop.tag", "other")]
    frames = event["entries"][0]["data"]["values"][1]["stacktrace"]["frames"]
    frames[0] = {"module": "library", "function": "call", "inApp": False, "lineNo": 1}
    frames[1] = {
        **frames[1],
        "context": [[11, "def total():"], [12, "    return 1"], [13, "# end"]],
    }
    event["entries"][2]["data"]["env"] = {"NOTE": "x"}
    known = {
        "issue": an_issue(assignedTo={"type": "user", "name": "Jo"}),
        "event": event,
        "unspoken": {**event, "message": ""},
        "counts": [{"release": "1", "environment": "production", "count()": 3}],
        "releases": [{"version": "2", "dateCreated": "2026-08-01T10:00:00Z"}],
        "project": {"id": "1", "slug": "shop", "name": "Shop", "platform": "python"},
        "detector": {"id": "5", "type": "error", "name": "Errors"},
        "workflow": {"id": "6", "name": "Mine", "detectorIds": ["5"]},
        "account": {"auth": {"scopes": ["event:read"]}, "user": {"id": "3", "name": "Jo"}},
    }
    return copy.deepcopy(known)


def _put(value: Any, path: Path, new: Any) -> None:
    for step in path[:-1]:
        value = value[step]
    value[path[-1]] = new
