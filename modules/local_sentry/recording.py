"""Take an event in: find or make its issue, store it, see what it does to the issue's standing."""

# ruff: noqa: S608 - what is put into SQL here is ours: column names and question marks

from dataclasses import dataclass
from typing import Final

from . import lifecycle
from .issues import add_activity, find_issue, set_fields, set_standing
from .models import Issue, Report, Standing
from .releases import is_newer, touch_release
from .store import Store, dump

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    issue: Issue
    created: bool
    reopened: Standing | None
    duplicate: bool = False


def record(store: Store, report: Report, *, project_id: int, now: float) -> Recorded:
    with store.transaction():
        known = store.row(
            "SELECT issue_id FROM event WHERE project_id = ? AND event_id = ?",
            (project_id, report.event_id),
        )
        if known:
            issue = find_issue(store, known["issue_id"])
            return Recorded(issue=issue, created=False, reopened=None, duplicate=True)
        return _record(store, report, project_id=project_id, now=now)


def _record(store: Store, report: Report, *, project_id: int, now: float) -> Recorded:
    row = store.row(
        "SELECT id FROM issue WHERE project_id = ? AND grouping = ?", (project_id, report.grouping)
    )
    issue_id = row["id"] if row else _create(store, report, project_id=project_id, now=now)
    _insert_event(store, report, issue_id=issue_id, project_id=project_id, now=now)
    _note_surroundings(store, report, issue_id=issue_id, project_id=project_id, now=now)
    _count(store, report, issue_id)
    issue = find_issue(store, issue_id)
    standing = _consequence(store, issue, report, now=now)
    if standing:
        set_standing(store, issue_id, standing, user=None, now=now)
        issue = find_issue(store, issue_id)
    return Recorded(issue=issue, created=row is None, reopened=standing)


def _create(store: Store, report: Report, *, project_id: int, now: float) -> int:
    fields = {
        "project_id": project_id,
        "short_id": _next_short_id(store, project_id),
        "grouping": report.grouping,
        "status": "unresolved",
        "substatus": lifecycle.substatus_now(first_seen=report.at, now=now),
        "status_details": "{}",
        "status_basis": "{}",
        "status_since": report.at,
        "priority": lifecycle.priority_of(report),
        "assigned_to": "null",
        "first_seen": report.at,
        "last_seen": report.at,
        "first_release": report.release,
        "platform": report.platform,
    }
    issue_id = store.write(
        f"INSERT INTO issue ({','.join(fields)}) VALUES ({','.join('?' * len(fields))})",
        list(fields.values()),
    )
    add_activity(store, issue_id, "first_seen", {}, user=None, now=report.at)
    return issue_id


def _next_short_id(store: Store, project_id: int) -> str:
    store.write("UPDATE project SET last_short = last_short + 1 WHERE id = ?", (project_id,))
    row = store.row("SELECT slug, last_short FROM project WHERE id = ?", (project_id,))
    assert row is not None  # noqa: S101 - the project was found before the event was read
    return f"{row['slug'].upper()}-{base32(row['last_short'])}"


def base32(number: int) -> str:
    """Digits and capitals without I, L, O and U."""
    text = _ALPHABET[number % 32]
    while number := number // 32:
        text = _ALPHABET[number % 32] + text
    return text


def _insert_event(
    store: Store, report: Report, *, issue_id: int, project_id: int, now: float
) -> None:
    raw = dump(report.raw)
    event = store.write(
        "INSERT INTO event (event_id, project_id, issue_id, at, received, user_key, level, type, title,"
        " culprit, release, environment, size, raw) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            report.event_id,
            project_id,
            issue_id,
            report.at,
            now,
            report.user_key,
            report.level,
            report.type,
            report.title,
            report.culprit,
            report.release,
            report.environment,
            len(raw),
            raw,
        ),
    )
    listed = [(event, issue_id, key, value, 1) for key, value in report.tags]
    hidden = [(event, issue_id, key, value, 0) for key, value in report.properties]
    store.write_many("INSERT INTO event_tag VALUES (?,?,?,?,?)", listed + hidden)


def _note_surroundings(
    store: Store, report: Report, *, issue_id: int, project_id: int, now: float
) -> None:
    if report.user_key:
        store.write(
            "INSERT OR IGNORE INTO issue_user VALUES (?,?,?)",
            (issue_id, report.user_key, report.at),
        )
    if report.release:
        touch_release(store, report.release, project_id=project_id, at=report.at, now=now)
    store.write(
        "INSERT OR IGNORE INTO environment (project_id, name) VALUES (?,?)",
        (project_id, report.environment or ""),
    )
    store.write(
        "UPDATE project SET first_event = MIN(COALESCE(first_event, ?1), ?1) WHERE id = ?2",
        (report.at, project_id),
    )


def _count(store: Store, report: Report, issue_id: int) -> None:
    """The newest event names the issue; an old one that arrives late only counts."""
    store.write(
        "UPDATE issue SET times_seen = times_seen + 1, first_seen = MIN(first_seen, ?1) WHERE id = ?2",
        (report.at, issue_id),
    )
    newest = store.value("SELECT last_seen <= ? FROM issue WHERE id = ?", (report.at, issue_id))
    if newest:
        set_fields(store, issue_id, _named(report))


def _named(report: Report) -> dict[str, object]:
    named: dict[str, object] = {
        "title": report.title,
        "culprit": report.culprit,
        "level": report.level,
        "type": report.type,
        "logger": report.logger,
        "metadata": dump(report.metadata),
        "last_seen": report.at,
        "unhandled": report.unhandled,
    }
    return named | ({"last_release": report.release} if report.release else {})


def _consequence(store: Store, issue: Issue, report: Report, *, now: float) -> Standing | None:
    if issue.status == "unresolved" or issue.substatus == "archived_forever":
        return None
    window_s = 60 * issue.status_details.get("ignoreWindow", 0)
    arrival = lifecycle.Arrival(
        now=now,
        count=issue.times_seen,
        users=issue.user_count,
        recent=_since(store, issue, now - lifecycle.BURST_WINDOW_S),
        in_window=_since(store, issue, now - window_s),
        newer_release=_newer(store, issue, report),
    )
    return lifecycle.after_event(issue, arrival)


def _since(store: Store, issue: Issue, at: float) -> int:
    return int(
        store.value(
            "SELECT COUNT(*) FROM event WHERE issue_id = ? AND received >= ?",
            (issue.id, max(at, issue.status_since)),
        )
    )


def _newer(store: Store, issue: Issue, report: Report) -> bool | None:
    """Sentry does not reopen what is resolved in a release for an event that names none."""
    bound = issue.status_basis.get("release")
    if bound is None:
        return None
    return report.release is not None and is_newer(store, report.release, bound)
