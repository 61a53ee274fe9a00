"""GlitchTip as its source of December 2025 answers: Sentry's API with most of it left out."""

import base64
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from . import values
from .values import Json, snake

URL: Final = "https://glitchtip.example.com"
SCOPES: Final = ("event:admin", "event:read", "event:write", "org:read", "project:read")
APP_ROUTES: Final = ("/issues", "/settings", "/performance", "/projects", "/releases")
SORTS: Final = ("last_seen", "first_seen", "count", "priority")
KEPT: Final = ("level", "status", "project", "metadata", "numComments", "firstSeen")
PROJECT: Final = {"id": "1", "slug": "shop", "name": "Shop", "platform": "python"}
ACME: Final = {"id": "1", "slug": "acme", "name": "Acme", "require2fa": False}
RELEASE: Final = {"version": "shop@1.1", "dateCreated": "2026-08-01T09:00:00Z"}
SETTINGS: Final = {"iPaidForGlitchTip": False, "version": "master-2025-12-24"}
APP: Final = "<!doctype html><title>GlitchTip</title>" + "<p>x</p>" * 200

Handler = Callable[["GlitchTip", Request], Awaitable[Response]]


@dataclass
class GlitchTip:
    """An organization `acme` with the project `shop` and its issues SHOP-1, SHOP-2, …

    `of_2022`: the older one refuses a bad token with 403, and ignores a `sort` that it does not
    know. `stuck_at`: from there on, lists by count name the same next page for ever.
    """

    token: str
    of_2022: bool = False
    scopes: tuple[str, ...] = SCOPES
    stuck_at: int = 110
    issues: list[Json] = field(default_factory=lambda: [an_issue(at) for at in range(1, 13)])
    comments: dict[str, list[Json]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        app = Starlette(
            routes=[
                Route(path, self._guarded(handle, scope), methods=[method])
                for method, path, handle, scope in ROUTES
            ],
            exception_handlers={404: _no_such_route, 405: _method_not_allowed},
        )
        app.router.redirect_slashes = False
        self.app: ASGIApp = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode()
        self.seen.append(f"{scope['method']} {scope['path']}{'?' if query else ''}{query}")
        await self.app(scope, receive, send)

    def issue(self, issue_id: object) -> Json | None:
        return next((one for one in self.issues if one["id"] == str(issue_id)), None)

    def _guarded(
        self, handle: Handler, scope: str | None
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if scope is not None and request.headers.get("authorization") != f"Bearer {self.token}":
                return self.unknown_token(request)
            if scope and scope not in self.scopes:
                return refused(403, "Permission denied")
            return await handle(self, request)

        return endpoint

    def unknown_token(self, request: Request) -> Response:
        if self.of_2022:
            return refused(403, "Invalid token.")
        reads = request.method == "GET"
        return refused(401, "Unauthorized") if reads else refused(403, "CSRF check Failed")


def an_issue(number: int) -> Json:
    """What Sentry tells besides (priority, substatus, …) is absent."""
    known = {name: value for name, value in values.an_issue().items() if name in KEPT}
    own = {"id": str(number), "shortId": f"SHOP-{number}", "title": f"ValueError: boom {number}"}
    times = {"lastSeen": f"2026-08-14T{23 - number % 24:02}:04:32.055Z"}
    return {**known, **own, **times, "count": str(100 - number), "userCount": 0, "culprit": ""}


def event_of(issue: Json) -> Json:
    """Its only event: integers for ids, no release, one spelling mixed with the other."""
    whole = values.an_event(eventID=f"{int(issue['id']):032x}", groupID=issue["id"], projectID=1)
    kept = [one for one in whole["entries"] if one["type"] in ("breadcrumbs", "exception")]
    for raised in kept[0]["data"]["values"]:
        for frame in raised["stacktrace"]["frames"]:
            frame["context_line"] = frame["context"][-1][1]
            if frame.get("inApp") is False:
                del frame["inApp"]
    del whole["release"], whole["size"]
    return {**whole, "title": issue["title"], "entries": kept, "errors": None}


def refused(status: int, detail: object) -> Response:
    return JSONResponse({"detail": detail}, status)


def invalid(*places: tuple[object, ...], kind: str = "missing") -> Response:
    return refused(422, [{"type": kind, "loc": list(one), "msg": "Invalid"} for one in places])


def crashed() -> Response:
    return HTMLResponse("<h1>Server Error (500)</h1>", 500)


async def _no_such_route(request: Request, error: Exception) -> Response:
    if request.method != "GET":
        return HTMLResponse("<h1>Forbidden</h1><p>CSRF verification failed.</p>", 403)
    return HTMLResponse(APP, 200 if any(one in request.url.path for one in APP_ROUTES) else 404)


async def _method_not_allowed(request: Request, error: Exception) -> Response:
    return HTMLResponse("Method not allowed", 405, headers=getattr(error, "headers", None))


def listed(server: GlitchTip, request: Request, found: list[Json], sort: str = "") -> Response:
    """A page, with a Link header that is a printed Python set; `per_page` counts for nothing."""
    size = min(int(request.query_params.get("limit", "50")), 100)
    try:
        start = int(base64.b64decode(request.query_params.get("cursor", "MA=="), validate=True))
    except ValueError:
        return refused(422, "Invalid cursor.")
    stop = start + size
    if sort == "count" and stop > server.stuck_at:
        start, stop = server.stuck_at - size, server.stuck_at
    here = f"{URL}{request.url.path}?limit={size}"
    following = f'<{here}>; rel="next"; results="false"'
    if stop < len(found):
        cursor = base64.b64encode(b"%d" % stop).decode()
        following = f'<{here}&cursor={cursor}>; rel="next"; results="true"; cursor="{cursor}"'
    value = f'<{here}>; rel="previous"; results="false", {following}'
    link = value if server.of_2022 else str({value})
    return JSONResponse(found[start:stop], headers={"Link": link, "X-Hits": str(len(found))})


def matches(issue: Json, query: str) -> bool:
    """Terms that it does not know are taken for tags, which no issue here has."""
    for term in query.split():
        key, colon, value = term.partition(":")
        if key in ("is", "level") and colon:
            if issue["status" if key == "is" else "level"] != value:
                return False
        elif colon or term.lower() not in issue["title"].lower():
            return False
    return True


async def list_issues(server: GlitchTip, request: Request) -> Response:
    if request.path_params["org"] != "acme":
        return refused(404, "Not Found")
    query, sort = request.query_params.get("query", ""), request.query_params.get("sort")
    if query.count('"') % 2:
        return crashed()
    if not (sort is None or sort.removeprefix("-") in SORTS or server.of_2022):
        return invalid(("query", "filters", "sort"), kind="literal_error")
    projects = request.query_params.getlist("project")
    if not all(re.fullmatch(r"-?\d+", one) for one in projects):
        return invalid(("query", "filters", "project", 0), kind="int_parsing")
    by = "count" if sort == "-count" else "lastSeen"
    found = [one for one in server.issues if "1" in (projects or "1") and matches(one, query)]
    found.sort(key=lambda issue: (len(issue[by]), issue[by]), reverse=True)
    return listed(server, request, found, by)


async def read_issue(server: GlitchTip, request: Request) -> Response:
    found = server.issue(request.path_params["id"])
    return JSONResponse({**found, "userReportCount": 0}) if found else refused(404, "Not Found")


async def change_issue(server: GlitchTip, request: Request) -> Response:
    """Takes `status` and nothing else; without it, the server crashes."""
    body = await request.json()
    if "status" not in body:
        return crashed()
    if body["status"] not in ("unresolved", "resolved", "ignored"):
        return invalid(("body", "payload", "status"), kind="enum")
    if (found := server.issue(request.path_params["id"])) is None:
        return refused(404, "Not Found")
    found["status"] = body["status"]
    return JSONResponse({**snake(found), "shortId": found["shortId"]})


async def list_events(server: GlitchTip, request: Request) -> Response:
    found = server.issue(request.path_params["id"])
    return listed(server, request, [snake(event_of(found))] if found else [])


async def read_event(server: GlitchTip, request: Request) -> Response:
    wanted = request.path_params["event"]
    if not re.fullmatch("latest|[0-9a-f]{32}", wanted):
        return invalid(("path", "event_id"), kind="uuid_parsing")
    found = server.issue(request.path_params["id"])
    event = event_of(found) if found else {}
    if not event and server.of_2022 and wanted == "latest":
        return JSONResponse({"eventID": "", "id": "", "entries": {}, "tags": {}, "message": None})
    if not event or wanted not in ("latest", event["eventID"]):
        return refused(404, "Not Found")
    return JSONResponse({**event, "nextEventID": None, "previousEventID": None, "userReport": None})


async def list_comments(server: GlitchTip, request: Request) -> Response:
    return JSONResponse(server.comments.get(str(request.path_params["id"]), []))


async def add_comment(server: GlitchTip, request: Request) -> Response:
    data = (await request.json()).get("data")
    if data is None:
        return invalid(("body", "payload", "data"))
    if "text" not in data:
        return crashed()
    issue_id = str(request.path_params["id"])
    if server.issue(issue_id) is None:
        return refused(400, "Issue does not exist")
    kept = server.comments.setdefault(issue_id, [])
    note = {"id": 70 + len(kept), "type": "note", "data": data, "user": {"id": "3"}}
    kept.insert(0, note)
    return JSONResponse(note, 201)


async def remove_comment(server: GlitchTip, request: Request) -> Response:
    kept = server.comments.get(str(request.path_params["id"]), [])
    for note in [one for one in kept if one["id"] == request.path_params["note"]]:
        kept.remove(note)
        return Response(status_code=204)
    return refused(400, "Comment does not exist")


async def read_root(server: GlitchTip, request: Request) -> Response:
    """200 to any token, and it repeats the one it was given."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token != server.token and server.of_2022:
        return server.unknown_token(request)
    if token != server.token:
        return JSONResponse({"version": "0", "user": None, "auth": None})
    auth = {"scopes": list(server.scopes), **({} if server.of_2022 else {"token": token})}
    return JSONResponse({"version": "0", "user": {"id": "3", "username": "jo"}, "auth": auth})


def rows(*found: Json) -> Handler:
    """Of an unknown organization, an empty list."""

    async def handle(server: GlitchTip, request: Request) -> Response:
        known = request.path_params.get("org", "acme") == "acme"
        return listed(server, request, list(found) if known else [])

    return handle


def only(found: Json) -> Handler:
    async def handle(server: GlitchTip, request: Request) -> Response:
        names = request.path_params
        known = (names.get("org", "acme"), names.get("slug", "shop")) == ("acme", "shop")
        return JSONResponse(found) if known else refused(404, "Not Found")

    return handle


async def read_statistics(server: GlitchTip, request: Request) -> Response:
    """Groups nothing; a bucket without events is null."""
    needed = ("category", "field", "start", "end")
    if missing := [("query", one) for one in needed if one not in request.query_params]:
        return invalid(*missing)
    group = {"series": {request.query_params["field"]: [None] * 21 + [4, None, 3]}}
    intervals = [f"2026-08-14T{hour:02}:00:00+00:00" for hour in range(24)]
    return JSONResponse({"intervals": intervals, "groups": [group]})


_O: Final = "/api/0/organizations/{org}/"
_I: Final = "/api/0/issues/{id:int}/"
ROUTES: Final[tuple[tuple[str, str, Handler, str | None], ...]] = (
    ("GET", "/api/settings/", only(SETTINGS), None),
    ("GET", "/api/0/", read_root, None),
    ("GET", "/api/0/organizations/", rows(ACME), "org:read"),
    ("GET", _O, only(ACME), "org:read"),
    ("GET", _O + "projects/", rows(PROJECT), "project:read"),
    ("GET", _O + "releases/", rows(RELEASE), "project:read"),
    ("GET", _O + "stats_v2/", read_statistics, "org:read"),
    ("GET", _O + "issues/", list_issues, "event:read"),
    ("PUT", _O + "issues/{id:int}/", change_issue, "event:write"),
    ("GET", "/api/0/projects/{org}/{slug}/", only(PROJECT), "project:read"),
    ("GET", _I, read_issue, "event:read"),
    ("PUT", _I, change_issue, "event:write"),
    ("GET", _I + "events/", list_events, "event:read"),
    ("GET", _I + "events/{event}/", read_event, "event:read"),
    ("GET", _I + "comments/", list_comments, "event:read"),
    ("POST", _I + "comments/", add_comment, "event:write"),
    ("DELETE", _I + "comments/{note:int}/", remove_comment, "event:admin"),
)
