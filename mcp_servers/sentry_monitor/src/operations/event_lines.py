"""The data of an event as lines to read."""

from collections.abc import Mapping
from typing import Any, Final

from modules.framework.page import Section

Json = Mapping[str, Any]


def event_sections(outside: Json) -> list[Section]:
    """Made of what `occurrence.event_outside` chose, after it was made safe."""
    sections = [
        Section("", tuple(_summary(outside))),
        Section("exception", tuple(_exceptions(outside))),
        Section("breadcrumbs", tuple(_breadcrumbs(outside))),
        Section("request", tuple(_named(outside.get("request", {})))),
        Section("contexts", tuple(_named(outside.get("contexts", {})))),
        Section("extra", tuple(_named(outside.get("extra", {})))),
    ]
    return [one for one in sections if one.lines]


def inline(values: object) -> str:
    """A value on one line: `a=1, b={c=2}`."""
    if isinstance(values, Mapping):
        return ", ".join(f"{key}={_cell(value)}" for key, value in values.items())
    if isinstance(values, list):
        return ", ".join(_cell(value) for value in values)
    return "" if values is None else str(values)


def _cell(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + inline(value) + "}"
    if isinstance(value, list):
        return "[" + inline(value) + "]"
    return str(value).replace("\n", "\\n")


def _summary(outside: Json) -> list[str]:
    where = {k: outside[k] for k in ("release", "environment") if outside.get(k)}
    lines = [str(outside[name]) for name in ("title", "culprit", "logentry") if outside.get(name)]
    named = [("user", outside.get("user")), ("tags", outside.get("tags"))]
    lines += [inline(where)] if where else []
    return lines + [f"{name}: {inline(value)}" for name, value in named if value]


def _exceptions(outside: Json) -> list[str]:
    shown = [_exception(one) for one in outside.get("exceptions", [])]
    if more := outside.get("more_exceptions"):
        shown.insert(len(shown) - 1, [f"… {more} more between"])
    return [line for lines in shown for line in lines]


RELATIONS: Final = {
    "cause": "caused by ",
    "context": "while handling ",
    "member": "in the group: ",
}


def _exception(one: object) -> list[str]:
    if not isinstance(one, Mapping):
        return [str(one)]
    kind = f"{one.get('type', 'stack')}{' (unhandled)' if one.get('handled') is False else ''}"
    title = f"{kind}: {one['value']}" if one.get("value") else kind
    lines = [f"{_relation(one)}{title}"]
    for frame in one.get("frames", []):
        lines += _frame(frame)
    for frame in one.get("library_frames", []):
        lines += [f"  (library) {line.strip()}" for line in _frame(frame)]
    return lines + ([f"  … {one['left_out']}"] if one.get("left_out") else [])


def _relation(one: Json) -> str:
    if one.get("relation") == "member" and one.get("of"):
        return f"in the group {one['of']}: "
    return RELATIONS.get(str(one.get("relation", "")), "")


def _frame(frame: object) -> list[str]:
    if not isinstance(frame, Mapping):
        return [f"  {frame}"]
    line = f"  {frame.get('at', '?')} in {frame.get('in', '?')}"
    if "context" not in frame:
        return [f"{line}: {frame['source']}" if frame.get("source") else line]
    return [line, *(f"   {code}" for code in frame["context"]), *_locals(frame)]


def _locals(frame: Json) -> list[str]:
    return [f"    locals: {inline(frame['locals'])}"] if frame.get("locals") else []


def _breadcrumbs(outside: Json) -> list[str]:
    earlier = outside.get("earlier_breadcrumbs")
    lines = [f"… {earlier} earlier"] if earlier else []
    for one in outside.get("breadcrumbs", []):
        if isinstance(one, Mapping):
            parts = [str(one[k]) for k in ("at", "level", "category", "message") if one.get(k)]
            data = f" {{{inline(one['data'])}}}" if one.get("data") else ""
            lines.append(" ".join(parts).replace("\n", "\\n") + data)
    return lines


def _named(values: object) -> list[str]:
    if not isinstance(values, Mapping):
        return [inline(values)] if values else []
    return [f"{name}: {inline(value)}" for name, value in values.items() if value not in ("", None)]
