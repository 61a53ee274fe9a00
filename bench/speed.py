"""One call beside the same requests by bare httpx, and many calls at a time."""

import asyncio
import gc
import statistics
import time
from typing import Any

import httpx

from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule

from .answers import details
from .events import crash
from .figures import Figure, took_ms
from .upstream import ENVIRON, PATHS, record, serving

# Promised are 1.5 ms and 600 calls a second where the two requests alone take 2.5 ms, as here when
# nobody else works; a slower machine is slower at everything.
OVERHEAD_MS, CALLS_A_SECOND, QUIET_FLOOR_MS = 1.5, 600, 2.5
AT_ONCE, CALLS, ISSUES = 32, 1500, 64


async def speed() -> list[Figure]:
    answers = await record(crash())
    gc.collect()
    gc.freeze()  # what was measured before must not be looked through again and again
    with serving(answers, delay_ms=50) as url:
        slow, slow_floor = await beside(url, rounds=40)
    with serving(answers) as url:
        fast, floor = await beside(url, rounds=400)
    over, promised = fast - floor, OVERHEAD_MS * floor / QUIET_FLOOR_MS
    return [
        Figure("get-issue-details, upstream of 50 ms a request", slow, "ms", 70, slow_floor),
        Figure("get-issue-details, overhead over raw HTTP", over, "ms", promised, floor),
        *await throughput(answers, CALLS_A_SECOND * QUIET_FLOOR_MS / floor),
    ]


async def beside(url: str, *, rounds: int) -> tuple[float, float]:
    """Medians in ms of our answer and of the same two requests by bare httpx, taken in turns."""
    ours: list[float] = []
    bare: list[float] = []
    async with (
        SentryErrorMonitorModule({**ENVIRON, "SENTRY_URL": url}) as module,
        bare_client(url) as http,
    ):
        for _ in range(rounds):
            bare.append(await took_ms(lambda: both(http)))
            ours.append(await took_ms(lambda: details(module)))
    return statistics.median(ours), statistics.median(bare)


def bare_client(url: str) -> httpx.AsyncClient:
    headers = {"authorization": "Bearer local-token"}
    return httpx.AsyncClient(base_url=url, headers=headers, verify=False)  # noqa: S501 - plain http


async def both(http: httpx.AsyncClient) -> None:
    await asyncio.gather(*(http.get(path) for path in PATHS))


async def throughput(answers: dict[str, Any], least: float) -> list[Figure]:
    """Calls a second with so many under way, about one issue and about many; the floor is as many
    pairs of requests by bare httpx."""
    names = [f"SHOP-{number}" for number in range(100, 100 + ISSUES)]
    copies = {
        path.replace("SHOP-1/", f"{name}/"): body
        for path, body in answers.items()
        for name in ["SHOP-1", *names]
    }
    with serving(copies) as url:
        async with SentryErrorMonitorModule({**ENVIRON, "SENTRY_URL": url}) as module:
            same = await rate(lambda n: details(module))
            apart = await rate(lambda n: details(module, issue=names[n % ISSUES]))
        async with bare_client(url) as http:
            floor = await rate(lambda n: both(http))
    what = f"{AT_ONCE} calls in flight, instant upstream"
    return [
        Figure(f"{what}, one issue", same, "calls/s", least, floor, at_least=True),
        Figure(f"{what}, {ISSUES} issues", apart, "calls/s", None, floor),
    ]


async def rate(call: Any) -> float:
    numbers = iter(range(CALLS))

    async def worker() -> None:
        for number in numbers:
            await call(number)

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return CALLS / (time.perf_counter() - started)
