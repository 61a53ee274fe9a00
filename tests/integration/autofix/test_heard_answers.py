"""What the gateway hears of an answer is its status; the answer goes on as it came."""

import asyncio

import pytest

from fakes.loopback import always, answer, loopback
from modules.autofix.adapters.model_apis import ModelAccess, route
from modules.autofix.adapters.sandbox.gateway import Route, gateway

ASK = b"%s /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"


async def asked(way: Route, method: bytes = b"POST") -> bytes:
    async with gateway([way]) as path:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(ASK % method)
        said = await reader.read()
        writer.close()
    return said


@pytest.mark.parametrize(
    ("upstream", "statuses"),
    [
        (answer(200, {"a": 1}), [200]),
        (answer(401), [401]),
        (answer(529, b"x" * 100_000), [529]),
        (b"HTTP/1.1 20", []),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", []),
        (b"", []),
    ],
    ids=["ok", "refused", "long", "cut", "another protocol", "nothing"],
)
async def test_the_status_is_heard(upstream: bytes, statuses: list[int]) -> None:
    heard: list[int] = []
    async with loopback(always(upstream)) as api:
        way = route("anthropic", ModelAccess(base_url=api.url, key="k"), heard=heard.append)
        said = await asked(way)

    assert said == upstream
    assert heard == statuses


async def test_what_is_refused_here_is_no_answer_of_the_api() -> None:
    heard: list[int] = []
    access = ModelAccess(base_url="http://127.0.0.1:9", key="k")

    said = await asked(route("openai", access, heard=heard.append))

    assert said.startswith(b"HTTP/1.1 403 ")
    assert heard == []
