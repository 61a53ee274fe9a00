"""Stored events, their neighbours, and the tags of an issue."""

# ruff: noqa: S608 - what is put into SQL here is ours: column names and question marks

import json
from typing import Any, Final

from .errors import NotFound
from .models import Event, Issue
from .store import Row, Store

_COLUMNS: Final = "e.id, e.event_id, e.project_id, e.issue_id, e.at, e.received, e.size, e.raw"
_NEWEST: Final = "ORDER BY e.at DESC, e.id DESC"
# Of the last events the one that tells most: with a user, a trace, breadcrumbs, a request.
_USEFUL: Final = (
    "SELECT * FROM (SELECT * FROM event WHERE issue_id = ? ORDER BY at DESC, id DESC LIMIT 20) e"
    " ORDER BY (raw LIKE '%\"breadcrumbs\":%') + (raw LIKE '%\"request\":%')"
    " + (raw LIKE '%\"trace_id\":%') + (user_key IS NOT NULL) DESC, at DESC, id DESC LIMIT 1"
)


def select_events(store: Store, tail: str, values: list[Any]) -> list[Event]:
    """`tail` is what follows the joins."""
    joins = "event e JOIN issue i ON i.id = e.issue_id JOIN project p ON p.id = e.project_id"
    return [_event(row) for row in store.rows(f"SELECT {_COLUMNS} FROM {joins} {tail}", values)]


def find_event(store: Store, issue: Issue, reference: str) -> Event:
    """By its id, or by the words `latest`, `oldest`, `recommended`."""
    match reference:
        case "latest":
            tail, values = f"WHERE e.issue_id = ? {_NEWEST} LIMIT 1", [issue.id]
        case "oldest":
            tail, values = "WHERE e.issue_id = ? ORDER BY e.at, e.id LIMIT 1", [issue.id]
        case "recommended" | "helpful":
            return _event(_only(store.row(_USEFUL, (issue.id,))))
        case _:
            return find_by_id(store, reference, issue_id=issue.id)
    return _event(_only(store.row(f"SELECT {_COLUMNS} FROM event e {tail}", values)))


def find_by_id(
    store: Store, event_id: str, *, issue_id: int | None = None, project_id: int | None = None
) -> Event:
    """Dashes and capitals do not matter."""
    row = store.row(
        f"SELECT {_COLUMNS} FROM event e WHERE e.event_id = ?1 AND (?2 IS NULL OR e.issue_id = ?2)"
        " AND (?3 IS NULL OR e.project_id = ?3)",
        (event_id.replace("-", "").lower(), issue_id, project_id),
    )
    return _event(_only(row))


def neighbours(store: Store, event: Event) -> tuple[str | None, str | None]:
    """The ids of the event before and of the one after, within the issue."""
    at = (event.issue_id, event.at, event.id)
    sql = "SELECT event_id FROM event WHERE issue_id = ? AND (at, id) {} (?, ?) ORDER BY at {}, id {} LIMIT 1"
    before = store.value(sql.format("<", "DESC", "DESC"), at)
    return before, store.value(sql.format(">", "ASC", "ASC"), at)


def issue_tags(store: Store, issue_id: int, key: str | None = None) -> dict[str, list[Row]]:
    """Per tag its values, the most frequent first."""
    rows = store.rows(
        "SELECT t.key, t.value, COUNT(*) AS count, MIN(e.at) AS first_seen, MAX(e.at) AS last_seen"
        " FROM event_tag t JOIN event e ON e.id = t.event WHERE t.issue_id = ?1 AND t.listed"
        " AND (?2 IS NULL OR t.key = ?2) GROUP BY t.key, t.value ORDER BY t.key, count DESC, t.value",
        (issue_id, key),
    )
    tags: dict[str, list[Row]] = {}
    for row in rows:
        tags.setdefault(row["key"], []).append(row)
    return tags


def _only(row: Row | None) -> Row:
    if row is None:
        raise NotFound("Event not found")
    return row


def _event(row: Row) -> Event:
    known = {key: row[key] for key in Event.__dataclass_fields__ if key != "raw"}
    return Event(**known, raw=json.loads(row["raw"]))
