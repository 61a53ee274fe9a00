"""How a project is set up: its settings, filters, key, ownership and code mappings, kept as JSON."""

import json
from typing import Any, Final

from .models import Json, Project
from .store import Store, dump

# Sentry's names for filters that are on or off; of legacy browsers some are chosen.
SWITCHES: Final = ("browser-extensions", "filtered-transaction", "localhost", "web-crawlers")
LEGACY: Final = "legacy-browsers"


def kept(store: Store, project: Project, name: str, otherwise: Any) -> Any:
    """What was last kept under a name."""
    value = store.value(
        "SELECT value FROM project_setting WHERE project_id = ? AND name = ?", (project.id, name)
    )
    return otherwise if value is None else json.loads(value)


def keep(store: Store, project: Project, name: str, value: Any) -> None:
    store.write(
        "INSERT INTO project_setting VALUES (?,?,?) ON CONFLICT (project_id, name)"
        " DO UPDATE SET value = excluded.value",
        (project.id, name, dump(value)),
    )


def settings_of(store: Store, project: Project) -> Json:
    """Those that somebody set; what is not among them is as Sentry begins with."""
    found: Json = kept(store, project, "settings", {})
    return found


def key_of(store: Store, project: Project) -> Json:
    """What somebody changed of the project's key."""
    found: Json = kept(store, project, "key", {})
    return found


def filters_of(store: Store, project: Project) -> list[Json]:
    found = kept(store, project, "filters", {})
    rows = [(name, found.get(name, name == "filtered-transaction")) for name in SWITCHES]
    rows.append((LEGACY, found.get(LEGACY, [])))
    return [{"id": name, "active": active} for name, active in sorted(rows)]


def mappings_of(store: Store, project: Project) -> list[Json]:
    found: list[Json] = kept(store, project, "code-mappings", [])
    return found


def hidden_environments(store: Store, project: Project) -> set[str]:
    return set(kept(store, project, "hidden-environments", []))
