"""The parts of Sentry's values that we use; unknown keys are ignored, absent ones read as empty.

Every string may have been written by a stranger, unless its field says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from .errors import BadAnswer
from .locate import is_slug
from .reading import Json, child, children, counts, flag, get, number, objects, pairs, text

LEVELS: Final = ("fatal", "error", "warning", "info", "debug", "sample", "unknown")
STATUSES: Final = ("unresolved", "resolved", "ignored", "reprocessing", "pending_deletion")
PRIORITIES: Final = ("high", "medium", "low")


@dataclass(frozen=True)
class Project:
    """`id` and `slug` are Sentry's own."""

    id: str
    slug: str
    name: str = ""
    platform: str = ""


@dataclass(frozen=True)
class Issue:
    """An issue. Ids, counts, times, status, level and priority are Sentry's own or closed words."""

    id: str
    short_id: str
    title: str
    culprit: str
    status: str
    substatus: str
    status_details: Mapping[str, Any]
    level: str
    priority: str
    count: int
    user_count: int
    first_seen: str
    last_seen: str
    project: Project
    type: str
    value: str
    filename: str
    function: str
    permalink: str
    assigned_to: str
    unhandled: bool | None
    first_release: str
    last_release: str
    category: str = "error"
    last_24h: int | None = None  # events; None where the server does not say
    assigned_email: str = ""

    @property
    def name(self) -> str:
        """The short id, which people say; else the numeric one."""
        return self.short_id or self.id


@dataclass(frozen=True)
class Frame:
    """One call, read from `raw` as it is asked for: most frames of an event are never shown."""

    raw: Json

    @property
    def filename(self) -> str:
        return text(self.raw, "filename") or text(self.raw, "absPath") or text(self.raw, "package")

    @property
    def function(self) -> str:
        return text(self.raw, "function") or text(self.raw, "rawFunction")

    @property
    def module(self) -> str:
        return text(self.raw, "module")

    @property
    def line(self) -> int:
        return number(self.raw, "lineNo")

    @property
    def in_app(self) -> bool:
        return flag(self.raw, "inApp") is True

    @property
    def variables(self) -> Json:
        return child(self.raw, "vars")

    @property
    def context(self) -> tuple[tuple[int, str], ...]:
        """(line number, source line) around `line`."""
        near = [one for one in children(self.raw, "context") if isinstance(one, list)]
        pairs = [one for one in near if len(one) == 2 and isinstance(one[0], int)]
        alone = text(self.raw, "contextLine") if not pairs else ""
        if alone:
            return ((self.line, alone),)
        return tuple((at, str(code)) for at, code in pairs)

    @property
    def source(self) -> str:
        """The source line itself; empty where Sentry has none."""
        line = self.line
        for one in children(self.raw, "context"):
            if isinstance(one, list) and len(one) == 2 and one[0] == line:
                return str(one[1])
        return text(self.raw, "contextLine")


@dataclass(frozen=True)
class Raised:
    """One exception with its frames, outermost call first.

    `relation` says how it belongs to `parent`, by that one's type: `cause`, `context` (it was
    being handled) or `member` (of an exception group); empty for the one that was raised.
    """

    type: str
    value: str
    handled: bool | None
    frames: tuple[Frame, ...]
    relation: str = ""
    parent: str = ""


@dataclass(frozen=True)
class Breadcrumb:
    """One thing that happened before, read from `raw` as it is asked for."""

    raw: Json

    @property
    def at(self) -> str:
        return text(self.raw, "timestamp")

    @property
    def category(self) -> str:
        return text(self.raw, "category") or text(self.raw, "type")

    @property
    def level(self) -> str:
        return text(self.raw, "level")

    @property
    def message(self) -> str:
        return text(self.raw, "message")

    @property
    def data(self) -> Json:
        return child(self.raw, "data")


@dataclass(frozen=True)
class Event:
    """One occurrence. `raised` holds the exception that ended it first, then its causes."""

    id: str
    at: str
    title: str
    message: str
    release: str
    environment: str
    tags: tuple[tuple[str, str], ...]
    raised: tuple[Raised, ...]
    breadcrumbs: tuple[Breadcrumb, ...]
    request: Json
    user: Json
    contexts: Json
    extra: Json
    previous_id: str
    next_id: str


def read_project(raw: object) -> Project:
    """A slug or an id of another form than Sentry's reads as absent."""
    slug, own_id = text(raw, "slug"), text(raw, "id")
    return Project(
        id=own_id if is_slug(own_id) else "",
        slug=slug if is_slug(slug) else "",
        name=text(raw, "name"),
        platform=text(raw, "platform"),
    )


def read_issue(raw: object) -> Issue:
    """Raises BadAnswer: without an id it is no issue."""
    own_id, short = text(raw, "id"), text(raw, "shortId")
    if not is_slug(own_id):
        raise BadAnswer("The server answered with something that is no issue.")
    metadata = child(raw, "metadata")
    return Issue(
        id=own_id,
        short_id=short if is_slug(short) else "",
        title=text(raw, "title") or text(metadata, "title"),
        culprit=text(raw, "culprit"),
        status=_one_of(STATUSES, text(raw, "status")),
        substatus=_word(text(raw, "substatus")),
        status_details=child(raw, "statusDetails"),
        level=_one_of(LEVELS, text(raw, "level")),
        priority=_one_of(PRIORITIES, text(raw, "priority"), default=""),
        count=number(raw, "count"),
        user_count=number(raw, "userCount"),
        first_seen=text(raw, "firstSeen"),
        last_seen=text(raw, "lastSeen"),
        project=read_project(child(raw, "project")),
        type=text(metadata, "type"),
        value=text(metadata, "value"),
        filename=text(metadata, "filename"),
        function=text(metadata, "function"),
        permalink=text(raw, "permalink"),
        assigned_to=_assignee(raw),
        unhandled=flag(raw, "isUnhandled"),
        first_release=release_version(get(raw, "firstRelease")),
        last_release=release_version(get(raw, "lastRelease")),
        category=_word(text(raw, "issueCategory")) or "error",
        last_24h=_sum_of(child(raw, "stats").get("24h")),
        assigned_email=text(child(raw, "assignedTo"), "email"),
    )


def _sum_of(series: object) -> int | None:
    """`[[time, count], …]` summed."""
    if not isinstance(series, list) or not series:
        return None
    return sum(counts([one[1] for one in series if isinstance(one, list) and len(one) == 2]))


def read_event(raw: object) -> Event:
    """Raises BadAnswer: without an id it is no event."""
    event_id = text(raw, "eventID") or text(raw, "id")
    if not event_id:
        raise BadAnswer("The server answered with something that is no event.")
    entries = {text(one, "type"): child(one, "data") for one in objects(children(raw, "entries"))}
    tags = tuple(pairs(get(raw, "tags")))
    return Event(
        id=event_id,
        at=text(raw, "dateCreated") or text(raw, "dateReceived"),
        title=text(raw, "title"),
        message=text(raw, "message") or text(entries.get("message"), "formatted"),
        release=release_version(get(raw, "release")) or dict(tags).get("release", ""),
        environment=dict(tags).get("environment", ""),
        tags=tags,
        raised=_raised(entries),
        breadcrumbs=tuple(
            Breadcrumb(one) for one in objects(children(entries.get("breadcrumbs"), "values"))
        ),
        request=entries.get("request", {}),
        user=child(raw, "user"),
        contexts=child(raw, "contexts"),
        extra=child(raw, "context"),
        previous_id=text(raw, "previousEventID"),
        next_id=text(raw, "nextEventID"),
    )


def release_version(raw: object) -> str:
    """The version of a release, given as an object or as a string."""
    return raw if isinstance(raw, str) else text(raw, "version")


def _raised(entries: Mapping[str, Json]) -> tuple[Raised, ...]:
    """The exceptions, last raised first; else the stack of a crashed thread or of a message."""
    values = objects(children(entries.get("exception"), "values"))
    threads = objects(children(entries.get("threads"), "values"))
    crashed = next((one for one in threads if get(one, "crashed") or get(one, "current")), None)
    bare = child(crashed, "stacktrace") or entries.get("stacktrace", {})
    if values:
        types = {text(child(one, "mechanism"), "exception_id"): text(one, "type") for one in values}
        stack = bare if len(values) == 1 else {}
        first, *others = reversed(values)
        return (_one_raised(first, stack), *(_related(one, types) for one in others))
    frames = _frames(bare)
    return (Raised("", "", None, frames),) if frames else ()


def _one_raised(raw: Json, bare: Json) -> Raised:
    """Java and native platforms keep the stack in threads and not in the exception."""
    return Raised(
        type=text(raw, "type"),
        value=text(raw, "value"),
        handled=flag(child(raw, "mechanism"), "handled"),
        frames=_frames(child(raw, "stacktrace") or bare),
    )


def _related(raw: Json, types: Mapping[str, str]) -> Raised:
    """One of a chain or a group; older SDKs tell no relation, and know chains only."""
    mechanism = child(raw, "mechanism")
    source = text(mechanism, "source")
    told = {"__context__": "context", "__cause__": "cause"}
    relation = "member" if source.startswith("exceptions[") else told.get(source, "cause")
    parent = types.get(text(mechanism, "parent_id"), "") if text(mechanism, "parent_id") else ""
    return replace(_one_raised(raw, {}), relation=relation, parent=parent)


def _frames(stacktrace: Json) -> tuple[Frame, ...]:
    return tuple(Frame(one) for one in objects(children(stacktrace, "frames")))


def _assignee(raw: object) -> str:
    owner = child(raw, "assignedTo")
    name = text(owner, "name") or text(owner, "email")
    return f"team {name}" if name and text(owner, "type") == "team" else name


def _one_of(words: tuple[str, ...], given: str, *, default: str = "unknown") -> str:
    return given if given in words else default


def _word(given: str) -> str:
    return given if given.replace("_", "").isalpha() and given.isascii() and len(given) < 40 else ""
