"""Make an event fit: Sentry refuses what is larger than a megabyte, and the error would be lost.

The longest strings are cut first, those of local variables before any other, down to one length
that lets the event fit; each says how much of it is missing. Where that is not enough, whole parts
go, and the event names them.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from modules.safetext.limits import cut

Json = dict[str, Any]
Place = tuple[Any, Any]  # a dict or a list, and where in it
MOST: Final = 800_000  # bytes of JSON; Sentry takes a million
LEAST: Final = 200  # bytes that stay of any string
ROUNDS: Final = 2  # the marks of cuts need some bytes themselves
MARK: Final = 40  # what the mark of a cut measures
CUT: Final = re.compile(r"… ([\d,]{1,15}) more characters\Z")
GONE: Final = "[removed: the event was too large]"
PARTS: Final = ("extra", "breadcrumbs", "threads", "request")


def fit(event: Json, most: int = MOST) -> None:
    """In place. What is scrubbed already stays so: nothing is added but marks."""
    if _size(event) <= most:
        return
    for places in (_locals(event), _strings(event)):
        found = list(places)
        for _ in range(ROUNDS):
            if (excess := _size(event) - most) <= 0:
                return
            _cut_longest(found, excess)
    _leave_out(event, most)


def _size(value: Any) -> int:
    """As the SDK writes it."""
    return len(json.dumps(value, separators=(",", ":")))


def _cut_longest(places: Iterable[Place], excess: int) -> None:
    """All of them to one length, so that they lose as much as there is too much."""
    sizes = [(_size(container[at]), container, at) for container, at in places]
    longest = sorted((one for one in sizes if one[0] > LEAST), key=lambda one: -one[0])
    length = _length([size for size, _, _ in longest], excess)
    for size, container, at in longest:
        if size > length:
            container[at] = _shortened(container[at], length)


def _length(sizes: list[int], excess: int) -> int:
    """To which the longest are cut. `sizes` begin with the largest."""
    total = 0
    for many, size in enumerate(sizes, start=1):
        total += size
        below = sizes[many] if many < len(sizes) else LEAST
        wanted = (total - excess) // many - MARK
        if wanted >= below:
            return wanted
    return LEAST


def _shortened(text: str, length: int) -> str:
    """A text that was cut before goes on counting what it lost."""
    before = CUT.search(text[-MARK:])
    body = text[: -len(before[0])] if before else text
    shorter = cut(body, _characters(body, length))
    if not before or shorter == body:
        return text if before else shorter
    now = CUT.search(shorter)
    lost = sum(int(one[1].replace(",", "")) for one in (before, now) if one)
    return f"{shorter[: -len(now[0])] if now else shorter}… {lost:,} more characters"


def _characters(text: str, length: int) -> int:
    """How many of its first may stay; those that JSON escapes need up to twelve bytes."""
    many = min(len(text), length)
    while (size := _size(text[:many])) > length:
        many = min(many - 1, many * length // size)
    return many


def _leave_out(event: Json, most: int) -> None:
    """Variables of many short values, then parts that do not tell where it failed."""
    gone = []
    if _size(event) > most:
        gone.append("vars")
        for frame in _frames(event):
            if frame.get("vars"):
                frame["vars"] = {"…": GONE}
    for part in PARTS:
        if _size(event) > most and event.get(part):
            gone.append(part)
            del event[part]
    if gone and isinstance(extra := event.setdefault("extra", {}), dict):
        extra["removed"] = f"too large: {', '.join(gone)}"


def _locals(event: Json) -> Iterator[Place]:
    for frame in _frames(event):
        if isinstance(frame.get("vars"), dict | list):
            yield from _strings(frame["vars"])


def _frames(event: Json) -> Iterator[Json]:
    """Of exceptions and threads."""
    for part in ("exception", "threads"):
        for one in _list(event.get(part), "values"):
            if isinstance(one, dict):
                frames = _list(one.get("stacktrace"), "frames")
                yield from (frame for frame in frames if isinstance(frame, dict))


def _list(holder: Any, name: str) -> list[Any]:
    found = holder.get(name) if isinstance(holder, dict) else None
    return found if isinstance(found, list) else []


def _strings(value: Any) -> Iterator[Place]:
    pending = [value]
    while pending:
        container = pending.pop()
        pairs = container.items() if isinstance(container, dict) else enumerate(container)
        for at, inner in pairs:
            if isinstance(inner, str):
                yield container, at
            elif isinstance(inner, dict | list):
                pending.append(inner)
