"""A raw event → a Report: defaults filled in, tags derived, time read, everything named."""

import re
from collections.abc import Iterator
from typing import Any, Final

from . import grouping
from .errors import BadEnvelope
from .models import Json, Report, Tags
from .moments import iso, moment

LEVELS: Final = ("fatal", "error", "warning", "info", "debug", "sample")
_EVENT_ID: Final = re.compile(r"[0-9a-f]{32}")
_MAX_TAG: Final = 200


def read_report(raw: Json, *, event_id: str, project_id: int, now: float) -> Report:
    """`event_id` is used where the event does not carry its own."""
    known = {**raw, "event_id": _event_id(raw.get("event_id") or event_id)}
    at = min(moment(raw.get("timestamp")) or now, now)  # the past counts, the future does not
    tags = tuple(sorted({key: value for key, value in _tags(known) if value}.items()))
    about, group = grouping.metadata(known), grouping.group_hash(known)
    named = {"title": grouping.title(known), "culprit": grouping.culprit(known)}
    known |= {**named, "level": _level(known), "project": project_id, "metadata": about}
    known |= {"tags": [list(tag) for tag in tags], "hashes": [group]}
    known |= {"timestamp": at, "datetime": iso(at), "received": now}
    return _report(known, tags=tags, grouping_hash=group, at=at)


def _report(raw: Json, *, tags: Tags, grouping_hash: str, at: float) -> Report:
    return Report(
        event_id=raw["event_id"],
        at=at,
        level=raw["level"],
        type="error" if grouping.exceptions(raw) else "default",
        title=raw["title"],
        culprit=raw["culprit"],
        metadata=raw["metadata"],
        grouping=grouping_hash,
        platform=str(raw.get("platform") or "other"),
        logger=_text(raw.get("logger")),
        release=_text(raw.get("release")),
        environment=_text(raw.get("environment")),
        user_key=dict(tags).get("user"),
        unhandled=grouping.unhandled(raw),
        tags=tags,
        properties=tuple(dict.fromkeys(_properties(raw))),
        raw=raw,
    )


def _event_id(value: Any) -> str:
    text = str(value).replace("-", "").lower()
    if not _EVENT_ID.fullmatch(text):
        raise BadEnvelope("event_id is not 32 hex digits")
    return text


def _level(raw: Json) -> str:
    level = str(raw.get("level") or ("error" if grouping.exceptions(raw) else "info"))
    return level if level in LEVELS else "error"


def _text(value: Any) -> str | None:
    return str(value) if value else None


def _tags(raw: Json) -> Iterator[tuple[str, str]]:
    own = raw.get("tags")
    pairs = own.items() if isinstance(own, dict) else own if isinstance(own, list) else ()
    for pair in pairs:
        if isinstance(pair, list | tuple) and len(pair) == 2 and pair[1] is not None:
            yield str(pair[0]), str(pair[1])[:_MAX_TAG]
    for key in ("environment", "release", "dist", "server_name", "transaction", "logger"):
        if raw.get(key):
            yield key, str(raw[key])[:_MAX_TAG]
    yield "level", _level(raw)
    yield "user", user_key(raw)
    yield from _mechanism_tags(raw)
    yield from _context_tags(raw)


def _mechanism_tags(raw: Json) -> Iterator[tuple[str, str]]:
    thrown = grouping.exceptions(raw)
    mechanism = thrown[-1].get("mechanism") if thrown else None
    if isinstance(mechanism, dict):
        yield "mechanism", str(mechanism.get("type") or "generic")
        if mechanism.get("handled") is not None:
            yield "handled", "no" if grouping.unhandled(raw) else "yes"


def _context_tags(raw: Json) -> Iterator[tuple[str, str]]:
    contexts = raw.get("contexts")
    for name in ("runtime", "os", "browser") if isinstance(contexts, dict) else ():
        context = contexts.get(name) if isinstance(contexts, dict) else None
        if isinstance(context, dict) and context.get("name"):
            yield name, f"{context['name']} {context.get('version') or ''}".strip()
            yield f"{name}.name", str(context["name"])


def user_key(raw: Json) -> str:
    """The one line that tells users apart, such as `id:9001`."""
    user = raw.get("user")
    if isinstance(user, dict):
        for field, short in (
            ("id", "id"),
            ("username", "username"),
            ("email", "email"),
            ("ip_address", "ip"),
        ):
            if user.get(field):
                return f"{short}:{user[field]}"[:_MAX_TAG]
    return ""


def _properties(raw: Json) -> Iterator[tuple[str, str]]:
    unhandled = grouping.unhandled(raw)
    yield "error.unhandled", "1" if unhandled else "0"
    yield "error.handled", "0" if unhandled else "1"
    if text := grouping.message(raw):
        yield "message", text
    for thrown in grouping.exceptions(raw):
        yield "error.type", str(thrown.get("type") or "")
        yield "error.value", str(thrown.get("value") or "")
        yield from _frame_properties(thrown)
    yield from _user_properties(raw)


def _frame_properties(thrown: Json) -> Iterator[tuple[str, str]]:
    for frame in grouping.frames_of(thrown):
        if frame.get("in_app"):
            for key in ("filename", "module", "function"):
                if frame.get(key):
                    yield f"stack.{key}", str(frame[key])


def _user_properties(raw: Json) -> Iterator[tuple[str, str]]:
    user, contexts = raw.get("user"), raw.get("contexts")
    trace = contexts.get("trace") if isinstance(contexts, dict) else None
    if isinstance(trace, dict) and trace.get("trace_id"):
        yield "trace", str(trace["trace_id"])
    for field in ("id", "email", "username", "ip_address") if isinstance(user, dict) else ():
        value = user.get(field) if isinstance(user, dict) else None
        if value:
            yield f"user.{'ip' if field == 'ip_address' else field}", str(value)
