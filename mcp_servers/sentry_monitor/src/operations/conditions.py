"""What a status depends on, in Sentry's `statusDetails`: what was asked beside what is there."""

from collections.abc import Mapping
from typing import Any, Final

from modules.sentry.models import Issue

# What is asked -> the names under which servers tell it; a duration becomes a time.
TOLD_AS: Final[Mapping[str, tuple[str, ...]]] = {
    "inNextRelease": ("inNextRelease", "inUpcomingRelease"),
    "inRelease": ("inRelease",),
    "inCommit": ("inCommit",),
    "ignoreDuration": ("ignoreUntil",),
    "ignoreCount": ("ignoreCount",),
}
ALL: Final = frozenset(
    [told for names in TOLD_AS.values() for told in names]
    + ["ignoreUserCount", "ignoreWindow", "ignoreUserWindow"]
)
# The server turns these into something else, so only their presence can be seen.
TURNED: Final = frozenset({"inNextRelease", "inCommit", "ignoreDuration"})


def conditions(issue: Issue) -> dict[str, Any]:
    """The conditions that are set; who set them, and when, is none."""
    return {name: value for name, value in issue.status_details.items() if name in ALL and value}


def are_met(asked: Mapping[str, Any], issue: Issue) -> bool:
    """Whether an issue has the conditions that were asked for, and none where none was."""
    there = conditions(issue)
    if not asked:
        return issue.status != "resolved" or not there
    return all(_is_there(name, value, there) for name, value in asked.items())


def _is_there(name: str, asked: object, there: Mapping[str, Any]) -> bool:
    told = [there[one] for one in TOLD_AS.get(name, (name,)) if one in there]
    if name in TURNED or asked == "latest":
        return bool(told)
    return asked in told
