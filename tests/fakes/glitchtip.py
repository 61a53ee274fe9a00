"""GlitchTip as its source of December 2025 answers: Sentry's API with most of it left out."""

import base64
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from . import values
from .glitchtip_replies import (
    crashed,
    event_of,
    invalid,
    matches,
    method_not_allowed,
    no_such_route,
    refused,
)
from .values import Json, snake

URL: Final = "https://glitchtip.example.com"
SCOPES: Final = ("event:admin", "event:read", "event:write", "org:read", "project:read")
SORTS: Final = ("last_seen", "first_seen", "count", "priority")
KEPT: Final = ("level", "status", "project", "metadata", "numComments", "firstSeen")
PROJECT: Final = {"id": "1", "slug": "shop", "name": "Shop", "platform": "python"}
ACME: Final = {"id": "1", "slug": "acme", "name": "Acme", "require2fa": False}
RELEASE: Final = {"version": "shop@1.1", "dateCreated": "2026-08-01T09:00:00Z"}
SETTINGS: Final = {"iPaidForGlitchTip": False, "version": "master-2025-12-24"}

Handler = Callable[["GlitchTip", Request], Awaitable[Response]]


@dataclass
class GlitchTip:
    """An organization `acme` with the project `shop` and its issues SHOP-1, SHOP-2, …

    `of_2022`: the older one refuses a bad token with 403, ignores a `sort` that it does not know,
    and keeps no comments. `stuck_at`: from there on, lists by count name the same next page for
    ever. `events`: how many each issue has.
    """

    token: str
    of_2022: bool = False
    scopes: tuple[str, ...] = SCOPES
    stuck_at: int = 110
    events: int = 1
    issues: list[Json] = field(default_factory=lambda: [an_issue(at) for at in range(1, 13)])
    comments: dict[str, list[Json]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        app = Starlette(
            routes=[
                Route(path, self._guarded(handle, scope), methods=[method])
                for method, path, handle, scope in ROUTES
            ],
            exception_handlers={404: no_such_route, 405: method_not_allowed},
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
                return self.missing_scope()
            return await handle(self, request)

        return endpoint

    def missing_scope(self) -> Response:
        older = "You do not have permission to perform this action."
        return refused(403, older if self.of_2022 else "Permission denied")

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


def listed(server: GlitchTip, request: Request, found: list[Json], sort: str = "") -> Response:
    """A page, with a Link header that is a printed Python set; `per_page` counts for nothing."""
    size = min(int(request.query_params.get("limit", "50")), 100)
    try:
        start = int(base64.b64decode(request.query_params.get("cursor", "MA=="), validate=True))
    except ValueError:
        older = refused(404, "Invalid cursor")
        return older if server.of_2022 else refused(422, "Invalid cursor.")
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


async def list_issues(server: GlitchTip, request: Request) -> Response:
    if request.path_params["org"] != "acme":
        return listed(server, request, []) if server.of_2022 else refused(404, "Not Found")
    query, sort = request.query_params.get("query", ""), request.query_params.get("sort")
    if query.count('"') % 2:
        return crashed()
    if not (sort is None or sort.removeprefix("-") in SORTS or server.of_2022):
        return invalid(("query", "filters", "sort"), kind="literal_error")
    projects = request.query_params.getlist("project")
    if not all(re.fullmatch(r"-?\d+", one) for one in projects):
        return invalid(("query", "filters", "project", 0), kind="int_parsing")
    by = {"-count": "count", "-first_seen": "firstSeen"}.get(sort or "", "lastSeen")
    found = [one for one in server.issues if "1" in (projects or "1") and matches(one, query)]
    found.sort(key=lambda issue: (len(issue[by]), issue[by]), reverse=True)
    return listed(server, request, found, by)


async def read_issue(server: GlitchTip, request: Request) -> Response:
    found = server.issue(request.path_params["id"])
    return JSONResponse({**found, "userReportCount": 0}) if found else refused(404, "Not Found")


async def read_issue_below(server: GlitchTip, request: Request) -> Response:
    """Of December 2025, this path takes changes only."""
    if not server.of_2022:
        raise HTTPException(405, headers={"Allow": "PUT"})
    return await read_issue(server, request)


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
    ages = range(server.events if found else 0)
    return listed(server, request, [snake(event_of(found or {}, age)) for age in ages])


async def read_event(server: GlitchTip, request: Request) -> Response:
    wanted = request.path_params["event"]
    if not re.fullmatch("latest|[0-9a-f]{32}", wanted):
        if server.of_2022:
            return refused(404, "Not Found")
        return invalid(("path", "event_id"), kind="uuid_parsing")
    found = server.issue(request.path_params["id"])
    event = event_of(found) if found else {}
    if not event and server.of_2022 and wanted == "latest":
        return JSONResponse({"eventID": "", "id": "", "entries": {}, "tags": {}, "message": None})
    if not event or wanted not in ("latest", event["eventID"]):
        return refused(404, "Not Found")
    return JSONResponse({**event, "nextEventID": None, "previousEventID": None, "userReport": None})


def since_2023(handle: Handler) -> Handler:
    """What the older one has no route for."""

    async def handled(server: GlitchTip, request: Request) -> Response:
        if server.of_2022:
            return await no_such_route(request, HTTPException(404))
        return await handle(server, request)

    return handled


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
    """Groups nothing; a bucket without events is null; the last one is past the `end`."""
    asked = request.query_params
    if missing := [one for one in ("category", "field", "start", "end") if one not in asked]:
        if server.of_2022:
            return JSONResponse({one: ["This field may not be null."] for one in missing}, 400)
        return invalid(*(("query", one) for one in missing))
    empty = 0 if server.of_2022 else None
    minutes = 1 if asked.get("interval") == "1m" else 60
    intervals = values.hours(asked["start"], asked["end"], beyond=1, minutes=minutes)
    series = {asked["field"]: [4, empty, 3, *[empty] * (len(intervals) - 4), 50]}
    return JSONResponse({"intervals": intervals, "groups": [{"series": series}]})


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
    ("GET", _O + "issues/{id:int}/", read_issue_below, None),
    ("PUT", _O + "issues/{id:int}/", change_issue, "event:write"),
    ("GET", "/api/0/projects/{org}/{slug}/", only(PROJECT), "project:read"),
    ("GET", _I, read_issue, "event:read"),
    ("PUT", _I, change_issue, "event:write"),
    ("GET", _I + "events/", list_events, "event:read"),
    ("GET", _I + "events/{event}/", read_event, "event:read"),
    ("GET", _I + "comments/", since_2023(list_comments), "event:read"),
    ("POST", _I + "comments/", since_2023(add_comment), "event:write"),
    ("DELETE", _I + "comments/{note:int}/", since_2023(remove_comment), "event:admin"),
)
