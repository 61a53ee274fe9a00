"""The `entries` of a full event: the raw snake_case interfaces in the camelCase of the REST API."""

from typing import Any

from modules.local_sentry.grouping import exceptions, frames_of, message, values_of
from modules.local_sentry.models import Json
from modules.local_sentry.moments import iso_or_none, moment


def entries(raw: Json) -> list[Json]:
    found: list[Json] = []
    if thrown := exceptions(raw):
        found.append({"type": "exception", "data": _exception(thrown)})
    if raw.get("stacktrace"):
        found.append({"type": "stacktrace", "data": _stacktrace(raw)})
    if text := message(raw):
        found.append({"type": "message", "data": _message(raw, text)})
    if threads := values_of(raw.get("threads")):
        found.append({"type": "threads", "data": {"values": [_thread(one) for one in threads]}})
    if crumbs := values_of(raw.get("breadcrumbs")):
        found.append({"type": "breadcrumbs", "data": {"values": [_crumb(one) for one in crumbs]}})
    if isinstance(raw.get("request"), dict):
        found.append({"type": "request", "data": _request(raw["request"])})
    return found


def _exception(thrown: list[Json]) -> Json:
    values = [_thrown(one) for one in thrown]
    return {
        "values": values,
        "excOmitted": None,
        "hasSystemFrames": any((one["stacktrace"] or {}).get("hasSystemFrames") for one in values),
    }


def _thrown(one: Json) -> Json:
    return {
        "type": one.get("type"),
        "value": one.get("value"),
        "module": one.get("module"),
        "mechanism": one.get("mechanism"),
        "threadId": one.get("thread_id"),
        "stacktrace": _stacktrace(one),
        "rawStacktrace": None,
    }


def _stacktrace(holder: Json) -> Json | None:
    frames = frames_of(holder)
    if not frames:
        return None
    return {
        "frames": [_frame(one) for one in frames],
        "framesOmitted": None,
        "registers": None,
        "hasSystemFrames": any(not one.get("in_app") for one in frames),
    }


def _frame(frame: Json) -> Json:
    return {
        "filename": frame.get("filename"),
        "absPath": frame.get("abs_path"),
        "module": frame.get("module"),
        "package": frame.get("package"),
        "platform": frame.get("platform"),
        "function": frame.get("function"),
        "rawFunction": frame.get("raw_function"),
        "symbol": frame.get("symbol"),
        "lineNo": frame.get("lineno"),
        "colNo": frame.get("colno"),
        "inApp": bool(frame.get("in_app")),
        "context": _context(frame),
        "vars": frame.get("vars"),
        "instructionAddr": frame.get("instruction_addr"),
        "symbolAddr": frame.get("symbol_addr"),
        "trust": frame.get("trust"),
        "errors": frame.get("errors"),
        "lock": frame.get("lock"),
        "sourceLink": None,
    }


def _context(frame: Json) -> list[list[Any]]:
    """Numbered lines around the one that failed."""
    number, line = frame.get("lineno"), frame.get("context_line")
    if not isinstance(number, int) or line is None:
        return []
    before, after = frame.get("pre_context") or [], frame.get("post_context") or []
    lines = [*before, line, *after]
    return [[number - len(before) + index, text] for index, text in enumerate(lines)]


def _message(raw: Json, text: str) -> Json:
    entry = raw.get("logentry")
    known = entry if isinstance(entry, dict) else {}
    return {"formatted": text, "message": known.get("message"), "params": known.get("params")}


def _thread(one: Json) -> Json:
    return {
        "id": one.get("id"),
        "name": one.get("name"),
        "current": bool(one.get("current")),
        "crashed": bool(one.get("crashed")),
        "state": one.get("state"),
        "heldLocks": one.get("held_locks"),
        "stacktrace": _stacktrace(one),
        "rawStacktrace": None,
    }


def _crumb(one: Json) -> Json:
    return {
        "type": one.get("type") or "default",
        "category": one.get("category"),
        "level": one.get("level") or "info",
        "message": one.get("message"),
        "data": one.get("data"),
        "timestamp": iso_or_none(moment(one.get("timestamp"))),
        "event_id": one.get("event_id"),
    }


def _request(one: Json) -> Json:
    return {
        "apiTarget": one.get("api_target"),
        "method": one.get("method"),
        "url": one.get("url"),
        "query": _pairs(one.get("query_string")),
        "fragment": one.get("fragment"),
        "data": one.get("data"),
        "headers": _pairs(one.get("headers")),
        "cookies": _pairs(one.get("cookies")),
        "env": one.get("env"),
        "inferredContentType": one.get("inferred_content_type"),
    }


def _pairs(value: Any) -> list[list[str]]:
    """A mapping, a list of pairs or a query string, as a list of pairs."""
    if isinstance(value, dict):
        return [[str(key), str(one)] for key, one in value.items()]
    if isinstance(value, str):
        parts = [part.partition("=") for part in value.split("&") if part]
        return [[key, text] for key, _, text in parts]
    pairs = value if isinstance(value, list) else []
    return [[str(one[0]), str(one[1])] for one in pairs if isinstance(one, list) and len(one) == 2]
