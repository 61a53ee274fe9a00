"""Changes to one issue: fields, assignment, standing; and the webhooks they cause."""

from json import loads
from typing import Any

from modules.local_sentry import updates
from modules.local_sentry.calls import Call
from modules.local_sentry.errors import FieldErrors
from modules.local_sentry.issues import add_activity, find_issue, set_fields, set_standing
from modules.local_sentry.models import Issue, Json
from modules.local_sentry.releases import has_release, latest_version
from modules.local_sentry.shapes.issue import colleague
from modules.local_sentry.store import dump
from modules.local_sentry.webhooks import for_assignment, for_standing


def apply(call: Call, issue: Issue, body: Json) -> Issue:
    """Check everything, then write everything; the issue as it is afterwards."""
    updates.check(body)
    standing = updates.standing(issue, body, _releases(call, issue, body), now=call.now)
    fields = _fields(call, body)
    with call.store.transaction():
        if fields:
            set_fields(call.store, issue.id, fields)
        if "assignedTo" in body:
            _note_assignment(call, issue, fields)
        if standing:
            set_standing(call.store, issue.id, standing, user=call.user, now=call.now)
        elif body.get("inbox") is False and issue.status == "unresolved":
            set_fields(call.store, issue.id, {"substatus": "ongoing"})
    changed = find_issue(call.store, issue.id)
    if standing:
        call.outbox.append(for_standing(changed, call.place, actor=call.actor))
    if changed.assigned_to and changed.assigned_to != issue.assigned_to:
        call.outbox.append(for_assignment(changed, call.place, actor=call.actor))
    return changed


def _releases(call: Call, issue: Issue, body: Json) -> updates.Releases:
    details = body.get("statusDetails") or {}
    asked = str(details.get("inRelease") or "")
    return updates.Releases(
        latest=latest_version(call.store, [issue.project_id]),
        asked_is_known=has_release(call.store, asked, issue.project_id),
    )


def _fields(call: Call, body: Json) -> Json:
    fields: Json = {}
    if "priority" in body:
        fields |= {"priority": body["priority"], "priority_locked_at": call.now}
    if "assignedTo" in body:
        fields["assigned_to"] = dump(_assignee(call, body["assignedTo"]))
    if "hasSeen" in body:
        fields["has_seen"] = body["hasSeen"]
    if "isBookmarked" in body:
        fields["is_bookmarked"] = body["isBookmarked"]
    return fields


def _assignee(call: Call, asked: Any) -> Json | None:
    """An id, a name or an address; `me` is who asks."""
    if asked in (None, ""):
        return None
    wanted = call.user["id"] if asked == "me" else str(asked)
    for one in (call.user, colleague(call.server.org)):
        if wanted in (one["id"], f"user:{one['id']}", one["username"], one["email"]):
            return {"type": "user", **{key: one[key] for key in ("id", "name", "email")}}
    raise FieldErrors({"assignedTo": ["Cannot assign to non-team member"]})


def _note_assignment(call: Call, issue: Issue, fields: Json) -> None:
    assigned = fields["assigned_to"] != "null"
    data = (
        {"assignee": loads(fields["assigned_to"])["id"], "assigneeType": "user"} if assigned else {}
    )
    kind = "assigned" if assigned else "unassigned"
    add_activity(call.store, issue.id, kind, data, user=call.user, now=call.now)
