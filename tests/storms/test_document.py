"""The service answers as its OpenAPI document says, whatever schemathesis makes of it."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.config import SchemathesisConfig

from .ground import Ground, a_service, sent, webhook
from .payloads import error, packed

EXAMPLES: Final = 12
# They ask Sentry, or run jobs to their end; a stream does not end at all. Their bad input is in
# test_bad_input.py.
APART: Final = (
    "POST /api/sentry/poll",
    "POST /api/v1/operations/{name}",
    "GET /api/v1/events",
)


async def test_every_endpoint_answers_as_documented(tmp_path: Path) -> None:
    async with a_service(tmp_path) as ground:
        for n in range(3):
            await sent(ground.port, webhook(packed(error(n, f"document {n}"))))
        await ground.decided()
        seen = await asyncio.to_thread(conforms, ground, EXAMPLES)

        assert ground.tracebacks == 0, ground.log.read_text()[-3000:]
        assert min(seen.values()) >= EXAMPLES
        assert len(seen) == 15


def conforms(ground: Ground, examples: int) -> Counter[str]:
    """How many requests were sent to each endpoint. Raises what schemathesis finds."""
    base = f"http://localhost:{ground.port}"
    schema = schemathesis.openapi.from_url(
        f"{base}/api/openapi.json", config=SchemathesisConfig.discover()
    )
    seen: Counter[str] = Counter()
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.label not in APART:
            for mode in schemathesis.GenerationMode:
                _ask(operation, mode, base, examples, seen)
    return seen


def _ask(
    operation: Any,
    mode: schemathesis.GenerationMode,
    base: str,
    examples: int,
    seen: Counter[str],
) -> None:
    @settings(
        max_examples=examples, database=None, suppress_health_check=list(HealthCheck), print_blob=False
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        seen[operation.label] += 1
        case.call_and_validate(base_url=base, timeout=20)

    ask()
