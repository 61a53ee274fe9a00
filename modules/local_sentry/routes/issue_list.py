"""Lists of issues, and changes to many of them at once."""

from typing import Final

from starlette.responses import Response

from modules.local_sentry import search
from modules.local_sentry.calls import Call, link, page, reply
from modules.local_sentry.errors import BadRequest, NotFound
from modules.local_sentry.issues import delete_issue, find_issue, find_issues
from modules.local_sentry.models import Issue, Json
from modules.local_sentry.shapes.issue import Tally, inbox, list_item
from modules.local_sentry.tallies import ORDERS, Listing, count_matching, list_matching, tallies

from .issue_update import apply

MAX_HITS: Final = 1000
_SERIES: Final = {"24h": (3600, 24), "14d": (86400, 14), "auto": (3600, 24)}


def list_issues(call: Call) -> Response:
    if call.ask("shortIdLookup") == "1" and (found := _by_short_id(call)):
        return _answer(call, [found], offset=0, length=1, hits=1, direct=True)
    wanted, (offset, length) = _listing(call), page(call, "limit")
    issues = list_matching(call.store, wanted, offset=offset, length=length)
    hits = count_matching(call.store, wanted)
    return _answer(call, issues, offset=offset, length=length, hits=hits)


def _answer(
    call: Call, issues: list[Issue], *, offset: int, length: int, hits: int, direct: bool = False
) -> Response:
    headers = link(call, offset=offset, length=length, more=hits > offset + length)
    headers |= {"X-Hits": str(min(hits, MAX_HITS)), "X-Max-Hits": str(MAX_HITS)}
    if direct:
        headers["X-Sentry-Direct-Hit"] = "1"
    return reply(_items(call, issues), headers=headers)


def _items(call: Call, issues: list[Issue]) -> list[Json]:
    period = call.ask("groupStatsPeriod") or "24h"
    if period not in _SERIES:
        raise BadRequest("Invalid groupStatsPeriod: must be one of '', '24h', '14d', 'auto'")
    step_s, steps = _SERIES[period]
    found = tallies(call.store, _listing(call), issues, step_s=step_s, steps=steps)
    collapse, expand = set(call.ask_all("collapse")), set(call.ask_all("expand"))
    return [
        list_item(
            one,
            found.get(one.id) or _lifetime(one),
            call.place,
            collapse=collapse,
            stats_period=period,
        )
        | ({"inbox": inbox(one)} if "inbox" in expand else {})
        for one in issues
    ]


def _lifetime(issue: Issue) -> Tally:
    """For an issue found by its short id outside of the window."""
    return Tally(
        count=issue.times_seen,
        users=issue.user_count,
        first_seen=issue.first_seen,
        last_seen=issue.last_seen,
        series=[],
        event_id=None,
        environment=None,
    )


def _by_short_id(call: Call) -> Issue | None:
    try:
        return find_issue(call.store, call.ask("query") or "")
    except NotFound:
        return None


def _listing(call: Call) -> Listing:
    start, end = call.window()
    sort = call.ask("sort") or "date"
    if sort not in ORDERS:
        raise BadRequest(f"Invalid sort value '{sort}'")
    query = call.ask("query")
    return Listing(
        terms=() if _is_direct(call) else search.parse("is:unresolved" if query is None else query),
        project_ids=[one.id for one in call.projects()],
        environments=call.ask_all("environment"),
        start=start,
        end=end,
        sort=sort,
        now=call.now,
    )


def _is_direct(call: Call) -> bool:
    return call.ask("shortIdLookup") == "1" and _by_short_id(call) is not None


def update_issues(call: Call) -> Response:
    """Answers with what was changed only; 204 if nothing matched."""
    issues = _chosen(call)
    if not issues:
        return Response(status_code=204)
    if len({one.project_id for one in issues}) > 1 and _by_release(call.fields()):
        raise BadRequest("Cannot set resolved in release for multiple projects.")
    changed = [apply(call, one, call.fields()) for one in issues]
    return reply(_changed(changed[-1], call.fields()))


def _by_release(body: Json) -> bool:
    details = body.get("statusDetails")
    return isinstance(details, dict) and bool({"inRelease", "inNextRelease"} & details.keys())


def _changed(issue: Issue, body: Json) -> Json:
    known: Json = {
        "priority": issue.priority,
        "assignedTo": issue.assigned_to,
        "hasSeen": issue.has_seen,
        "isBookmarked": issue.is_bookmarked,
    }
    answer = {key: value for key, value in known.items() if key in body}
    if {"status", "substatus"} & body.keys():
        answer |= {"status": issue.status, "statusDetails": issue.status_details}
        answer |= {"substatus": issue.substatus} if issue.substatus else {}
    return answer


def delete_issues(call: Call) -> Response:
    for issue in _chosen(call):
        delete_issue(call.store, issue.id)
    return Response(status_code=204)


def _chosen(call: Call) -> list[Issue]:
    """Without ids everything that matches the query is meant, as in Sentry."""
    asked = call.ask_all("id")
    if not asked:
        return list_matching(call.store, _listing(call), offset=0, length=MAX_HITS)
    ids = [int(one) for one in asked if one.isdecimal() and len(one) < 18]
    projects = {one.id for one in call.projects()}
    return [one for one in find_issues(call.store, ids) if one.project_id in projects]
