"""Projects and their keys."""

# ruff: noqa: S608 - what is put into SQL here is ours: column names and question marks

import hashlib
from collections.abc import Iterable

from .alerts import make_default_detectors
from .errors import BadRequest, NotFound
from .models import Project
from .store import Row, Store, marks

_COLUMNS = "id, slug, name, platform, public_key, created, first_event"


def add_project(
    store: Store, slug: str, *, org: str, now: float, platform: str = "python", place: str = ""
) -> Project:
    """Make a project, or find it. Its key is made of its names and of the server's `place`, which
    no two of one machine share, so that a DSN of one is known not to be of the other."""
    key = hashlib.sha256(f"{place}/{org}/{slug}".encode()).hexdigest()[:32]
    store.write(
        "INSERT OR IGNORE INTO project (slug, name, platform, public_key, created) VALUES (?,?,?,?,?)",
        (slug, slug, platform, key, now),
    )
    project = find_project(store, slug)
    make_default_detectors(store, project, now=now)
    return project


def list_projects(store: Store) -> list[Project]:
    return [_project(row) for row in store.rows(f"SELECT {_COLUMNS} FROM project ORDER BY id")]


def find_project(store: Store, id_or_slug: str | int) -> Project:
    row = store.row(
        f"SELECT {_COLUMNS} FROM project WHERE slug = ? OR id = ?",
        (str(id_or_slug), int(id_or_slug) if _is_id(str(id_or_slug)) else -1),
    )
    if row is None:
        raise NotFound()
    return _project(row)


def _is_id(text: str) -> bool:
    return text.isdecimal() and len(text) < 18  # the largest id SQLite holds has 19 digits


def find_projects(store: Store, asked: Iterable[str]) -> list[Project]:
    """The projects of repeated `project` parameters; all where none or `-1` is asked."""
    wanted = list(asked)
    if not wanted or "-1" in wanted:
        return list_projects(store)
    try:
        return [find_project(store, one) for one in dict.fromkeys(wanted)]
    except NotFound:
        raise BadRequest(
            "Invalid project parameter. Values must be project ids or slugs."
        ) from None


def environments(store: Store, projects: list[Project]) -> list[Row]:
    return store.rows(
        "SELECT MIN(id) AS id, name FROM environment WHERE project_id IN"
        f" ({marks(projects)}) GROUP BY name ORDER BY name",
        [project.id for project in projects],
    )


def _project(row: Row) -> Project:
    return Project(**row)
