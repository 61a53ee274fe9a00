"""Which issue an event belongs to, and what the issue is called."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any, Final

from .models import Json

_DEFAULT: Final = re.compile(r"\{\{\s*default\s*\}\}")
_VARIABLE: Final = re.compile(r"0x[0-9a-fA-F]+|\b[0-9a-fA-F]{8,}\b|\d+|'[^']*'|\"[^\"]*\"")
_TITLE: Final = 100


def group_hash(event: Json) -> str:
    """32 hex digits; the same for events of one issue."""
    parts: list[str] = []
    for part in event.get("fingerprint") or ["{{ default }}"]:
        parts += _default_parts(event) if _DEFAULT.fullmatch(str(part)) else [str(part)]
    text = "\x1f".join(parts).encode("utf-8", "replace")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _default_parts(event: Json) -> list[str]:
    thrown = exceptions(event)
    if thrown:
        return [part for one in thrown for part in _exception_parts(one)]
    return ["message", _VARIABLE.sub("?", template(event))]


def _exception_parts(thrown: Json) -> list[str]:
    name, frames = str(thrown.get("type") or ""), frames_of(thrown)
    ours = [frame for frame in frames if frame.get("in_app")] or frames
    if not ours:
        return [name, _VARIABLE.sub("?", str(thrown.get("value") or ""))]
    return [name, *(_frame_part(frame) for frame in ours)]


def _frame_part(frame: Json) -> str:
    """Without the line number: an edit above the line must not make a new issue."""
    where = frame.get("module") or frame.get("filename") or ""
    line = str(frame.get("context_line") or "").strip()
    return f"{where}|{frame.get('function') or ''}|{line}"


def title(event: Json) -> str:
    about = metadata(event)
    if "type" not in about:
        return str(about["title"])
    value = first_line(str(about["value"]))
    return f"{about['type']}: {value}" if value else str(about["type"])


def culprit(event: Json) -> str:
    """The transaction, else the innermost frame of the application."""
    if event.get("transaction"):
        return str(event["transaction"])
    frame = crash_frame(event)
    if not frame:
        return ""
    where = str(frame.get("module") or frame.get("filename") or "?")
    return f"{where} in {frame['function']}" if frame.get("function") else where


def metadata(event: Json) -> Json:
    thrown = exceptions(event)
    if not thrown:
        return {"title": first_line(message(event)) or "<unlabeled event>"}
    frame = crash_frame(event)
    known = {key: frame[key] for key in ("filename", "function") if frame.get(key)}
    last = thrown[-1]
    return {
        "type": str(last.get("type") or "Error"),
        "value": str(last.get("value") or ""),
        **known,
    }


def crash_frame(event: Json) -> Json:
    """The innermost frame of the application, else the innermost of all, else nothing."""
    frames = [frame for one in exceptions(event)[-1:] for frame in frames_of(one)]
    ours = [frame for frame in frames if frame.get("in_app")]
    return (ours or frames or [{}])[-1]


def unhandled(event: Json) -> bool:
    return any(
        isinstance(one.get("mechanism"), dict) and one["mechanism"].get("handled") is False
        for one in exceptions(event)
    )


def message(event: Json) -> str:
    entry = event.get("logentry")
    if isinstance(entry, dict):
        return str(entry.get("formatted") or entry.get("message") or "")
    return str(event.get("message") or entry or "")


def template(event: Json) -> str:
    """The message before its parameters were put in."""
    entry = event.get("logentry")
    return str((isinstance(entry, dict) and entry.get("message")) or message(event))


def exceptions(event: Json) -> list[Json]:
    """Oldest cause first, whichever of its three shapes the SDK chose."""
    return list(_values(event.get("exception")))


def frames_of(thrown: Json) -> list[Json]:
    trace = thrown.get("stacktrace")
    frames = trace.get("frames") if isinstance(trace, dict) else None
    return [one for one in frames if isinstance(one, dict)] if isinstance(frames, list) else []


def _values(holder: Any) -> Iterator[Json]:
    if isinstance(holder, dict):
        holder = holder.get("values", [holder])
    if isinstance(holder, list):
        yield from (one for one in holder if isinstance(one, dict))


def values_of(holder: Any) -> list[Json]:
    """The entries of `breadcrumbs`, `threads` and their like: a list, or an object holding one."""
    return list(_values(holder))


def first_line(text: str) -> str:
    line = text.strip().split("\n", 1)[0]
    return line if len(line) <= _TITLE else line[: _TITLE - 3] + "..."
