"""Search terms → SQL. Aliases: `i` issue, `e` event, `t` event_tag."""

# ruff: noqa: S608 - what is put into SQL here is ours: column names and question marks

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .errors import BadRequest
from .moments import moment, span_s
from .releases import NEWEST_FIRST
from .search import Term

_TEXTS: Final = {
    "issue.priority": "i.priority",
    "issue": "i.short_id",
    "issue.id": "CAST(i.id AS TEXT)",
    "title": "i.title",
    "culprit": "i.culprit",
    "project": "p.slug",
    "project.name": "p.slug",
}
_NUMBERS: Final = {"timesSeen": "i.times_seen", "times_seen": "i.times_seen"}
_TIMES: Final = {
    "age": "i.first_seen",
    "firstSeen": "i.first_seen",
    "first_seen": "i.first_seen",
    "lastSeen": "i.last_seen",
    "last_seen": "i.last_seen",
    "timestamp": "e.at",
    "event.timestamp": "e.at",
}
_ERROR_ISSUE: Final = "'error'"
_LATEST: Final = (
    "(SELECT r.version FROM release r JOIN release_project m ON m.release_id = r.id"
    f" WHERE m.project_id = i.project_id ORDER BY {NEWEST_FIRST} LIMIT 1)"
)
_IS: Final = {
    "muted": "i.status = 'ignored'",
    "archived": "i.status = 'ignored'",
    "assigned": "i.assigned_to <> 'null'",
    "unassigned": "i.assigned_to = 'null'",
    "for_review": "i.status = 'unresolved' AND i.substatus <> 'ongoing' AND i.has_seen = 0",
    "linked": "0",
    "unlinked": "1",
}


@dataclass(frozen=True)
class Condition:
    sql: str
    values: tuple[Any, ...] = ()


def where(terms: Sequence[Term], *, now: float, per_event: bool = False) -> Condition:
    """All terms; tags are looked for in the event itself, or in any event of the issue."""
    parts = [_term(term, now=now, per_event=per_event) for term in terms]
    sql = " AND ".join(part.sql for part in parts)
    return Condition(sql or "1", tuple(value for part in parts for value in part.values))


def _term(term: Term, *, now: float, per_event: bool) -> Condition:
    found = _positive(term, now=now, per_event=per_event)
    verdict = "IS NOT TRUE" if term.negated else "IS TRUE"  # what is unknown is not the case
    return Condition(f"({found.sql}) {verdict}", found.values)


def _positive(term: Term, *, now: float, per_event: bool) -> Condition:
    key = term.key
    if key is None:
        return _any(term, lambda value: _contains("i.title || ' ' || i.culprit", value))
    if key in _SPECIAL:
        return _SPECIAL[key](term, per_event)
    if key in _TEXTS | _NUMBERS | _TIMES:
        return _any(term, lambda value: _column(key, value, term, now=now, per_event=per_event))
    return _tag(key.removeprefix("tags[").removesuffix("]"), term, per_event=per_event)


def _column(key: str, value: str, term: Term, *, now: float, per_event: bool) -> Condition:
    if key in _TEXTS:
        return _matches(_TEXTS[key], value, term)
    if key in _NUMBERS:
        return _number(_NUMBERS[key], value, term)
    about_issue = per_event or not key.endswith("timestamp")
    return _time(_TIMES[key] if about_issue else "i.last_seen", value, term, now=now)


def _any(term: Term, one: Callable[[str], Condition]) -> Condition:
    parts = [one(value) for value in term.values]
    return Condition(
        " OR ".join(part.sql for part in parts),
        tuple(value for part in parts for value in part.values),
    )


def _is(term: Term, _: bool) -> Condition:
    return _any(term, _is_value)


def _is_value(value: str) -> Condition:
    if value in _IS:
        return Condition(_IS[value])
    return Condition("(i.status = ? OR i.substatus = ?)", (value, value))


def _has(term: Term, per_event: bool) -> Condition:
    return _any(term, lambda key: _with_tag(Condition("t.key = ?", (key,)), per_event=per_event))


def _assigned(term: Term, _: bool) -> Condition:
    return _any(term, _assigned_to)


def _assigned_to(value: str) -> Condition:
    if value in {"none", "my_teams"}:
        return Condition("i.assigned_to = 'null'" if value == "none" else "0")
    if value == "me":
        return Condition("json_extract(i.assigned_to, '$.id') = '1'")
    name = value.removeprefix("#")
    return Condition(
        "json_extract(i.assigned_to, '$.email') = ? OR json_extract(i.assigned_to, '$.name') = ?",
        (name, name),
    )


def _bookmarks(_: Term, __: bool) -> Condition:
    return Condition("i.is_bookmarked")


def _category(term: Term, _: bool) -> Condition:
    return _any(term, lambda value: _matches(_ERROR_ISSUE, value, term))


def _first_release(term: Term, _: bool) -> Condition:
    return _any(
        term,
        lambda value: (
            Condition(f"i.first_release = {_LATEST}")
            if value == "latest"
            else _matches("i.first_release", value, term)
        ),
    )


def _release(term: Term, per_event: bool) -> Condition:
    if "latest" not in term.values:
        return _tag("release", term, per_event=per_event)
    return _with_tag(Condition(f"t.key = 'release' AND t.value = {_LATEST}"), per_event=per_event)


def _message(term: Term, per_event: bool) -> Condition:
    wanted = _any(term, lambda value: _contains("t.value", value))
    inside = Condition(f"t.key IN ('message', 'error.value') AND ({wanted.sql})", wanted.values)
    found = _with_tag(inside, per_event=per_event)
    title = _any(term, lambda value: _contains("i.title", value))
    return Condition(f"{title.sql} OR {found.sql}", title.values + found.values)


_SPECIAL: Final[dict[str, Callable[[Term, bool], Condition]]] = {
    "is": _is,
    "has": _has,
    "assigned": _assigned,
    "assigned_or_suggested": _assigned,
    "bookmarks": _bookmarks,
    "issue.category": _category,
    "issue.type": _category,
    "firstRelease": _first_release,
    "first_release": _first_release,
    "release": _release,
    "message": _message,
}


def _tag(key: str, term: Term, *, per_event: bool) -> Condition:
    wanted = _any(term, lambda value: _matches("t.value", value, term))
    return _with_tag(
        Condition(f"t.key = ? AND ({wanted.sql})", (key, *wanted.values)), per_event=per_event
    )


def _with_tag(wanted: Condition, *, per_event: bool) -> Condition:
    scope = "t.event = e.id" if per_event else "t.issue_id = i.id"
    return Condition(
        f"EXISTS (SELECT 1 FROM event_tag t WHERE {scope} AND {wanted.sql})", wanted.values
    )


def _matches(column: str, value: str, term: Term) -> Condition:
    if term.wildcards and "*" in value:
        return Condition(f"{column} LIKE ? ESCAPE '\\'", (_pattern(value),))
    return Condition(f"{column} {term.op} ?", (value,))


def _contains(column: str, value: str) -> Condition:
    return Condition(f"{column} LIKE ? ESCAPE '\\'", (f"%{_pattern(value)}%",))


def _pattern(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%")


def _number(column: str, value: str, term: Term) -> Condition:
    if not value.isdecimal() or len(value) > 15:
        raise BadRequest(f"Error parsing search query: Invalid number: {value}. Expected a number.")
    return Condition(f"{column} {term.op} ?", (int(value),))


def _time(column: str, value: str, term: Term, *, now: float) -> Condition:
    """`-24h` is within the last day, `+24h` is before it; else a date, compared."""
    span = span_s(value[1:]) if value[:1] in {"-", "+"} else None
    if span is not None:
        return Condition(f"{column} {'>=' if value[0] == '-' else '<='} ?", (now - span,))
    at = moment(value) if not value.isdecimal() else None
    if at is None:
        raise BadRequest(
            f"Error parsing search query: Invalid date: {value}. Expected +/-duration or ISO 8601."
        )
    return Condition(f"{column} {term.op} ?", (at,))
