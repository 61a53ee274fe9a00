"""Every setting as it was resolved, where it came from, and never a secret's value."""

from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

from pydantic import SecretStr
from starlette.requests import Request

from mcp_servers.sentry_monitor.src.service import Service
from mcp_servers.sentry_monitor.src.settings import Settings

from .handlers import Page

NOTHING: Final = "not set"


@dataclass(frozen=True)
class Row:
    """`variable` is the documented name, `source` the one that was set; empty by default."""

    variable: str
    value: str
    source: str
    meaning: str


class SettingsPage:
    """Its page."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def show(self, _: Request) -> Page:
        """Raises BadProjects."""
        values = {
            "rows": rows(self._service.settings, self._service.variables),
            "projects": self._service.autofix.projects.projects,
            "where": self._service.where,
            "works": self._service.works,
            "version": version("sentry-monitor"),
        }
        return Page("settings.html", values)


def rows(settings: Settings, given: Collection[str]) -> list[Row]:
    """In the order of the documentation; `given` are the variables that are set."""
    found = []
    for name, field in Settings.model_fields.items():
        extra = field.json_schema_extra
        names = [str(one) for one in _list(extra.get("env") if isinstance(extra, dict) else None)]
        source = next((one for one in names if one in given), "")
        value = _shown(getattr(settings, name))
        found.append(Row(names[0], value, source, field.description or ""))
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _shown(value: Any) -> str:
    """A secret is told to be there, and nothing else of it."""
    if isinstance(value, SecretStr):
        return "set"
    if isinstance(value, tuple | frozenset):
        if any(isinstance(one, SecretStr) for one in value):
            return f"{len(value)} set"
        return ", ".join(sorted(map(str, value))) or NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    return NOTHING if value in (None, "") else str(value)
