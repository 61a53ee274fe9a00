"""One event as data for an answer: what matters first, the rest counted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from modules.sentry.models import Breadcrumb, Event, Frame, Raised
from modules.sentry.reading import pairs

from .facts import moment, present


@dataclass(frozen=True)
class Depth:
    """How much of an event goes into an answer."""

    exceptions: int
    in_app: int
    library: int
    sources: int
    around: int
    variables: int
    breadcrumbs: int
    tags: int
    more: bool


CONCISE: Final = Depth(
    exceptions=3,
    in_app=8,
    library=0,
    sources=2,
    around=2,
    variables=8,
    breadcrumbs=8,
    tags=10,
    more=False,
)
DETAILED: Final = Depth(
    exceptions=6,
    in_app=20,
    library=12,
    sources=8,
    around=4,
    variables=15,
    breadcrumbs=40,
    tags=40,
    more=True,
)
EVENT_ID: Final = re.compile("[0-9A-Fa-f]{1,32}")  # digits spell no words
NOISE: Final = frozenset(
    {
        "release",
        "environment",
        "level",
        "server_name",
        "handled",
        "mechanism",
        "user",
        "runtime.name",
    }
)
WHO: Final = ("id", "username", "email", "ip_address")
# What SDKs add by themselves; the first ones are worth a look, the rest tell nothing of a bug.
STANDARD: Final = ("runtime", "os", "browser", "device", "app", "response")
UNTOLD: Final = frozenset(
    {
        "trace",
        "profile",
        "otel",
        "culture",
        "gpu",
        "cloud_resource",
        "replay",
        "sdk",
        "reprocessing",
    }
)


def event_facts(event: Event) -> dict[str, Any]:
    """What the server vouches for."""
    ids = {"id": event.id, "previous_id": event.previous_id, "next_id": event.next_id}
    bare = {name: value.replace("-", "") for name, value in ids.items()}
    plain = {name: value for name, value in bare.items() if EVENT_ID.fullmatch(value)}
    return present({**plain, "at": moment(event.at)})


def event_outside(event: Event, depth: Depth) -> dict[str, Any]:
    """What the sender of the event wrote, most useful first."""
    shown = _outer_and_root(event.raised, depth.exceptions)
    sourced = _sourced(len(shown), depth.sources)
    outside = {
        "logentry": event.message if event.message not in ("", event.title) else "",
        "release": event.release,
        "environment": event.environment,
        "exceptions": [_exception(one, depth, sources=sourced[at]) for at, one in enumerate(shown)],
        "more_exceptions": len(event.raised) - len(shown),
        "breadcrumbs": [_breadcrumb(one, depth) for one in event.breadcrumbs[-depth.breadcrumbs :]],
        "earlier_breadcrumbs": max(0, len(event.breadcrumbs) - depth.breadcrumbs),
        "request": _request(event, depth),
        "tags": _tags(event, depth),
        "user": present({name: event.user.get(name) for name in WHO}),
        "contexts": _contexts(event, depth),
        "extra": dict(islice(event.extra.items(), 30)) if depth.more else {},
    }
    return {name: value for name, value in outside.items() if value not in ("", [], {}, 0)}


def _outer_and_root(raised: Sequence[Raised], most: int) -> Sequence[Raised]:
    """Of a long chain the middle is left out: the last one is the root cause."""
    return raised if len(raised) <= most else [*raised[: most - 1], raised[-1]]


def _sourced(exceptions: int, sources: int) -> list[int]:
    """How many frames of each exception show their source: the first and the root cause lead."""
    if exceptions < 2:
        return [sources] * exceptions
    each = max(1, sources // exceptions)
    return [each, *([each if sources > 2 else 0] * (exceptions - 2)), each]


def _exception(raised: Raised, depth: Depth, *, sources: int) -> dict[str, Any]:
    """Frames come innermost first: where it broke, then who called."""
    frames = list(reversed(raised.frames))
    own = [one for one in frames if one.in_app]
    lead = own or frames[:1]
    kept = lead[: depth.in_app]
    leading = {id(one) for one in lead}
    library = [one for one in frames if id(one) not in leading]
    return present(
        {
            "type": raised.type,
            "value": raised.value,
            "handled": raised.handled,
            "relation": raised.relation,
            "of": raised.parent,
            "frames": [_frame(one, depth, full=at < sources) for at, one in enumerate(kept)],
            "library_frames": [_frame(one, depth, full=False) for one in library[: depth.library]],
            "left_out": _left_out(len(lead) - len(kept), len(library) - depth.library),
        }
    )


def _left_out(own: int, library: int) -> str:
    parts = [f"{own} in-app" if own > 0 else "", f"{library} library" if library > 0 else ""]
    return " and ".join(part for part in parts if part) + " frames" if any(parts) else ""


def _frame(frame: Frame, depth: Depth, *, full: bool) -> dict[str, Any]:
    where = f"{frame.filename or frame.module}:{frame.line or '?'}"
    line = {"at": where, "in": frame.function, "source": frame.source.strip()}
    if not full:
        return present(line)
    near = [(n, code) for n, code in frame.context if abs(n - frame.line) <= depth.around]
    lines = [f"{'>' if n == frame.line else ' '}{n:>5} {code}".rstrip() for n, code in near]
    return present({**line, "context": lines, "locals": _locals(frame, depth)})


def _locals(frame: Frame, depth: Depth) -> dict[str, Any]:
    named = {name: value for name, value in frame.variables.items() if not name.startswith(".")}
    chosen: dict[str, Any] = dict(islice(named.items(), depth.variables))
    if more := len(named) - len(chosen):
        chosen["…"] = f"{more} more"
    return chosen


def _breadcrumb(crumb: Breadcrumb, depth: Depth) -> dict[str, Any]:
    data = dict(islice(crumb.data.items(), 12 if depth.more else 4))
    return present(
        {
            "at": crumb.at[11:19],
            "category": crumb.category,
            "level": crumb.level if crumb.level != "info" else "",
            "message": crumb.message,
            "data": data,
        }
    )


def _request(event: Event, depth: Depth) -> dict[str, Any]:
    request = event.request
    names: Sequence[str] = ("method", "url", "query", "data", "headers", "cookies", "env")
    shown = {name: request.get(name) for name in (names if depth.more else names[:3])}
    return present({name: _readable(name, value) for name, value in shown.items()})


def _readable(name: str, value: object) -> object:
    """`[["a", "b"]]` as `{"a": "b"}`: shorter to read, and its keys still tell what is secret."""
    return dict(pairs(value)) if name in ("query", "headers", "cookies") else value


def _tags(event: Event, depth: Depth) -> dict[str, str]:
    wanted = [(key, value) for key, value in event.tags if depth.more or key not in NOISE]
    return dict(wanted[: depth.tags])


def _contexts(event: Event, depth: Depth) -> dict[str, Any]:
    """The application's own contexts first: somebody set them for a day like this."""
    own = [name for name in event.contexts if name not in UNTOLD and name not in STANDARD]
    names = [*own, *STANDARD] if depth.more else own[:3]
    found = {name: event.contexts[name] for name in names if event.contexts.get(name)}
    return {name: _untyped(value) for name, value in islice(found.items(), 20)}


def _untyped(context: object) -> object:
    """Without the `type` that Sentry adds to each."""
    if not isinstance(context, dict):
        return context
    return {key: value for key, value in context.items() if key != "type"}
