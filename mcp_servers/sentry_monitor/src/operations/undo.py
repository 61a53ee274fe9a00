"""The state of an issue with its conditions, and the call that brings it back: pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from modules.sentry.models import Issue

from .facts import present

SHOWN: Final = ("inRelease", "inNextRelease", "ignoreCount", "ignoreUntil", "ignoreDuration")
# A release is named by whoever sends events: outside the mark only what cannot be a sentence.
_PLAIN: Final = re.compile(r"[A-Za-z0-9._@+:/-]{1,100}")


def state_of(issue: Issue) -> dict[str, Any]:
    """Status and substatus, and the conditions as far as they are plain words."""
    details = {name: plain(issue.status_details.get(name)) for name in SHOWN}
    return present(
        {"status": issue.status, "substatus": issue.substatus, "details": present(details)}
    )


def undo(name: str, before: Issue, now: datetime) -> str | None:
    """The call that restores a state; None for states that cannot be set."""
    if before.status == "unresolved":
        return f"unresolve-issue issue_id={name}"
    if before.status == "resolved":
        return f"resolve-issue issue_id={name}{_release(before.status_details)}"
    if before.status == "ignored":
        return f"ignore-issue issue_id={name} {_until(before, now)}"
    return None


def plain(value: object) -> str:
    """A word that may stand outside the mark; "…" for anything else."""
    if value is None or value is False:
        return ""
    return str(value) if _PLAIN.fullmatch(str(value)) else "…"


def _release(details: Mapping[str, Any]) -> str:
    if details.get("inNextRelease"):
        return " in_next_release=true"
    version = plain(details.get("inRelease"))
    return f" in_release={version}" if version not in ("", "…") else ""


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
