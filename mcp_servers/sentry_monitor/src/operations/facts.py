"""What the server itself vouches for: ids, counts, times and closed words, checked for their form."""

import re
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from modules.sentry.locate import same_server
from modules.sentry.models import Issue

_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|\+00:00)?")
SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{0,110}")
_PLAIN_URL: Final = re.compile(r"[A-Za-z0-9:/._-]{1,300}")
_CURSOR: Final = re.compile(r"[A-Za-z0-9_:.=+/%-]{1,300}")


def issue_facts(issue: Issue, base_url: str) -> dict[str, Any]:
    """Of an issue: no word in it was written by a stranger."""
    facts = {
        "id": word(issue.id),
        "short_id": word(issue.short_id),
        "project": word(issue.project.slug),
        "status": issue.status,
        "substatus": issue.substatus,
        "level": issue.level,
        "priority": issue.priority,
        "events": issue.count,
        "users": issue.user_count,
        "first_seen": moment(issue.first_seen),
        "last_seen": moment(issue.last_seen),
        "unhandled": issue.unhandled,
        "url": link(issue.permalink, base_url),
    }
    return {name: value for name, value in facts.items() if value not in ("", None)}


def many(count: int, noun: str) -> str:
    """`1 event`, `2 events`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def name_of(facts: dict[str, Any]) -> str:
    """The short id, else the numeric one."""
    return str(facts.get("short_id") or facts.get("id"))


def word(text: str) -> str:
    """An id or a slug as it is; what has another form is none, and outside the mark nothing else
    may stand."""
    return text if _WORD.fullmatch(text) else ""


def moment(time: str) -> str:
    """A time in UTC to the minute, `2026-11-25T10:02Z`; empty if it is none."""
    found = _TIME.fullmatch(time)
    return f"{found[1]}Z" if found else ""


def span(period: str) -> timedelta:
    """The length of a period such as `24h` or `14d`."""
    return timedelta(seconds=int(period[:-1]) * SECONDS[period[-1]])


def link(url: str, base_url: str) -> str:
    """A URL of the same server; empty otherwise (GlitchTip of 2022 says "Not implemented")."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return ""
    fine = parts.scheme in ("http", "https") and same_server(host, base_url)
    return url if fine and _PLAIN_URL.fullmatch(url) else ""


def unusable(given: str | None) -> tuple[str, ...]:
    """The gap where there is a next page and no way to ask for it."""
    if given is None or cursor(given):
        return ()
    return ("There are more, but the server's cursor for them is none that could be given back.",)


def cursor(given: str | None) -> str | None:
    """An opaque cursor, if it looks like one."""
    return given if given and _CURSOR.fullmatch(given) else None


def present(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    return {
        name: value for name, value in values.items() if value or isinstance(value, int | float)
    }
