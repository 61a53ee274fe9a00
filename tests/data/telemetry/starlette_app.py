"""A Starlette application that reports to Sentry: starlette_app.py SECRETS (SENTRY_DSN is set)."""

import asyncio

import httpx
import sentry_sdk
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.telemetry.planting import careless, given
from modules.telemetry.sentry_config import setup_sentry


async def order(request: Request) -> Response:
    body = await request.json()
    careless(body["note"])
    return Response()


async def total(request: Request) -> Response:
    prices: list[int] = []
    return Response(str(sum(prices) / len(prices)))


app = Starlette(routes=[Route("/order", order, methods=["POST"]), Route("/total", total)])


async def main() -> None:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
        for secret in given():
            line = secret.replace("\n", " ")
            await client.post(
                "/order",
                params={"note": secret},
                headers={"X-Note": line, "User-Agent": f"shop {line}", "X-User-Id": "9001"},
                cookies={"note": httpx.QueryParams({"n": line})["n"].replace(";", "")},
                json={"note": secret, "deep": [{"note": secret}], "password": secret},
            )
            sentry_sdk.flush(20)  # its queue is bounded
        await client.get("/total", headers={"X-User-Id": "9001", "Cookie": "id=hunter2hunter2"})


if __name__ == "__main__":
    setup_sentry(traces_sample_rate=1.0, enable_logs=True)
    asyncio.run(main())
    sentry_sdk.flush(20)
    sentry_sdk.get_client().close(20)
