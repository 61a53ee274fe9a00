"""The pages for people: server-rendered, live by server-sent events."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from mcp_servers.sentry_monitor.src.service import Service

from .sessions import Sessions


def page_routes(service: Service, sessions: Sessions) -> list[BaseRoute]:
    async def overview(_: Request) -> Response:
        return PlainTextResponse(service.where)

    return [Route("/", overview)]
