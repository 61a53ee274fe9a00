"""One issue: detail, tags, hashes, activity, notes."""

from typing import Any

from starlette.responses import Response

from modules.local_sentry.calls import Call, paged, reply
from modules.local_sentry.errors import BadRequest, FieldErrors, Forbidden, NotFound
from modules.local_sentry.events import find_event, issue_tags
from modules.local_sentry.issues import (
    activities,
    add_activity,
    delete_issue,
    find_issue,
    find_note,
)
from modules.local_sentry.models import Activity, Issue, Json
from modules.local_sentry.releases import find_release
from modules.local_sentry.shapes.event import event_item, full_event
from modules.local_sentry.shapes.issue import activity_json, inbox, issue_json, tag_json, tag_value
from modules.local_sentry.shapes.release import release_json
from modules.local_sentry.store import dump
from modules.local_sentry.tallies import series
from modules.local_sentry.webhooks import for_comment

from .issue_update import apply

_HOUR, _DAY = 3600, 86400


def get_issue(call: Call) -> Response:
    issue, collapse = call.issue(), set(call.ask_all("collapse"))
    detail = issue_json(issue, call.place) | _people(call, issue)
    if "release" not in collapse:
        detail |= {
            "firstRelease": _release(call, issue.first_release),
            "lastRelease": _release(call, issue.last_release),
        }
    if "tags" not in collapse:
        tags = issue_tags(call.store, issue.id)
        detail["tags"] = [_tag_summary(key, values) for key, values in tags.items()]
    if "stats" not in collapse:
        detail["stats"] = _stats(call, issue)
    if "inbox" in call.ask_all("expand"):
        detail["inbox"] = inbox(issue)
    return reply(detail)


def _people(call: Call, issue: Issue) -> Json:
    return {
        "activity": [activity_json(one) for one in activities(call.store, issue.id)],
        "seenBy": [call.user] if issue.has_seen else [],
        "participants": [],
        "userReportCount": 0,
    }


def _release(call: Call, version: str | None) -> Json | None:
    return None if version is None else release_json(find_release(call.store, version))


def _tag_summary(key: str, values: list[Json]) -> Json:
    return {name: value for name, value in tag_json(key, values).items() if name != "topValues"}


def _stats(call: Call, issue: Issue) -> Json:
    day = series(call.store, [issue.id], now=call.now, step_s=_HOUR, steps=24)
    month = series(call.store, [issue.id], now=call.now, step_s=_DAY, steps=30)
    return {"24h": day[issue.id], "30d": month[issue.id]}


def update_issue(call: Call) -> Response:
    return reply(issue_json(apply(call, call.issue(), call.fields()), call.place))


def remove_issue(call: Call) -> Response:
    delete_issue(call.store, call.issue().id)
    return Response(status_code=202)


def get_short_id(call: Call) -> Response:
    issue = find_issue(call.store, call.path("short_id"))
    return reply(
        {
            "organizationSlug": call.server.org,
            "projectSlug": issue.project_slug,
            "groupId": str(issue.id),
            "group": issue_json(issue, call.place),
            "shortId": issue.short_id,
        }
    )


def list_tags(call: Call) -> Response:
    tags = issue_tags(call.store, call.issue().id)
    return reply([_tag(key, values) for key, values in tags.items()])


def get_tag(call: Call) -> Response:
    return reply(_tag(call.path("key"), _tag_values(call)))


def list_tag_values(call: Call) -> Response:
    key = call.path("key")
    return paged(call, [tag_value(key, one) for one in _tag_values(call)])


def _tag_values(call: Call) -> list[Json]:
    tags = issue_tags(call.store, call.issue().id, call.path("key"))
    if not tags:
        raise NotFound()
    return tags[call.path("key")]


def _tag(key: str, values: list[Json]) -> Json:
    tag = tag_json(key, values)
    return tag | {"topValues": tag["topValues"][:10]}


def list_hashes(call: Call) -> Response:
    issue = call.issue()
    event = find_event(call.store, issue, "latest")
    shape = event_item if call.ask("full") == "false" else full_event
    one = {"id": issue.grouping, "latestEvent": shape(event), "mergedBySeer": False}
    return paged(call, [one | {"seerMatchDistance": None}])


def list_activities(call: Call) -> Response:
    return reply(
        {"activity": [activity_json(one) for one in activities(call.store, call.issue().id)]}
    )


def list_notes(call: Call) -> Response:
    notes = activities(call.store, call.issue().id, "note")
    return paged(call, [activity_json(one) for one in notes])


def add_note(call: Call) -> Response:
    issue, text = call.issue(), _text(call.fields())
    if any(_same(one, text, call.now) for one in activities(call.store, issue.id, "note")):
        raise BadRequest("You have already posted that comment.")
    note_id = add_activity(
        call.store, issue.id, "note", {"text": text}, user=call.user, now=call.now
    )
    note = find_note(call.store, issue.id, str(note_id))
    call.outbox.append(for_comment(issue, note, "created", actor=call.actor))
    return reply(activity_json(note), status=201)


def change_note(call: Call) -> Response:
    issue, text = call.issue(), _text(call.fields())
    note = _own_note(call, issue)
    call.store.write("UPDATE activity SET data = ? WHERE id = ?", (dump({"text": text}), note.id))
    changed = find_note(call.store, issue.id, str(note.id))
    call.outbox.append(for_comment(issue, changed, "updated", actor=call.actor))
    return reply(activity_json(changed))


def remove_note(call: Call) -> Response:
    issue = call.issue()
    note = _own_note(call, issue)
    call.store.write("DELETE FROM activity WHERE id = ?", (note.id,))
    call.outbox.append(for_comment(issue, note, "deleted", actor=call.actor))
    return Response(status_code=204)


def _own_note(call: Call, issue: Issue) -> Activity:
    note = find_note(call.store, issue.id, call.path("note"))
    if note.user is None or note.user["id"] != call.user["id"]:
        raise Forbidden()
    return note


def _text(body: Json) -> str:
    """GlitchTip's `{"data": {"text": …}}` is understood too."""
    nested: Any = body.get("data")
    text = body.get("text") or (nested.get("text") if isinstance(nested, dict) else None)
    if not isinstance(text, str) or not text.strip():
        raise FieldErrors(
            {
                "text": [
                    "This field may not be blank." if "text" in body else "This field is required."
                ]
            }
        )
    return text


def _same(note: Activity, text: str, now: float) -> bool:
    return note.data["text"] == text and now - note.created < _HOUR
