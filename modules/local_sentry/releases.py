"""Releases, ordered by when they were first seen."""

# ruff: noqa: S608 - what is put into SQL here is ours: column names and question marks

from typing import Any, Final

from .errors import NotFound
from .models import Project, Release
from .projects import list_projects
from .store import Row, Store, marks

NEWEST_FIRST: Final = "COALESCE(r.first_event, r.created) DESC, r.id DESC"
_OF_PROJECTS: Final = "r.id IN (SELECT release_id FROM release_project WHERE project_id IN ({}))"


def touch_release(store: Store, version: str, *, project_id: int, at: float, now: float) -> None:
    """An event named this release."""
    store.write(
        "INSERT INTO release (version, created, first_event, last_event) VALUES (?,?,?,?) ON CONFLICT"
        " (version) DO UPDATE SET first_event = MIN(COALESCE(first_event, ?3), ?3),"
        " last_event = MAX(COALESCE(last_event, ?3), ?3)",
        (version, now, at, at),
    )
    _join(store, version, project_id)


def create_release(
    store: Store, version: str, *, projects: list[Project], now: float, facts: dict[str, Any]
) -> bool:
    """True if it is new."""
    known = store.row("SELECT id FROM release WHERE version = ?", (version,))
    if known is None:
        store.write(
            "INSERT INTO release (version, created, released, ref, url) VALUES (?,?,?,?,?)",
            (version, now, facts.get("released"), facts.get("ref"), facts.get("url")),
        )
    for project in projects:
        _join(store, version, project.id)
    store.write_many(
        "INSERT OR REPLACE INTO release_commit SELECT id, ?, ? FROM release WHERE version = ?",
        [(sha, message, version) for sha, message in facts.get("commits", ())],
    )
    return known is None


def _join(store: Store, version: str, project_id: int) -> None:
    """What was resolved in the next release is resolved in this one, from now on."""
    if has_release(store, version, project_id):
        return
    store.write(
        "UPDATE issue SET status_details = json_object('inRelease', ?) WHERE project_id = ?"
        " AND json_extract(status_details, '$.inNextRelease')",
        (version, project_id),
    )
    store.write(
        "INSERT OR IGNORE INTO release_project SELECT id, ? FROM release WHERE version = ?",
        (project_id, version),
    )


def latest_version(store: Store, project_ids: list[int]) -> str | None:
    where = _OF_PROJECTS.format(marks(project_ids))
    value = store.value(
        f"SELECT r.version FROM release r WHERE {where} ORDER BY {NEWEST_FIRST} LIMIT 1",
        project_ids,
    )
    return None if value is None else str(value)


def is_newer(store: Store, version: str, than: str) -> bool:
    """Whether `version` was first seen after `than`."""
    order = [
        row["version"]
        for row in store.rows(
            f"SELECT version FROM release r WHERE version IN (?, ?) ORDER BY {NEWEST_FIRST}",
            (version, than),
        )
    ]
    return version != than and order[:1] == [version]


def list_releases(store: Store, projects: list[Project], *, query: str = "") -> list[Release]:
    ids = [project.id for project in projects]
    pattern = "%" + query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = store.rows(
        f"SELECT * FROM release r WHERE {_OF_PROJECTS.format(marks(ids))}"
        f" AND version LIKE ? ESCAPE '\\' ORDER BY {NEWEST_FIRST}",
        [*ids, pattern],
    )
    return [_release(store, row) for row in rows]


def find_release(store: Store, version: str) -> Release:
    row = store.row("SELECT * FROM release WHERE version = ?", (version,))
    if row is None:
        raise NotFound()
    return _release(store, row)


def has_release(store: Store, version: str, project_id: int) -> bool:
    return bool(
        store.value(
            "SELECT 1 FROM release r JOIN release_project m ON m.release_id = r.id"
            " WHERE r.version = ? AND m.project_id = ?",
            (version, project_id),
        )
    )


def _release(store: Store, row: Row) -> Release:
    members = store.rows(
        "SELECT project_id FROM release_project WHERE release_id = ?", (row["id"],)
    )
    ids = {member["project_id"] for member in members}
    new = store.value("SELECT COUNT(*) FROM issue WHERE first_release = ?", (row["version"],))
    projects = tuple(one for one in list_projects(store) if one.id in ids)
    commits = store.value("SELECT COUNT(*) FROM release_commit WHERE release_id = ?", (row["id"],))
    return Release(**row, new_groups=new, projects=projects, commits=commits)
