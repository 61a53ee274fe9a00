"""The state of an issue with its conditions, and the call that brings it back: pure."""

import re
from datetime import datetime
from typing import Any, Final

from modules.safetext.sinks import for_line
from modules.sentry.models import Issue

from .facts import present

SHOWN: Final = ("inRelease", "inNextRelease", "ignoreCount", "ignoreUntil", "ignoreDuration")
HIDDEN: Final = "…"
NOT_OURS: Final = ("inCommit", "ignoreUserCount", "ignoreWindow", "ignoreUserWindow")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]{0,16}(?:Z|[+-]\d\d:?\d\d)?")
# A release is named by whoever sends events. Outside the mark stands only a bare version, or a
# commit: neither can be a sentence, an address or a token.
_VERSION: Final = re.compile(
    r"v?\d{1,8}(?:\.\d{1,8}){0,3}(?:[-+.][a-z]{1,5}\.?\d{0,6}){0,2}|[0-9a-f]{7,12}|[0-9a-f]{40}"
)


def state_of(issue: Issue) -> dict[str, Any]:
    """Status and substatus, and the conditions as far as no stranger can have written them."""
    details = {name: _told(issue, name) for name in SHOWN}
    return present(
        {"status": issue.status, "substatus": issue.substatus, "details": present(details)}
    )


def hidden_releases(before: Issue, after: Issue) -> dict[str, str]:
    """The names of releases that may stand only inside the mark."""
    states = {"before": before, "after": after}
    return {
        when: str(issue.status_details["inRelease"])
        for when, issue in states.items()
        if _told(issue, "inRelease") == HIDDEN
    }


def undo(name: str, before: Issue, now: datetime) -> str | None:
    """The call that restores a state; None for states that cannot be set."""
    if before.status == "unresolved":
        return f"unresolve-issue issue_id={name}"
    if before.status == "resolved":
        return f"resolve-issue issue_id={name}{_release(before)}{_lost(before)}"
    if before.status == "ignored":
        return f"ignore-issue issue_id={name} {_until(before, now)}{_lost(before)}"
    return None


def _lost(before: Issue) -> str:
    """The conditions that no parameter of ours sets."""
    lost = [name for name in NOT_OURS if before.status_details.get(name)]
    return f" (which does not restore {', '.join(lost)})" if lost else ""


def _told(issue: Issue, name: str) -> str:
    """A condition's value if it has the form it must have; HIDDEN for anything else."""
    value = issue.status_details.get(name)
    if value is None or value is False:
        return ""
    if value is True or isinstance(value, int):
        return str(value).lower()
    given = str(value)
    if name == "inRelease":
        bare = given.removeprefix(f"{issue.project.slug}@") if issue.project.slug else given
        fine = _VERSION.fullmatch(bare) is not None and for_line(given) == given
        return given if fine else HIDDEN
    return given if _MOMENT.fullmatch(given) else HIDDEN


def _release(issue: Issue) -> str:
    if issue.status_details.get("inNextRelease") or issue.status_details.get("inUpcomingRelease"):
        return " in_next_release=true"
    version = _told(issue, "inRelease")
    if version == HIDDEN:
        return " in_release=<the release that is told as before>"
    return f" in_release={version}" if version else ""


def _until(before: Issue, now: datetime) -> str:
    details = before.status_details
    if isinstance(count := details.get("ignoreCount"), int):
        return f"until=count count={count}"
    if minutes := _minutes(details.get("ignoreUntil"), now):
        return f"until=duration minutes={minutes}"
    return "until=forever" if before.substatus == "archived_forever" else "until=escalating"


def _minutes(moment: object, now: datetime) -> int:
    """Whole minutes from now until an ISO time; 0 if it is none, or over."""
    try:
        ends = datetime.fromisoformat(str(moment))
    except ValueError:
        return 0
    if ends.tzinfo is None:
        return 0
    return max(0, int((ends - now).total_seconds() / 60))
