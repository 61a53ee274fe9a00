"""What answers cost to read, and what large events cost to make readable."""

import json
import statistics
from collections.abc import Mapping

from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from mcp_servers.sentry_monitor.src.server.tools import Selection, tools

from .answers import details
from .events import crash, grown, huge
from .figures import Figure, took_ms
from .tokens import tokens
from .upstream import ENVIRON, EVENT, record, serving

CAP = 41_000  # characters of one answer
LARGE = ("400 kB event", "1 MB message", "500 frames", "10,000 breadcrumbs")


async def sizes() -> list[Figure]:
    listed = tools(Selection(toolsets=frozenset()).of(OPERATIONS).values())
    wire = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in listed]
    cost = tokens(json.dumps({"tools": wire}, separators=(",", ":"), ensure_ascii=False))
    usual, _ = await answer_to(await record(crash()), "concise", rounds=1)
    return [
        Figure("tools/list of the default server", cost, "tokens", 2500),
        Figure("issue with 30 frames, 30 breadcrumbs, concise", tokens(usual), "tokens", 1800),
        *[figure for name in LARGE for figure in await large(name)],
    ]


async def large(name: str) -> list[Figure]:
    answers = await record(huge() if name == LARGE[0] else crash())
    grown(answers[EVENT], name)
    found = []
    for form in ("concise", "detailed"):
        text, took = await answer_to(answers, form, rounds=5)
        found.append(Figure(f"{name}, {form}", len(text), "chars", CAP))
        found.append(Figure(f"{name}, {form}", took, "ms", 250))
    return found


async def answer_to(
    answers: Mapping[str, object], response_format: str, *, rounds: int
) -> tuple[str, float]:
    """The answer, and how long it took (median, ms)."""
    with serving(dict(answers)) as url:
        async with SentryErrorMonitorModule({**ENVIRON, "SENTRY_URL": url}) as module:
            text = await details(module, response_format)
            times = [await took_ms(lambda: details(module, response_format)) for _ in range(rounds)]
    return text, statistics.median(times)
