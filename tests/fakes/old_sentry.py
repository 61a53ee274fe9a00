"""A self-hosted Sentry 23.7: today's API without what came since."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from . import values
from .values import Json

URL: Final = "https://sentry.example.com"
PROJECT: Final = {"id": "1", "slug": "shop", "name": "Shop", "platform": "python"}
ACME: Final = {"id": "1", "slug": "acme", "name": "Acme", "links": {"regionUrl": URL}}
RELEASE: Final = {"version": "shop@1.1", "dateCreated": "2026-08-01T09:00:00Z", "newGroups": 1}
CONFIG: Final = {"version": {"current": "23.7.1", "latest": "23.7.1"}, "isSelfHosted": True}
SCOPES: Final = ("event:admin", "event:read", "event:write", "org:read", "project:read")
SORTS: Final = ("date", "new", "priority", "freq", "user", "inbox")
SUBSTATUSES: Final = ("new", "ongoing", "regressed", "escalating")
GONE: Final = "The requested resource does not exist"

Handler = Callable[["OldSentry", Request], Awaitable[Response]]


@dataclass
class OldSentry:
    """An organization `acme` with the project `shop` and its issues SHOP-1, SHOP-2, …

    Every issue's path is there twice, with its organization and without. `expired`: every event is
    past retention.
    """

    token: str
    issues: list[Json] = field(default_factory=lambda: [an_issue(at) for at in range(1, 13)])
    notes: dict[str, list[Json]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    expired: bool = False

    def __post_init__(self) -> None:
        self.app = Starlette(
            routes=[
                Route(path, self._guarded(handle), methods=[method])
                for method, path, handle in ROUTES
            ],
            exception_handlers={404: _no_such_route, 405: _method_not_allowed},
        )
        self.app.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode()
        self.seen.append(f"{scope['method']} {scope['path']}{'?' if query else ''}{query}")
        await self.app(scope, receive, send)

    def issue(self, name: str) -> Json | None:
        found = (one for one in self.issues if name.upper() in (one["id"], one["shortId"]))
        return next(found, None)

    def _guarded(self, handle: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            public = request.url.path == "/api/client-config/"
            if not public and request.headers.get("authorization") != f"Bearer {self.token}":
                return refused(401, "Invalid token")
            names = request.path_params
            if (names.get("org", "acme"), names.get("slug", "shop")) != ("acme", "shop"):
                return refused(404, GONE)  # numeric ids are no slugs here
            if "id" in names and self.issue(names["id"]) is None:
                return refused(404, GONE)
            return await handle(self, request)

        return endpoint

    def named(self, request: Request) -> Json:
        """The issue of the path, which `_guarded` has found there."""
        return next(filter(None, [self.issue(request.path_params["id"])]))


def an_issue(number: int) -> Json:
    """No `priority`, a null `substatus`, annotations as HTML."""
    whole = values.an_issue(
        id=str(number),
        shortId=f"SHOP-{number}",
        title=f"ValueError: boom {number}",
        count=str(100 - number),
        substatus=None,
        annotations=['<a href="https://jira.example.com/1">JIRA-1</a>'],
        permalink=f"{URL}/organizations/acme/issues/{number}/",
    )
    return {name: value for name, value in whole.items() if name != "priority"}


def event_of(issue: Json) -> Json:
    event_id = f"{int(issue['id']):032x}"
    own = {"id": event_id, "eventID": event_id, "groupID": issue["id"], "nextEventID": None}
    return values.an_event(title=issue["title"], **own)


def refused(status: int, detail: str) -> Response:
    return JSONResponse({"detail": detail}, status)


async def _no_such_route(request: Request, error: Exception) -> Response:
    told = f"Route not found, did you forget a trailing slash? try: {request.url.path}/"
    return JSONResponse({"info": told}, 404)


async def _method_not_allowed(request: Request, error: Exception) -> Response:
    return refused(405, f'Method "{request.method}" not allowed.')


def listed(request: Request, found: list[Json]) -> Response:
    """A page; there is a cursor even where there is no page, and no header about rates."""
    size = int(request.query_params.get("limit") or request.query_params.get("per_page", "100"))
    cursor = request.query_params.get("cursor", "0:0:0")
    if not re.fullmatch(r"\d+:\d+:[01]", cursor):
        return refused(400, "Invalid cursor parameter.")
    start = int(cursor.split(":")[1])
    more = str(start + size < len(found)).lower()
    here = f"{URL}{request.url.path}"
    link = (
        f'<{here}?&cursor=0:0:1>; rel="previous"; results="false"; cursor="0:0:1", '
        f'<{here}?&cursor=0:{start + size}:0>; rel="next"; results="{more}"; '
        f'cursor="0:{start + size}:0"'
    )
    headers = {"Link": link, "X-Hits": str(len(found)), "X-Max-Hits": "1000"}
    return JSONResponse(found[start : start + size], headers=headers)


def rows(*found: Json) -> Handler:
    async def handle(server: OldSentry, request: Request) -> Response:
        return listed(request, list(found))

    return handle


def only(found: Json) -> Handler:
    async def handle(server: OldSentry, request: Request) -> Response:
        return JSONResponse(found)

    return handle


async def read_root(server: OldSentry, request: Request) -> Response:
    user = {"id": "3", "username": "jo"}
    return JSONResponse({"version": "0", "user": user, "auth": {"scopes": list(SCOPES)}})


def matches(issue: Json, query: str) -> bool:
    """No issue here has a substatus, and each has the one level."""
    for term in query.split():
        key, _, value = term.partition(":")
        if key == "is" and (value in SUBSTATUSES or issue["status"] != value):
            return False
        if key == "level" and issue["level"] != value:
            return False
    return True


async def list_issues(server: OldSentry, request: Request) -> Response:
    asked = request.query_params
    if asked.get("sort", "date") not in SORTS:
        return refused(400, f"Invalid sort parameter: {asked['sort']}")
    found = [one for one in server.issues if matches(one, asked.get("query", "is:unresolved"))]
    return listed(request, found)


async def read_issue(server: OldSentry, request: Request) -> Response:
    return JSONResponse({**server.named(request), "activity": [], "seenBy": []})


async def change_issue(server: OldSentry, request: Request) -> Response:
    """Keeps the condition; the substatus stays null."""
    body, issue = await request.json(), server.named(request)
    details = body.get("statusDetails", {})
    if details.get("inRelease") not in (None, "latest", RELEASE["version"]):
        unknown = "Unable to find a release with the given version."
        return JSONResponse({"statusDetails": {"inRelease": [unknown]}}, 400)
    issue.update(status=body.get("status", issue["status"]), statusDetails=details)
    return JSONResponse(issue)


async def list_events(server: OldSentry, request: Request) -> Response:
    short = {k: v for k, v in event_of(server.named(request)).items() if k != "entries"}
    return listed(request, [] if server.expired else [{**short, "event.type": "error"}])


async def read_event(server: OldSentry, request: Request) -> Response:
    """`recommended` is no word here; it came in November 2023."""
    event = event_of(server.named(request))
    if server.expired:
        return refused(404, "No matching event")
    if request.path_params["event"] not in ("latest", "oldest", "helpful", event["eventID"]):
        return refused(404, "Event not found")
    return JSONResponse(event)


async def list_notes(server: OldSentry, request: Request) -> Response:
    return JSONResponse(server.notes.get(server.named(request)["id"], []))


async def add_note(server: OldSentry, request: Request) -> Response:
    """The same words within the hour are refused."""
    issue, body = server.named(request), await request.json()
    if not isinstance(body.get("text"), str):
        return JSONResponse({"text": ["This field is required."]}, 400)
    kept = server.notes.setdefault(issue["id"], [])
    if any(one["data"]["text"] == body["text"] for one in kept):
        return refused(400, "You have already posted that comment.")
    note = {"id": str(500 + len(kept)), "type": "note", "data": {"text": body["text"]}}
    kept.insert(0, note)
    return JSONResponse(note, 201)


async def remove_note(server: OldSentry, request: Request) -> Response:
    kept = server.notes.get(server.named(request)["id"], [])
    for note in [one for one in kept if one["id"] == request.path_params["note"]]:
        kept.remove(note)
        return Response(status_code=204)
    return refused(404, GONE)


async def read_statistics(server: OldSentry, request: Request) -> Response:
    asked = request.query_params
    if "groupBy" not in asked or "field" not in asked:
        return refused(400, 'At least one "groupBy" and one "field" is required.')
    if not ("start" in asked and "end" in asked):
        return refused(400, "start and end are required")
    intervals = values.hours(asked["start"], asked["end"])
    rest = [0] * (len(intervals) - 3)
    series = {"accepted": [*rest, 4, 0, 3], "filtered": [*rest, 0, 0, 2]}
    groups = [
        {"by": {"outcome": name}, "totals": {}, "series": {asked["field"]: row}}
        for name, row in series.items()
    ]
    return JSONResponse({"intervals": intervals, "groups": groups})


async def count_events(server: OldSentry, request: Request) -> Response:
    """Needs no `dataset`; those it knows are other ones than today's."""
    asked = request.query_params
    if asked.get("dataset", "discover") not in ("discover", "errors", "transactions"):
        return refused(400, "dataset must be one of: discover, errors, transactions")
    known = {"count()": 7, "count_unique(user)": 2, "release": "shop@1.1", "environment": "prod"}
    row = {name: known.get(name) for name in asked.getlist("field")}
    return JSONResponse({"data": [row], "meta": {"fields": {}}})


def _on_issue(path: str) -> tuple[tuple[str, str, Handler], ...]:
    return (
        ("GET", path, read_issue),
        ("PUT", path, change_issue),
        ("GET", path + "events/", list_events),
        ("GET", path + "events/{event}/", read_event),
        ("GET", path + "notes/", list_notes),
        ("POST", path + "notes/", add_note),
        ("DELETE", path + "notes/{note}/", remove_note),
    )


_O: Final = "/api/0/organizations/{org}/"
ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "/api/client-config/", only(CONFIG)),
    ("GET", "/api/0/", read_root),
    ("GET", "/api/0/organizations/", rows(ACME)),
    ("GET", _O, only(ACME)),
    ("GET", _O + "projects/", rows(PROJECT)),
    ("GET", _O + "releases/", rows(RELEASE)),
    ("GET", _O + "stats_v2/", read_statistics),
    ("GET", _O + "events/", count_events),
    ("GET", _O + "issues/", list_issues),
    ("GET", "/api/0/projects/{org}/{slug}/", only(PROJECT)),
    *_on_issue(_O + "issues/{id}/"),
    *_on_issue("/api/0/issues/{id}/"),
)
