"""What a PUT on an issue may say, and the standing it leads to."""

from dataclasses import dataclass
from typing import Any, Final

from .errors import FieldErrors
from .lifecycle import archive_basis, positive, substatus_now
from .models import Issue, Json, Standing
from .moments import iso

STATUSES: Final = ("resolved", "unresolved", "ignored", "resolvedInNextRelease", "muted")
PRIORITIES: Final = ("low", "medium", "high")
SUBSTATUSES: Final = {
    "unresolved": ("new", "ongoing", "escalating", "regressed"),
    "ignored": ("archived_until_escalating", "archived_until_condition_met", "archived_forever"),
    "resolved": (),
}
_CONDITIONS: Final = (
    "ignoreDuration",
    "ignoreCount",
    "ignoreWindow",
    "ignoreUserCount",
    "ignoreUserWindow",
)
_FLAGS: Final = ("hasSeen", "isBookmarked", "isPublic", "isSubscribed", "inbox")
NO_RELEASE: Final = "No release data present in the system to form a basis for 'Next Release'"
UNKNOWN_RELEASE: Final = "Unable to find a release with the given version."


@dataclass(frozen=True, kw_only=True)
class Releases:
    """What the project's releases say about the details that were sent."""

    latest: str | None
    asked_is_known: bool


def check(body: Json) -> None:
    """Types and choices; what needs the database is checked by `standing`."""
    _choice(body, "status", STATUSES)
    _choice(body, "priority", PRIORITIES)
    _choice(body, "substatus", tuple(one for some in SUBSTATUSES.values() for one in some))
    for flag in _FLAGS:
        if flag in body and not isinstance(body[flag], bool):
            raise FieldErrors({flag: ["Must be a valid boolean."]})
    details = body.get("statusDetails", {})
    if not isinstance(details, dict):
        raise FieldErrors({"statusDetails": ["Invalid data. Expected a dictionary."]})
    for name in _CONDITIONS:
        if details.get(name) is not None and not positive(details[name]):
            raise FieldErrors({"statusDetails": {name: ["A valid integer is required."]}})


def _choice(body: Json, name: str, choices: tuple[str, ...]) -> None:
    if name in body and body[name] not in choices:
        raise FieldErrors({name: [f'"{body[name]}" is not a valid choice.']})


def standing(issue: Issue, body: Json, releases: Releases, *, now: float) -> Standing | None:
    """The standing that `status`, `statusDetails` and `substatus` ask for; None if none is."""
    details, substatus = body.get("statusDetails") or {}, body.get("substatus")
    match body.get("status") or _implied(substatus):
        case "resolvedInNextRelease":
            return _resolved({"inNextRelease": True}, releases)
        case "resolved":
            return _resolved(details, releases)
        case "ignored" | "muted":
            return _archived(issue, details, _fitting("ignored", substatus), now=now)
        case "unresolved":
            usual = substatus_now(first_seen=issue.first_seen, now=now)
            return _standing(
                "unresolved", _fitting("unresolved", substatus) or usual, "set_unresolved"
            )
    return None


def _implied(substatus: Any) -> str | None:
    return next((status for status, fitting in SUBSTATUSES.items() if substatus in fitting), None)


def _fitting(status: str, substatus: Any) -> str | None:
    if substatus is not None and substatus not in SUBSTATUSES[status]:
        raise FieldErrors({"substatus": [f"{substatus} is not a valid substatus for {status}."]})
    return None if substatus is None else str(substatus)


def _resolved(details: Json, releases: Releases) -> Standing:
    if details.get("inNextRelease"):
        bound = _required(releases.latest, "inNextRelease")
        shown: Json = {"inNextRelease": True}
        return _standing("resolved", None, "set_resolved_in_release", shown, {"release": bound})
    if asked := details.get("inRelease"):
        if asked != "latest" and not releases.asked_is_known:
            raise FieldErrors({"statusDetails": {"inRelease": [UNKNOWN_RELEASE]}})
        bound = _required(releases.latest, "inRelease") if asked == "latest" else str(asked)
        shown = {"inRelease": bound}
        return _standing("resolved", None, "set_resolved_in_release", shown, {"release": bound})
    return _standing("resolved", None, "set_resolved")


def _required(latest: str | None, field: str) -> str:
    if latest is None:
        raise FieldErrors({"statusDetails": {field: [NO_RELEASE]}})
    return latest


def _archived(issue: Issue, details: Json, substatus: str | None, *, now: float) -> Standing:
    shown = {name: details[name] for name in _CONDITIONS if details.get(name)}
    if "ignoreDuration" in shown:  # answered as a point in time
        shown["ignoreUntil"] = iso(now + 60 * shown.pop("ignoreDuration"))
    usual = "archived_until_condition_met" if shown else "archived_until_escalating"
    basis = archive_basis(issue, now=now)
    return _standing("ignored", substatus or usual, "set_ignored", shown, basis)


def _standing(
    status: str,
    substatus: str | None,
    activity: str,
    details: Json | None = None,
    basis: Json | None = None,
) -> Standing:
    shown = details or {}
    data = (
        {"version": shown.get("inRelease", "")} if activity == "set_resolved_in_release" else shown
    )
    return Standing(
        status=status,
        substatus=substatus,
        details=shown,
        basis=basis or {},
        activity=activity,
        activity_data=data,
    )
