"""Applications whose users have addresses: addressed_app.py POLICY (SENTRY_DSN and PLANTED are set)."""

import asyncio
import os
import sys

import httpx
import sentry_sdk
from celery import Celery
from flask import Flask
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route

from modules.telemetry.people import People
from modules.telemetry.sentry_config import capture_message, setup_sentry

CLIENT = "198.51.100.77"


class SignedIn(AuthenticationBackend):
    """Everybody is Jane."""

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, SimpleUser]:
        return AuthCredentials(), SimpleUser("Jane Doe")


async def asked(request: Request) -> Response:
    capture_message("by ASGI")
    return Response()


async def over_asgi() -> None:
    app = Starlette(
        routes=[Route("/", asked)],
        middleware=[Middleware(AuthenticationMiddleware, backend=SignedIn())],
    )
    transport = httpx.ASGITransport(app, client=(CLIENT, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
        await client.get("/", cookies={"cart": os.environ["PLANTED"]})


def over_wsgi() -> None:
    app = Flask("shop")

    @app.get("/")
    def index() -> str:
        capture_message("by WSGI")
        return ""

    client = app.test_client()
    client.get(
        "/", environ_base={"REMOTE_ADDR": CLIENT}, headers={"Cookie": f"c={os.environ['PLANTED']}"}
    )
    capture_message("by nobody")


def by_a_worker() -> None:
    app = Celery("shop", broker="memory://", backend="cache+memory://")
    app.conf.update(task_always_eager=True)

    @app.task(name="take")  # type: ignore[untyped-decorator]  # celery has no types
    def take(secret: str) -> None:
        raise LookupError("by a task")

    take.delay(os.environ["PLANTED"])


if __name__ == "__main__":
    people = People(address=sys.argv[1])  # type: ignore[arg-type]
    setup_sentry(people=people, local_variables=False, traces_sample_rate=1.0)
    asyncio.run(over_asgi())
    over_wsgi()
    by_a_worker()
    sentry_sdk.flush(20)
    if sys.argv[1] != "drop":
        setup_sentry(local_variables=False)
        asyncio.run(over_asgi())
        sentry_sdk.flush(20)
    sentry_sdk.get_client().close(20)
