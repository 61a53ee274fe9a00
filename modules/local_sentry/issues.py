"""Issues, their activity and their standing, as rows."""

# ruff: noqa: S608 - what is put into SQL here is ours: column names and question marks

import json
from typing import Any, Final

from .errors import NotFound
from .lifecycle import NEW_FOR_S
from .models import Activity, Issue, Json, Standing
from .moments import iso
from .store import Row, Store, dump, marks

_JSON: Final = ("metadata", "status_details", "status_basis", "assigned_to")
_FLAGS: Final = ("has_seen", "is_bookmarked", "unhandled")
_SELECT: Final = """
SELECT i.*, p.slug AS project_slug, p.name AS project_name, p.platform AS project_platform,
  (SELECT COUNT(*) FROM issue_user u WHERE u.issue_id = i.id) AS user_count,
  (SELECT COUNT(*) FROM activity a WHERE a.issue_id = i.id AND a.type = 'note') AS num_comments
FROM issue i JOIN project p ON p.id = i.project_id
"""


def select_issues(store: Store, tail: str, values: list[Any]) -> list[Issue]:
    """`tail` is what follows the joins: WHERE, ORDER BY, LIMIT."""
    return [_issue(row) for row in store.rows(f"{_SELECT} {tail}", values)]


def find_issue(store: Store, reference: str | int) -> Issue:
    """By number or by short id, in any case."""
    text = str(reference)
    column, value = (
        ("id", int(text)) if text.isdecimal() and len(text) < 18 else ("short_id", text.upper())
    )
    found = select_issues(store, f"WHERE i.{column} = ?", [value])
    if not found:
        raise NotFound()
    return found[0]


def find_issues(store: Store, ids: list[int]) -> list[Issue]:
    return select_issues(store, f"WHERE i.id IN ({marks(ids)})", list(ids))


def latest_issues(store: Store, project_id: int, most: int = 25) -> list[Issue]:
    tail = "WHERE i.project_id = ? ORDER BY i.last_seen DESC, i.id DESC LIMIT ?"
    return select_issues(store, tail, [project_id, most])


def set_standing(
    store: Store, issue_id: int, standing: Standing, *, user: Json | None, now: float
) -> None:
    store.write(
        "UPDATE issue SET status=?, substatus=?, status_details=?, status_basis=?, status_since=?"
        " WHERE id=?",
        (
            standing.status,
            standing.substatus,
            dump(standing.details),
            dump(standing.basis),
            now,
            issue_id,
        ),
    )
    add_activity(store, issue_id, standing.activity, standing.activity_data, user=user, now=now)


def set_fields(store: Store, issue_id: int, fields: Json) -> None:
    names = ", ".join(f"{name} = ?" for name in fields)
    store.write(f"UPDATE issue SET {names} WHERE id = ?", [*fields.values(), issue_id])


def delete_issue(store: Store, issue_id: int) -> None:
    with store.transaction():
        for table in ("event_tag", "event", "issue_user", "activity"):
            store.write(f"DELETE FROM {table} WHERE issue_id = ?", (issue_id,))
        store.write("DELETE FROM issue WHERE id = ?", (issue_id,))


def settle(store: Store, now: float) -> None:
    """What time alone does: new issues grow ongoing, archives run out."""
    store.write(
        "UPDATE issue SET substatus = 'ongoing' WHERE substatus = 'new' AND first_seen <= ?",
        (now - NEW_FOR_S,),
    )
    store.write(
        "UPDATE issue SET status = 'unresolved', substatus = 'ongoing', status_details = '{}',"
        " status_basis = '{}', status_since = ? WHERE substatus = 'archived_until_condition_met'"
        " AND json_extract(status_details, '$.ignoreUntil') <= ?",
        (now, iso(now)),
    )


def add_activity(
    store: Store, issue_id: int, kind: str, data: Json, *, user: Json | None, now: float
) -> int:
    return store.write(
        "INSERT INTO activity (issue_id, type, user, data, created) VALUES (?,?,?,?,?)",
        (issue_id, kind, dump(user), dump(data), now),
    )


def activities(store: Store, issue_id: int, kind: str = "%") -> list[Activity]:
    """Newest first."""
    rows = store.rows(
        "SELECT * FROM activity WHERE issue_id = ? AND type LIKE ? ORDER BY created DESC, id DESC",
        (issue_id, kind),
    )
    return [_activity(row) for row in rows]


def find_note(store: Store, issue_id: int, note_id: str) -> Activity:
    for note in activities(store, issue_id, "note"):
        if str(note.id) == note_id:
            return note
    raise NotFound()


def _issue(row: Row) -> Issue:
    decoded = {name: json.loads(row[name]) for name in _JSON}
    return Issue(**row | decoded | {name: bool(row[name]) for name in _FLAGS})


def _activity(row: Row) -> Activity:
    return Activity(**row | {"user": json.loads(row["user"]), "data": json.loads(row["data"])})
