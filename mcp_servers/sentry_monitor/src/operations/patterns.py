"""What issues have in common: grouping and ranking, without I/O."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from modules.sentry.models import Issue
from modules.sentry.reading import Json, number, text

TOP: Final = 8


@dataclass(frozen=True)
class Group:
    """Issues that share a value."""

    key: str
    issues: int
    events: int
    users: int
    example: str

    def data(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "issues": self.issues,
            "events": self.events,
            "users": self.users,
            "example": self.example,
        }


def grouped(issues: Sequence[Issue], key: Callable[[Issue], str]) -> list[Group]:
    """Groups by `key`, most events first; issues without a key are left out."""
    found: defaultdict[str, list[Issue]] = defaultdict(list)
    for one in issues:
        if key(one):
            found[key(one)].append(one)
    groups = [
        Group(
            key=name,
            issues=len(members),
            events=sum(one.count for one in members),
            users=max(one.user_count for one in members),
            example=max(members, key=lambda one: one.count).name,
        )
        for name, members in found.items()
    ]
    return sorted(groups, key=lambda one: (-one.events, one.key))[:TOP]


def error_type(issue: Issue) -> str:
    """The exception's type, else the kind of message."""
    return issue.type or f"{issue.level} message"


def place(issue: Issue) -> str:
    """File and function where it broke, else the culprit."""
    if issue.filename:
        return f"{issue.filename} {issue.function}".strip()
    return issue.culprit


def counted(rows: Sequence[Json], name: str) -> list[dict[str, Any]]:
    """Rows of the events endpoint as `{key, events}`, most first."""
    sums: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        sums[text(row, name) or "(none)"] += number(row, "count()")
    ranked = sorted(sums.items(), key=lambda one: (-one[1], one[0]))[:TOP]
    return [{"key": key, "events": events} for key, events in ranked]


def new_since(issues: Sequence[Issue], when: str) -> list[Issue]:
    """Issues first seen at or after an ISO time, most events first."""
    found = [one for one in issues if when and one.first_seen[:19] >= when[:19]]
    return sorted(found, key=lambda one: -one.count)[:TOP]


def harmful(issues: Sequence[Issue]) -> list[tuple[Issue, str]]:
    """Issues that hurt people, worst first, each with the reason."""
    ranked = [
        (score, one, why) for one in issues if (rated := _harm(one)) for score, why in [rated]
    ]
    ranked.sort(key=lambda row: (-row[0], row[1].id))
    return [(one, why) for _, one, why in ranked[:TOP]]


def noisy(issues: Sequence[Issue]) -> list[tuple[Issue, str]]:
    """Issues that make many events and hurt few: candidates to ignore, sample or fix at the log."""
    found = [(one, why) for one in issues if (why := _noise(one))]
    return sorted(found, key=lambda row: -row[0].count)[:TOP]


def _harm(issue: Issue) -> tuple[float, str] | None:
    if _noise(issue):
        return None
    why: list[str] = []
    if issue.unhandled:
        why.append("unhandled")
    if issue.level == "fatal":
        why.append("fatal")
    if issue.substatus in ("escalating", "regressed"):
        why.append(issue.substatus)
    if issue.user_count > 1:
        why.append(f"{issue.user_count} users")
    if not why:
        return None
    return issue.user_count * 3 + issue.count**0.5 + 20 * (len(why) - 1), ", ".join(why)


def _noise(issue: Issue) -> str:
    if issue.unhandled or issue.level == "fatal" or issue.count < 10:
        return ""
    if issue.level in ("info", "debug", "warning"):
        return f"{issue.count} events at level {issue.level}"
    if issue.count >= 50 * max(1, issue.user_count):
        return f"{issue.count} events for {issue.user_count} users"
    return ""
