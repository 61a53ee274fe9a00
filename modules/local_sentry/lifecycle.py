"""How an issue comes back, grows old, and how grave it is: facts in, a new standing out."""

from dataclasses import dataclass
from typing import Any, Final

from .models import Issue, Json, Report, Standing
from .moments import moment

NEW_FOR_S: Final = 7 * 86400
BURST_WINDOW_S: Final = 3600
BURST: Final = 10


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What is known when an event meets its issue, the event already counted."""

    now: float
    count: int
    users: int
    recent: int  # events within BURST_WINDOW_S, since the status was set
    in_window: int  # events within the archive's ignoreWindow
    newer_release: bool | None  # than the one the issue is resolved in; None: no such rule


def after_event(issue: Issue, arrival: Arrival) -> Standing | None:
    """What an event does to the standing of its issue; None leaves it."""
    if issue.status == "resolved" and arrival.newer_release is not False:
        return _reopened("regressed", "set_regression")
    if issue.substatus == "archived_until_escalating" and _bursts(issue, arrival):
        return _reopened("escalating", "set_escalating")
    if issue.substatus == "archived_until_condition_met" and _condition_met(issue, arrival):
        return _reopened("ongoing", "set_unresolved")
    return None


def _reopened(substatus: str, activity: str) -> Standing:
    return Standing(
        status="unresolved",
        substatus=substatus,
        details={},
        basis={},
        activity=activity,
        activity_data={},
    )


def _bursts(issue: Issue, arrival: Arrival) -> bool:
    usual: float = issue.status_basis["perHour"]
    since: int = arrival.count - issue.status_basis["count"]
    return min(arrival.recent, since) >= max(BURST, 3 * usual)


def _condition_met(issue: Issue, arrival: Arrival) -> bool:
    details, basis = issue.status_details, issue.status_basis
    until = moment(details.get("ignoreUntil"))
    if until is not None and arrival.now >= until:
        return True
    count, users = details.get("ignoreCount"), details.get("ignoreUserCount")
    since = arrival.count - basis["count"]
    seen = min(arrival.in_window, since) if details.get("ignoreWindow") else since
    if count and seen >= count:
        return True
    return bool(users) and arrival.users - basis["users"] >= users


def substatus_now(*, first_seen: float, now: float) -> str:
    """What an unresolved issue is that nothing else has happened to."""
    return "new" if now - first_seen < NEW_FOR_S else "ongoing"


def priority_of(report: Report) -> str:
    if report.level == "fatal" or (report.level == "error" and report.unhandled):
        return "high"
    return "medium" if report.level == "error" else "low"


def archive_basis(issue: Issue, *, now: float) -> Json:
    """What an archive's conditions are later measured against."""
    hours = max((now - issue.first_seen) / 3600, 1.0)
    return {
        "count": issue.times_seen,
        "users": issue.user_count,
        "perHour": issue.times_seen / hours,
    }


def resolution_type(details: Json) -> str:
    for key, name in (
        ("inNextRelease", "in_next_release"),
        ("inRelease", "in_release"),
        ("inCommit", "in_commit"),
    ):
        if details.get(key):
            return name
    return "now"


def positive(value: Any) -> bool:
    return type(value) is int and value > 0
