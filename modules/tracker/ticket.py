"""What an issue of a tracker says: title, priority, description. No I/O.

Source: seed document 002, "Issue Creation". Whatever an event holds was written by strangers: it
goes through safetext, so that nothing in it mentions, links, closes or hides anything.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from modules.safetext.sinks import for_chat, for_markdown
from modules.sentry.models import Issue
from modules.sentry.reading import Json, child, text

from .cause_text import SHA, cause_text
from .history import Cause
from .ports import LABEL, Priority, Ticket
from .rules import Ask
from .tracked import Tracked

TITLE: Final = 250  # characters; forges take 255 or 256
PRIORITIES: Final[Mapping[str, Priority]] = {"high": "P1", "medium": "P2", "low": "P4"}
ORDER: Final[tuple[Priority, ...]] = ("P4", "P3", "P2", "P1")
BANNERS: Final = {
    Ask.REGRESSED: "**This error has regressed after being marked as resolved.**",
    Ask.ESCALATING: "**This error is escalating: it happens more often than before.**",
}
PLAIN: Final = re.compile(r"[A-Za-z0-9_.@+-]{1,100}")
PATH: Final = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_@./-]{0,199}")
LINK: Final = re.compile(r"https?://[A-Za-z0-9._~:/?&=%+-]{1,500}")
SHOWN: Final = 5  # suspected commits


def priority_of(told: str) -> Priority:
    """Of Sentry's word."""
    return PRIORITIES.get(told, "P3")


def raised(now: Priority, told: str) -> Priority:
    """Of an issue that escalates: one up, or as high as Sentry says."""
    up = ORDER[min(ORDER.index(now) + 1, len(ORDER) - 1)]
    return worse(up, priority_of(told))


def worse(one: Priority, other: Priority) -> Priority:
    return max(one, other, key=ORDER.index)


def marker(name: str, generation: int) -> str:
    """What an issue is found again by; nobody sees it. `name` is host/organization/id."""
    return f"<!-- sentry-monitor:issue {name} generation {generation} -->"


def note_marker(delivery_id: str) -> str:
    return f"<!-- sentry-monitor:note {delivery_id[:32]} -->"


def title(project: str, told: str) -> str:
    """`[project-slug] message`, on one line."""
    slug = project if PLAIN.fullmatch(project) else "unknown"
    return f"[{slug}] {for_chat(told or 'An error without a message', 200, one_line=True)}"[:TITLE]


def description(issue: Issue, ask: Ask) -> str:
    """Everything but the cause and the marker."""
    banner = BANNERS.get(ask, "")
    parts = [banner] if banner else []
    parts.append(f"## Error\n\n{for_markdown(_error(issue), 1000)}")
    if where := _location(issue):
        parts.append(f"## Location\n\n{for_markdown(where, 600)}")
    parts.append("## Impact\n\n" + _rows(_impact(issue)))
    parts.append("## Project\n\n" + _rows(_project(issue)))
    parts.append("## Links\n\n" + _links(issue))
    return "\n\n".join(parts)


def renewed(body: str, *, key: str, url: str) -> str:
    """With what it was tracked as before, where the tracker has that one."""
    named = f"[{key}]({url})" if LINK.fullmatch(url) else key
    return f"{body}\n- **Tracked before as:** {named}" if PLAIN.fullmatch(key) else body


def ticket(tracked: Tracked, cause: Cause | None = None) -> Ticket:
    """As it is filed: with the cause, where one is suspected, and the marker at the end."""
    told = [tracked.body, cause_text(cause) if cause is not None else "", tracked.marker]
    return Ticket(
        title=tracked.title,
        body="\n\n".join(filter(None, told)),
        labels=(LABEL,),
        priority=tracked.priority,
        marker=tracked.marker,
    )


def metadata(issue: Issue) -> dict[str, Any]:
    """Seed document 002, "Stored Metadata"."""
    project = issue.project
    return {
        "shortId": issue.short_id,
        "project": {
            "id": project.id,
            "name": for_chat(project.name, 100, one_line=True),
            "slug": project.slug,
            "platform": _word(project.platform),
        },
        "substatus": issue.substatus,
        "priority": issue.priority,
        "level": issue.level,
        "platform": _word(project.platform),
    }


def incident(data: Json, level: str, url: str) -> tuple[str, str]:
    """Title and description of a metric alert that fired: `data` of its webhook; `level` is the
    webhook's action, critical or warning, and `url` leads to it in Sentry, or is empty."""
    alert = child(data, "metric_alert")
    named = text(data, "description_title") or text(alert, "title")
    told = "\n".join(filter(None, (named, text(data, "description_text"))))
    rows = _rows({"Status": _word(level), "Began": _date(text(alert, "date_started"))})
    link = f"\n\n## Links\n\n- [View in Sentry]({url})" if url else ""
    return named, f"## Metric Alert\n\n{for_markdown(told, 1000)}\n\n{rows}{link}"


def _error(issue: Issue) -> str:
    message = issue.value or issue.title
    return f"Type: {issue.type}\nMessage: {message}" if issue.type else f"Message: {message}"


def _location(issue: Issue) -> str:
    told = {"File": issue.filename, "Function": issue.function, "Culprit": issue.culprit}
    return "\n".join(f"{name}: {value}" for name, value in told.items() if value)


def _impact(issue: Issue) -> Mapping[str, str]:
    return {
        "Events": str(issue.count),
        "Users affected": str(issue.user_count),
        "First seen": _date(issue.first_seen),
        "Last seen": _date(issue.last_seen),
    }


def _project(issue: Issue) -> Mapping[str, str]:
    unhandled = (
        {True: "Yes", False: "No"}.get(issue.unhandled) if issue.unhandled is not None else ""
    )
    return {
        "Name": issue.project.slug,
        "Platform": _word(issue.project.platform),
        "Level": issue.level,
        "Unhandled": unhandled or "",
    }


def _links(issue: Issue) -> str:
    fine = LINK.fullmatch(issue.permalink)
    lines = [f"- [View in Sentry]({issue.permalink})"] if fine else []
    return "\n".join([*lines, f"- Sentry ID: `{issue.name}`"])


def _rows(told: Mapping[str, str]) -> str:
    return "\n".join(f"- **{name}:** {value}" for name, value in told.items() if value)


def _date(told: str) -> str:
    try:
        return _when(datetime.fromisoformat(told))
    except ValueError:
        return ""


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _word(told: str) -> str:
    return told if PLAIN.fullmatch(told) else ""


def _sha(told: str) -> str:
    return told[:7] if SHA.fullmatch(told) else "unknown"
