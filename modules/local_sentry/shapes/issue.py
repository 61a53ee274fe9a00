"""An issue as the API shows it, in lists and alone; its activity, tags and notes."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from modules.local_sentry.models import Activity, Issue, Json
from modules.local_sentry.moments import iso, iso_or_none

SENTRY_APPLICATION: Final = {"type": "application", "id": "sentry", "name": "Sentry"}


@dataclass(frozen=True)
class Place:
    """Where the server is, for links."""

    url: str
    org: str

    def issue(self, issue: Issue) -> str:
        return f"{self.url}/organizations/{quote(self.org)}/issues/{issue.id}/"

    def api_issue(self, issue: Issue) -> str:
        return f"{self.url}/api/0/organizations/{quote(self.org)}/issues/{issue.id}/"

    def project(self, issue: Issue) -> str:
        return f"{self.url}/organizations/{quote(self.org)}/issues/?project={issue.project_id}"


def user(org: str) -> Json:
    """The one person behind the token."""
    email = f"local@{org}.example"
    return {"id": "1", "name": "Local User", "username": email, "email": email}


def colleague(org: str) -> Json:
    """Somebody else whom issues can be assigned to."""
    email = f"ada@{org}.example"
    return {"id": "2", "name": "Ada", "username": email, "email": email}


def issue_json(issue: Issue, place: Place) -> Json:
    return _names(issue, place) | _state(issue) | _people(issue) | _numbers(issue)


def _names(issue: Issue, place: Place) -> Json:
    return {
        "id": str(issue.id),
        "shareId": None,
        "shortId": issue.short_id,
        "title": issue.title,
        "culprit": issue.culprit,
        "permalink": place.issue(issue),
        "logger": issue.logger,
        "level": issue.level,
        "platform": issue.platform,
        "project": {
            "id": str(issue.project_id),
            "name": issue.project_name,
            "slug": issue.project_slug,
            "platform": issue.project_platform,
        },
        "type": issue.type,
        "metadata": issue.metadata,
        "issueType": "error",
        "issueCategory": "error",
    }


def _state(issue: Issue) -> Json:
    return {
        "status": issue.status,
        "statusDetails": issue.status_details,
        "substatus": issue.substatus,
        "isPublic": False,
        "priority": issue.priority,
        "priorityLockedAt": iso_or_none(issue.priority_locked_at),
        "seerFixabilityScore": None,
        "seerAutofixLastTriggered": None,
        "seerExplorerAutofixLastTriggered": None,
        "isUnhandled": issue.unhandled,
    }


def _people(issue: Issue) -> Json:
    return {
        "numComments": issue.num_comments,
        "assignedTo": issue.assigned_to,
        "isBookmarked": issue.is_bookmarked,
        "isSubscribed": False,
        "subscriptionDetails": None,
        "hasSeen": issue.has_seen,
        "annotations": [],
    }


def _numbers(issue: Issue) -> Json:
    return {
        "count": str(issue.times_seen),
        "userCount": issue.user_count,
        "firstSeen": iso(issue.first_seen),
        "lastSeen": iso(issue.last_seen),
    }


@dataclass(frozen=True, kw_only=True)
class Tally:
    """An issue's events within the window and filters that were asked for."""

    count: int
    users: int
    first_seen: float
    last_seen: float
    series: list[list[int]]
    event_id: str | None
    environment: str | None


def list_item(
    issue: Issue, tally: Tally, place: Place, *, collapse: set[str], stats_period: str
) -> Json:
    """An item of the issue list. `collapse=stats` drops the counts too, as Sentry does."""
    item = issue_json(issue, place)
    seen, stats = _seen(tally), {stats_period: tally.series}
    lifetime = {key: item.pop(key) for key in seen}
    parts: Json = {}
    if not collapse & {"stats", "lifetime"}:
        item |= seen
    if "stats" not in collapse:
        parts["stats"] = stats
    if "lifetime" not in collapse:
        parts["lifetime"] = lifetime | {"stats": {}}
    if "filtered" not in collapse:
        parts["filtered"] = seen | {"stats": stats}
    matching = {"matchingEventId": tally.event_id, "matchingEventEnvironment": tally.environment}
    return item | parts | matching


def _seen(tally: Tally) -> Json:
    return {
        "count": str(tally.count),
        "userCount": tally.users,
        "firstSeen": iso(tally.first_seen),
        "lastSeen": iso(tally.last_seen),
    }


def inbox(issue: Issue) -> Json:
    reasons = {"new": 0, "regressed": 2, "escalating": 6}
    reason = reasons.get(issue.substatus or "", 7)
    return {"reason": reason, "reason_details": None, "date_added": iso(issue.status_since)}


def activity_json(activity: Activity) -> Json:
    return {
        "id": str(activity.id),
        "type": activity.type,
        "user": activity.user,
        "data": activity.data,
        "dateCreated": iso(activity.created),
    }


def tag_json(key: str, values: list[Json]) -> Json:
    """A tag of an issue with its most frequent values; `values` are rows."""
    return {
        "key": key,
        "name": key.replace("_", " ").replace(".", " ").title(),
        "uniqueValues": len(values),
        "totalValues": sum(row["count"] for row in values),
        "topValues": [tag_value(key, row) for row in values],
    }


def tag_value(key: str, row: Json) -> Json:
    shown: Any = row["value"]
    return {
        "key": key,
        "name": shown,
        "value": shown,
        "query": f'{key}:"{shown}"',
        "count": row["count"],
        "firstSeen": iso(row["first_seen"]),
        "lastSeen": iso(row["last_seen"]),
    }
