"""A Starlette application whose requests OpenTelemetry traces inside of Sentry's middleware, as its
instrumentation of FastAPI does: traced_requests_app.py RATE (SENTRY_DSN is set)."""

import asyncio
import json
import sys

import httpx
import sentry_sdk
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from modules.telemetry.sentry_config import setup_sentry

TRACER = trace.get_tracer("shop")
SEEN: dict[str, tuple[str, str]] = {}


class Traced:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        span = TRACER.start_span("request")
        try:
            with trace.use_span(span):
                await self.app(scope, receive, send)
        finally:
            span.end()


def fail(name: str) -> None:
    context = trace.get_current_span().get_span_context()
    SEEN[name] = (f"{context.trace_id:032x}", f"{context.span_id:016x}")
    raise RuntimeError(name)


async def plain(request: Request) -> Response:
    fail("plain")
    return Response()


async def deep(request: Request) -> Response:
    with TRACER.start_as_current_span("export"):
        fail("deep")
    return Response()


async def tidied(request: Request) -> Response:
    try:
        fail("tidied")
    except RuntimeError:
        with TRACER.start_as_current_span("tidy up"):
            pass
        raise
    return Response()


ENDPOINTS = (plain, deep, tidied)
app = Starlette(
    routes=[Route(f"/{one.__name__}", one) for one in ENDPOINTS], middleware=[Middleware(Traced)]
)


async def main() -> None:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
        for one in ENDPOINTS:
            await client.get(f"/{one.__name__}")


if __name__ == "__main__":
    trace.set_tracer_provider(TracerProvider())
    rate = float(sys.argv[1])
    setup_sentry(opentelemetry=True, traces_sample_rate=rate or None)
    asyncio.run(main())
    sentry_sdk.flush(20)
    sys.stdout.write(json.dumps(SEEN))
