"""Events of an issue or of a project."""

from starlette.responses import Response

from modules.local_sentry import search
from modules.local_sentry.calls import Call, link, page, reply
from modules.local_sentry.conditions import where
from modules.local_sentry.errors import BadRequest
from modules.local_sentry.events import find_by_id, find_event, neighbours, select_events
from modules.local_sentry.issues import find_issue
from modules.local_sentry.models import Event, Json
from modules.local_sentry.releases import find_release
from modules.local_sentry.shapes.event import detailed_event, event_item, full_event
from modules.local_sentry.shapes.release import release_json
from modules.local_sentry.store import marks

_SORTS = {"-timestamp": "e.at DESC, e.id DESC", "timestamp": "e.at, e.id"}


def list_issue_events(call: Call) -> Response:
    return _list(call, "e.issue_id", call.issue().id)


def list_project_events(call: Call) -> Response:
    return _list(call, "e.project_id", call.project().id)


def _list(call: Call, column: str, owner: int) -> Response:
    name = "limit" if call.ask("limit") else "per_page"
    (start, end), (offset, length) = call.window(), page(call, name)
    found = where(search.parse(call.ask("query") or ""), now=call.now, per_event=True)
    asked = call.ask_all("environment")
    among = f" AND COALESCE(e.environment, '') IN ({marks(asked)})" if asked else ""
    events = select_events(
        call.store,
        f"WHERE {column} = ? AND e.at BETWEEN ? AND ? AND {found.sql}{among}"
        f" ORDER BY {_order(call)} LIMIT ? OFFSET ?",
        [owner, start, end, *found.values, *asked, length + 1, offset],
    )
    shape = full_event if call.ask("full") in {"1", "true"} else event_item
    headers = link(call, offset=offset, length=length, more=len(events) > length)
    return reply([shape(one) for one in events[:length]], headers=headers)


def _order(call: Call) -> str:
    sort = call.ask("sort") or "-timestamp"
    if sort not in _SORTS:
        raise BadRequest(f"Invalid sort value '{sort}'")
    return _SORTS[sort]


def get_issue_event(call: Call) -> Response:
    return reply(_detailed(call, find_event(call.store, call.issue(), call.path("event"))))


def get_project_event(call: Call) -> Response:
    event = find_by_id(call.store, call.path("event"), project_id=call.project().id)
    return reply(_detailed(call, event))


def get_event_id(call: Call) -> Response:
    event = find_by_id(call.store, call.path("event"))
    issue = find_issue(call.store, event.issue_id)
    return reply(
        {
            "organizationSlug": call.server.org,
            "projectSlug": issue.project_slug,
            "groupId": str(issue.id),
            "eventId": event.event_id,
            "event": full_event(event),
        }
    )


def _detailed(call: Call, event: Event) -> Json:
    before, after = neighbours(call.store, event)
    version = event.raw.get("release")
    release = release_json(find_release(call.store, str(version))) if version else None
    return detailed_event(event, release=release, before=before, after=after)
