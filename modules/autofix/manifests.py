"""The parts of dependency manifests that are run when somebody installs or builds."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

RUN: Final[Mapping[str, frozenset[str]]] = {
    "package.json": frozenset(("scripts", "bin", "gypfile")),
    "composer.json": frozenset(("scripts", "bin", "allow-plugins")),
    "pyproject.toml": frozenset(
        ("scripts", "gui-scripts", "entry-points", "build-system", "plugins", "hooks")
    ),
    "cargo.toml": frozenset(("build", "rustc-wrapper")),
}
DEEPEST: Final = 12


def changed_section(path: str, before: str | None, after: str | None) -> str:
    """The name of a section that is run and was changed; empty where there is none. A manifest
    that cannot be read may hold anything: that counts as `unreadable`."""
    names = RUN.get(path.rpartition("/")[2].casefold())
    if names is None:
        return ""
    old, new = _sections(path, before, names), _sections(path, after, names)
    if new is None:
        return "unreadable"
    wrong = [name for name in {**(old or {}), **new} if (old or {}).get(name) != new.get(name)]
    return min(wrong, default="")


def _sections(path: str, text: str | None, names: frozenset[str]) -> dict[str, Any] | None:
    if text is None:
        return {}
    try:
        data = json.loads(text) if path.casefold().endswith(".json") else tomllib.loads(text)
    except (ValueError, RecursionError):
        return None
    return dict(_found(data, names, "", DEEPEST))


def _found(data: object, names: frozenset[str], at: str, deep: int) -> Iterator[tuple[str, Any]]:
    """`[tool.poetry.scripts]` counts as `[project.scripts]` does."""
    if not isinstance(data, dict) or deep == 0:
        return
    for key, value in data.items():
        if key in names:
            yield f"{at}{key}", value
        else:
            yield from _found(value, names, f"{at}{key}.", deep - 1)
