"""The application: every route, and what each needs of the token."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from . import page, retention
from .alert_routes import Alerts, Entry, alert_routes
from .calls import SCOPES, Handler, Meter, Server, answer, refusal, reply
from .errors import NotFound, Refused
from .events import find_event
from .issues import find_issue, latest_issues
from .projects import list_projects
from .routes import (
    discover,
    events,
    ingest,
    issue,
    issue_list,
    organizations,
    releases,
    setup,
    sources,
    stats,
)
from .sender import Sender
from .store import Store

_O: Final = "/api/0/organizations/{org}/"
_P: Final = "/api/0/projects/{org}/{project}/"
_EVENT_QUOTA_SPAN_S: Final = 60

Endpoint = Callable[[Request], Awaitable[Response]]

_ORGANIZATION: Final[tuple[Entry, ...]] = (
    ("GET", "/api/0/", organizations.root, ""),
    ("GET", "/api/0/organizations/", organizations.list_organizations, "org:read"),
    ("GET", _O, organizations.get_organization, "org:read"),
    ("GET", f"{_O}projects/", organizations.list_organization_projects, "org:read"),
    ("GET", f"{_O}environments/", organizations.list_environments, "org:read"),
    ("GET", f"{_O}issues/", issue_list.list_issues, "event:read"),
    ("PUT", f"{_O}issues/", issue_list.update_issues, "event:write"),
    ("DELETE", f"{_O}issues/", issue_list.delete_issues, "event:admin"),
    ("GET", f"{_O}shortids/{{short_id}}/", issue.get_short_id, "event:read"),
    ("GET", f"{_O}eventids/{{event}}/", events.get_event_id, "org:read"),
    ("GET", f"{_O}stats_v2/", stats.get_stats, "org:read"),
    ("GET", f"{_O}events/", discover.list_rows, "org:read"),
    ("GET", f"{_O}releases/", releases.list_all, "project:read"),
    ("POST", f"{_O}releases/", releases.announce, "project:releases"),
    ("GET", f"{_O}releases/{{version}}/", releases.get_release, "project:read"),
    ("GET", _P, organizations.get_project, "project:read"),
    *setup.ROUTES,
    *sources.ROUTES,
    ("GET", f"{_P}issues/", issue_list.list_issues, "event:read"),
    ("PUT", f"{_P}issues/", issue_list.update_issues, "event:write"),
    ("GET", f"{_P}events/", events.list_project_events, "project:read"),
    ("GET", f"{_P}events/{{event}}/", events.get_project_event, "project:read"),
    ("GET", f"{_P}stats/", stats.get_project_stats, "project:read"),
)
_ISSUE: Final[tuple[Entry, ...]] = (
    ("GET", "", issue.get_issue, "event:read"),
    ("PUT", "", issue.update_issue, "event:write"),
    ("DELETE", "", issue.remove_issue, "event:admin"),
    ("GET", "events/", events.list_issue_events, "event:read"),
    ("GET", "events/{event}/", events.get_issue_event, "event:read"),
    ("GET", "tags/", issue.list_tags, "event:read"),
    ("GET", "tags/{key}/", issue.get_tag, "event:read"),
    ("GET", "tags/{key}/values/", issue.list_tag_values, "event:read"),
    ("GET", "hashes/", issue.list_hashes, "event:read"),
    ("GET", "activities/", issue.list_activities, "event:read"),
    *(
        entry
        for notes in ("notes/", "comments/")
        for entry in (
            ("GET", notes, issue.list_notes, "event:read"),
            ("POST", notes, issue.add_note, "event:write"),
            ("PUT", notes + "{note}/", issue.change_note, "event:write"),
            ("DELETE", notes + "{note}/", issue.remove_note, "event:write"),
        )
    ),
)
API: Final[tuple[Entry, ...]] = (
    *_ORGANIZATION,
    *(
        (verb, f"{_O}issues/{{issue}}/{rest}", handler, needs)
        for verb, rest, handler, needs in _ISSUE
    ),
    *(
        (verb, f"/api/0/issues/{{issue}}/{rest}", handler, needs)
        for verb, rest, handler, needs in _ISSUE
    ),
)


def create_app(
    store: Store,
    *,
    token: str,
    org: str,
    now: Callable[[], datetime],
    sender: Sender | None = None,
    url: str | None = None,
    scopes: Iterable[str] = SCOPES,
    filters: Mapping[str, str] | None = None,
    error_webhooks: bool = False,
    rate_limit: int | None = None,
    event_limit: int | None = None,
    alerts: Alerts = "workflows",
    retention_days: int = retention.DAYS,
) -> Starlette:
    """`filters`: tag → pattern of events to drop; `rate_limit`: API calls a second;
    `event_limit`: events a minute; `retention_days`: how long events live; `url`: what links start
    with, else the request's own; `alerts`: the generation of alerts that it has."""
    server = Server(
        store=store,
        org=org,
        token=token,
        now=now,
        url=url.rstrip("/") if url else None,
        scopes=frozenset(scopes),
        sender=sender,
        filters=filters or {},
        error_webhooks=error_webhooks,
        retention_days=retention_days,
        calls=Meter(rate_limit, span_s=1),
        events=Meter(event_limit, span_s=_EVENT_QUOTA_SPAN_S),
    )
    app = Starlette(
        routes=[*_api_routes(server, alerts), *_other_routes(server)],
        exception_handlers={404: _no_route, 405: _wrong_method, 500: _failure},
    )
    app.router.redirect_slashes = False
    return app


def _api_routes(server: Server, alerts: Alerts) -> list[Route]:
    return [
        Route(_template(path), _endpoint(server, handler, needs), methods=[verb])
        for verb, path, handler, needs in (*API, *alert_routes(alerts))
    ]


def _template(path: str) -> str:
    return path.replace("{version}", "{version:path}")  # versions may hold slashes


def _endpoint(server: Server, handler: Handler, needs: str) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await answer(server, request, handler, needs=needs)

    return endpoint


def _other_routes(server: Server) -> list[Route]:
    async def take_envelope(request: Request) -> Response:
        return await ingest.take_envelope(server, request)

    async def take_event(request: Request) -> Response:
        return await ingest.take_event(server, request)

    async def show_issue(request: Request) -> Response:
        return _issue_page(server, request)

    async def show_all(_: Request) -> Response:
        retention.sweep(server.store, days=server.retention_days, now=server.moment())
        found = {one: latest_issues(server.store, one.id) for one in list_projects(server.store)}
        return HTMLResponse(page.front_page(server.org, found), headers=page.HEADERS)

    return [
        Route("/", show_all),
        Route("/api/{project}/envelope/", take_envelope, methods=["POST"]),
        Route("/api/{project}/store/", take_event, methods=["POST"]),
        Route("/api/client-config/", _client_config),
        Route("/_health/", _health),
        Route("/organizations/{org}/issues/{issue}/", show_issue),
    ]


async def _client_config(_: Request) -> Response:
    version = {"current": "26.8.0", "latest": "26.8.0", "build": "local", "upgradeAvailable": False}
    return reply({"version": version, "isSelfHosted": True, "features": []})


async def _health(_: Request) -> Response:
    return PlainTextResponse("ok")


def _issue_page(server: Server, request: Request) -> Response:
    try:
        if request.path_params["org"] != server.org:
            raise NotFound()
        retention.sweep(server.store, days=server.retention_days, now=server.moment())
        found = find_issue(server.store, request.path_params["issue"])
        event = find_event(server.store, found, "latest")
    except Refused:
        return HTMLResponse("<!doctype html><title>Not found</title>", 404, headers=page.HEADERS)
    return HTMLResponse(page.issue_page(found, event), headers=page.HEADERS)


async def _no_route(request: Request, _: Exception) -> Response:
    """Sentry says where the slash is missing: as JSON to who sends or accepts JSON, else as text."""
    path = request.url.path
    if path.endswith("/"):
        return (
            refusal(NotFound()) if path.startswith("/api/") else PlainTextResponse("Not Found", 404)
        )
    info = f"Route not found, did you forget a trailing slash? try: {path}/"
    wants = request.headers.get("content-type", "") + request.headers.get("accept", "")
    if "application/json" in wants or path.startswith("/api/0"):
        return reply({"info": info}, status=404)
    return PlainTextResponse(info, 404)


async def _failure(_: Request, __: Exception) -> Response:
    """A defect of this server, in the words Sentry has for its own."""
    return reply({"detail": "Internal Error", "errorId": None}, status=500)


async def _wrong_method(request: Request, error: Exception) -> Response:
    headers = error.headers if isinstance(error, HTTPException) else None
    return reply({"detail": f'Method "{request.method}" not allowed.'}, status=405, headers=headers)
