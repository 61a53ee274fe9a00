"""The whole HTTP side as one ASGI application: the table of endpoints, the pages, the door."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import Field
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_servers.sentry_monitor.src.service import Service
from modules.framework.errors import ModuleError

from .answers import Refused, of_error, of_refused
from .door import Door
from .endpoints import ANY, Asked, Endpoint, routes
from .figures import Figures
from .live import Live
from .openapi import OpenApi
from .pages import page_routes
from .sessions import Sessions
from .status_api import MOST, StatusApi
from .tracker_answers import TRACKED, supported
from .v1 import V1, Decided, DeliveriesAsked, JobsAsked, StatisticsAsked
from .webhooks import Webhooks

HERE: Final = Path(__file__).parent


class Web:
    """What `create_app` makes: `app` is served, `close` ends the streams before a stop."""

    def __init__(self, app: ASGIApp, live: Live) -> None:
        self.app, self._live = app, live

    def close(self) -> None:
        self._live.close()


def create_app(
    service: Service,
    *,
    token: str | None,
    hosts: Sequence[str] = (),
    mcp: ASGIApp | None = None,
) -> Web:
    """`token` guards everything but webhooks and health; `mcp` is served at /mcp."""
    figures, live = Figures(), Live(service)
    sessions = Sessions(token, now=service.services.now)
    hooks = Webhooks(service, figures)
    table = endpoints(service, figures, live, hooks)
    found: list[BaseRoute] = [
        *routes(table),
        Route("/api/openapi.json", OpenApi(table).page),
        *page_routes(service, sessions),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    if mcp is not None:
        found.append(Route("/mcp", mcp))  # a mount would answer for all that is not there
    inner = Starlette(
        routes=found,
        exception_handlers={ModuleError: _module_error, Refused: _refused, HTTPException: _http},
    )
    door = Door(_Timed(inner, figures), sessions, hooks, hosts=hosts)
    return Web(door, live)


class BatchAsked(Asked):
    """Of the processor."""

    batch: int = Field(1, ge=1, le=MOST)


def endpoints(
    service: Service, figures: Figures, live: Live, hooks: Webhooks
) -> tuple[Endpoint, ...]:
    """Everything for programs, in the order of the document."""
    status, v1 = StatusApi(service), V1(service)

    async def metrics(_: Request) -> Response:
        body = await figures.page(service)
        return Response(body, media_type="text/plain; version=0.0.4; charset=utf-8")

    def get(path: str, handler: Any, summary: str, tag: str, **more: Any) -> Endpoint:
        return Endpoint(method="GET", path=path, handler=handler, summary=summary, tag=tag, **more)

    def post(path: str, handler: Any, summary: str, tag: str, **more: Any) -> Endpoint:
        return Endpoint(method="POST", path=path, handler=handler, summary=summary, tag=tag, **more)

    # Without a handler: they are answered before routing (webhooks.py).
    taken = {202: "Kept; it becomes a job.", 200: "Kept and skipped; the reason says why."}
    return (
        post(
            "/webhooks/sentry",
            None,
            "Take a webhook.",
            "webhooks",
            body=ANY,
            answers=taken,
        ),
        get("/webhooks/sentry", hooks.health, "Whether webhooks are taken.", "webhooks"),
        post(
            TRACKED,
            None,
            "Take a webhook, and tell its tracked issue.",
            "webhooks",
            body=ANY,
            answers={200: "Kept; with the issue that tracks it, where it asks for one."},
        ),
        get(TRACKED, supported, "Which events become tracked issues.", "webhooks"),
        post(
            "/webhooks/sentry/legacy/{token}",
            None,
            "Take a webhook of the old plugin.",
            "webhooks",
            body=ANY,
            answers=taken,
        ),
        post(
            "/api/sentry-fixer/process",
            status.process,
            "Run queued jobs to their end.",
            "processor",
            query=BatchAsked,
        ),
        get("/api/sentry-fixer/process", status.processing, "Whether jobs wait.", "processor"),
        get("/api/sentry/status", status.status, "What is being worked on.", "status"),
        post("/api/sentry/poll", status.poll, "Look for what webhooks missed.", "status"),
        post("/api/sentry/clear", status.clear, "Forget the jobs that are over.", "status"),
        get("/api/v1/jobs", v1.jobs, "List jobs.", "jobs", query=JobsAsked),
        get("/api/v1/jobs/{id}", v1.job, "Show one job.", "jobs"),
        post("/api/v1/jobs/{id}/decisions", v1.decide, "Decide about a job.", "jobs", body=Decided),
        get(
            "/api/v1/deliveries",
            v1.deliveries,
            "List deliveries.",
            "deliveries",
            query=DeliveriesAsked,
        ),
        post(
            "/api/v1/deliveries/{id}/replay",
            v1.replay,
            "Decide about a delivery anew.",
            "deliveries",
        ),
        get(
            "/api/v1/events", live.events, "Be told of changes.", "jobs", media="text/event-stream"
        ),
        get(
            "/api/v1/statistics",
            v1.statistics,
            "Count errors.",
            "statistics",
            query=StatisticsAsked,
        ),
        post(
            "/api/v1/operations/{name}", v1.operation, "Run an operation.", "operations", body=ANY
        ),
        get("/healthz", status.health, "Whether the process answers.", "health"),
        get("/readyz", status.ready, "Whether it can do its work.", "health"),
        get("/metrics", metrics, "Prometheus metrics.", "health", media="text/plain"),
    )


async def _module_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, ModuleError):
        raise error
    return of_error(error)


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return of_refused(error)


async def _http(_: Request, error: Exception) -> Response:
    """Of the router: 404, 405."""
    if not isinstance(error, HTTPException):
        raise error
    codes = {404: ("not_found", "There is nothing here."), 405: ("method", "Not by this method.")}
    code, told = codes.get(error.status_code, ("http_error", "The request cannot be answered."))
    answer = of_refused(Refused(error.status_code, code, told))
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer


class _Timed:
    """How long requests take, by the route that answered."""

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self._app, self._figures = app, figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = scope.get("route")
            name = getattr(route, "path", "other") or "other"
            self._figures.answered(name, status, time.monotonic() - started)
