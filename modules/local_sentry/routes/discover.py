"""Errors as a table: any fields, counted and sorted."""

# ruff: noqa: S608 - what is put into SQL here is ours: column names and question marks

from typing import Any, Final

from starlette.responses import Response

from modules.local_sentry import search
from modules.local_sentry.calls import Call, link, page, reply
from modules.local_sentry.conditions import where
from modules.local_sentry.errors import BadRequest
from modules.local_sentry.models import Json
from modules.local_sentry.moments import iso
from modules.local_sentry.store import Row, marks

_PLAIN: Final = {
    "issue": "i.short_id",
    "issue.id": "i.id",
    "title": "e.title",
    "culprit": "e.culprit",
    "error.type": "(SELECT t.value FROM event_tag t WHERE t.event = e.id AND t.key = 'error.type'"
    " ORDER BY t.rowid DESC LIMIT 1)",
    "level": "e.level",
    "release": "e.release",
    "environment": "e.environment",
    "project": "p.slug",
    "project.name": "p.slug",
    "project.id": "p.id",
    "user": "e.user_key",
    "timestamp": "e.at",
    "id": "e.event_id",
}
_COUNTED: Final = {
    "count()": "COUNT(*)",
    "count_unique(user)": "COUNT(DISTINCT e.user_key)",
    "count_unique(issue)": "COUNT(DISTINCT e.issue_id)",
    "last_seen()": "MAX(e.at)",
}
_DATES: Final = {"timestamp", "last_seen()"}
_MAX_FIELDS: Final = 20


def list_rows(call: Call) -> Response:
    if call.ask("dataset") not in {None, "errors", "discover"}:
        raise BadRequest("dataset must be one of: errors")
    fields, (offset, length) = _fields(call), page(call)
    rows = _select(call, fields, offset=offset, length=length + 1)
    data = [{name: _shown(name, row[name]) for name in fields} for row in rows[:length]]
    headers = link(call, offset=offset, length=length, more=len(rows) > length)
    return reply({"data": data, "meta": _meta(fields)}, headers=headers)


def _fields(call: Call) -> list[str]:
    fields = list(dict.fromkeys(call.ask_all("field")))
    if not fields:
        raise BadRequest("No columns selected")
    if len(fields) > _MAX_FIELDS:
        raise BadRequest(f"You can view up to {_MAX_FIELDS} fields at a time.")
    for name in fields:
        if name not in _PLAIN and name not in _COUNTED:
            raise BadRequest(f"Invalid field: {name!r}")
    return fields


def _select(call: Call, fields: list[str], *, offset: int, length: int) -> list[Row]:
    (start, end), projects = call.window(), [one.id for one in call.projects()]
    found = where(search.parse(call.ask("query") or ""), now=call.now, per_event=True)
    asked = call.ask_all("environment")
    among = f" AND COALESCE(e.environment, '') IN ({marks(asked)})" if asked else ""
    columns = ", ".join(f'{_PLAIN.get(name) or _COUNTED[name]} AS "{name}"' for name in fields)
    return call.store.rows(
        f"SELECT {columns} FROM event e JOIN issue i ON i.id = e.issue_id"
        f" JOIN project p ON p.id = e.project_id WHERE p.id IN ({marks(projects)})"
        f" AND e.at BETWEEN ? AND ? AND {found.sql}{among}{_grouped(fields)}"
        f" ORDER BY {_order(call, fields)} LIMIT ? OFFSET ?",
        [*projects, start, end, *found.values, *asked, length, offset],
    )


def _grouped(fields: list[str]) -> str:
    """By position: an alias such as `title` is a column of two tables as well."""
    plain = [str(place) for place, name in enumerate(fields, 1) if name in _PLAIN]
    return f" GROUP BY {', '.join(plain)}" if plain and len(plain) < len(fields) else ""


def _order(call: Call, fields: list[str]) -> str:
    sort = call.ask("sort") or f"-{fields[-1]}"
    name = {"count": "count()", "last_seen": "last_seen()"}.get(sort.lstrip("-"), sort.lstrip("-"))
    if name not in fields:
        raise BadRequest(f"Cannot sort by a field that is not selected: {name}")
    return f"{fields.index(name) + 1} {'DESC' if sort.startswith('-') else 'ASC'}"


def _shown(name: str, value: Any) -> Any:
    return iso(value) if name in _DATES and value is not None else value


def _meta(fields: list[str]) -> Json:
    types = {name: _type(name) for name in fields}
    return {
        "fields": types,
        "units": dict.fromkeys(fields),
        "isMetricsData": False,
        "dataset": "errors",
    }


def _type(name: str) -> str:
    if name in _DATES:
        return "date"
    return "integer" if name in _COUNTED or name in {"issue.id", "project.id"} else "string"
