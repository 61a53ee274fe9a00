"""The pages for people: server-rendered, live by server-sent events. docs/pages.md tells them."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mcp_servers.sentry_monitor.src.service import Service

from .delivery_pages import DeliveryPages
from .endpoints import Handler
from .forms import form
from .handlers import Back, Handlers, Page, after
from .job_pages import JobPages
from .lesson_page import LessonPage
from .links import Links, inside
from .overview import Overview
from .rendering import Rendering
from .sessions import COOKIE, Sessions
from .settings_page import SettingsPage
from .tracked_pages import TrackedPages
from .trends import Trends

WRONG: Final = "This is not the token of SENTRY_MONITOR_HTTP_TOKEN."
GONE: Final = f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"


def page_routes(service: Service, sessions: Sessions) -> list[BaseRoute]:
    """Every page and every button."""
    known = service.settings
    links = Links.of(known.url, known.github_api_url)
    rendering = Rendering(links, service.services.policy, now=service.services.now)
    handlers, door = Handlers(rendering, sessions), SignIn(sessions)
    overview = Overview(service, Trends(service.module, now=service.services.now))
    jobs, deliveries = JobPages(service), DeliveryPages(service)
    lessons, settings = LessonPage(service), SettingsPage(service)
    tracked = TrackedPages(service)

    def get(path: str, handler: Handler) -> Route:
        return Route(path, handler, methods=["GET"])

    def post(path: str, handler: Handler) -> Route:
        return Route(path, handler, methods=["POST"])

    return [
        get("/", handlers.show(overview.show)),
        post("/poll", handlers.act(overview.poll)),
        post("/switch", handlers.act(overview.switch)),
        get("/jobs", handlers.show(jobs.list)),
        get("/jobs/{id}", handlers.show(jobs.one)),
        post("/jobs/{id}/decisions", handlers.act(jobs.decide)),
        get("/deliveries", handlers.show(deliveries.list)),
        get("/deliveries/{id}", handlers.show(deliveries.one)),
        post("/deliveries/{id}/replay", handlers.act(deliveries.replay)),
        get("/tracked", handlers.show(tracked.list)),
        get("/tracked/{id}", handlers.show(tracked.one)),
        post("/tracked/{id}", handlers.act(tracked.act)),
        get("/settings", handlers.show(settings.show)),
        get("/lessons", handlers.show(lessons.show)),
        post("/lessons/{id}", handlers.act(lessons.decide)),
        get("/login", door.page(handlers)),
        post("/login", door.enter(handlers)),
        post("/logout", door.leave(handlers)),
    ]


class SignIn:
    """The token, once, for a session. Its page begins none: who has one is let in."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def page(self, handlers: Handlers) -> Handler:
        async def handle(request: Request) -> Response:
            if not self._sessions.guarded:
                return after(Back("/"))
            to = inside(request.query_params.get("to", "/"))
            return handlers.answer(request, _sign_in(to), begin=False)

        return handle

    def enter(self, handlers: Handlers) -> Handler:
        """No session, hence no secret of a form; the door has looked at its origin."""

        async def handle(request: Request) -> Response:
            given = await form(request)
            to = inside(given.get("to", "/"))
            if not self._sessions.knows(given.get("token", "").strip()):
                return handlers.answer(request, _sign_in(to, WRONG, status=401), begin=False)
            answer = after(Back(to))
            answer.headers["set-cookie"] = self._sessions.begin()[1]
            return answer

        return handle

    def leave(self, handlers: Handlers) -> Handler:
        async def gone(_: Request, __: Mapping[str, str]) -> Back:
            return Back("/login")

        checked = handlers.act(gone)

        async def handle(request: Request) -> Response:
            answer = await checked(request)
            if answer.status_code == 303:
                answer.headers["set-cookie"] = GONE
            return answer

        return handle


def _sign_in(to: str, problem: str = "", *, status: int = 200) -> Page:
    values: dict[str, Any] = {"problem": problem, "to": to}
    return Page("login.html", values, status)
