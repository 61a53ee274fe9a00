"""The page behind an issue's link: what happened, for a person. All text is escaped."""

import base64
import hashlib
import html
from typing import Any, Final

from .models import Event, Issue, Json, Project
from .moments import iso
from .shapes.entries import entries

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "pre,td,th{font-family:ui-monospace,monospace;font-size:.875rem}"
    "pre{background:#f4f4f6;padding:1rem;overflow:auto}td,th{text-align:left;padding:0 1rem 0 0}"
)
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def front_page(org: str, issues: dict[Project, list[Issue]]) -> str:
    """What is here, for whoever opens the server's address: projects and their latest issues."""
    parts = "".join(
        f"<h2>{_e(project.slug)}</h2><ul>{_links(org, found)}</ul>"
        for project, found in issues.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>local Sentry</title>'
        f"<style>{_STYLE}</style><h1>local Sentry</h1><p>Organization {_e(org)}. The API is at"
        f" /api/0/ and needs the token.</p>{parts}</html>"
    )


def _links(org: str, issues: list[Issue]) -> str:
    rows = (
        f'<li><a href="/organizations/{_e(org)}/issues/{one.id}/">{_e(one.short_id)}</a>'
        f" {_e(one.level)}, {_e(one.substatus or one.status)}: {_e(one.title)}"
        for one in issues
    )
    return "".join(rows) or "<li>no issues yet"


def issue_page(issue: Issue, event: Event) -> str:
    found = {one["type"]: one["data"] for one in entries(event.raw)}
    title, state = _e(issue.title), _e(issue.substatus or issue.status)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1><p>{_e(issue.short_id)} · {_e(issue.status)}"
        f" ({state}) · {_e(issue.level)} · {issue.times_seen} events, {issue.user_count} users"
        f" · last seen {_e(iso(issue.last_seen))}</p><p>{_e(issue.culprit)}</p>"
        f"{_stack(found.get('exception'))}{_crumbs(found.get('breadcrumbs'))}</html>"
    )


def _e(value: Any) -> str:
    return html.escape("" if value is None else str(value))


def _stack(exception: Json | None) -> str:
    values = (exception or {}).get("values", [])
    text = "\n\n".join("\n".join(_lines(one)) for one in values)
    return f"<h2>Stack trace</h2><pre>{_e(text)}</pre>" if values else ""


def _lines(thrown: Json) -> list[str]:
    lines = []
    for frame in (thrown["stacktrace"] or {}).get("frames", []):
        mark = "*" if frame["inApp"] else " "
        lines.append(f"{mark} {frame['filename']}:{frame['lineNo']} in {frame['function']}")
        lines += [f"      {text}" for number, text in frame["context"] if number == frame["lineNo"]]
    return [*lines, f"{thrown['type']}: {thrown['value']}"]


def _crumbs(breadcrumbs: Json | None) -> str:
    rows = "".join(
        f"<tr><td>{_e(one['timestamp'])}<td>{_e(one['category'])}<td>{_e(one['message'])}"
        for one in (breadcrumbs or {}).get("values", [])
    )
    head = "<tr><th>Time<th>Category<th>Message"
    return f"<h2>Breadcrumbs</h2><table>{head}{rows}</table>" if rows else ""
