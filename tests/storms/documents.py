"""The service answers as its OpenAPI document says, whatever schemathesis makes of it."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.config import SchemathesisConfig

from .ground import Ground, sent, webhook
from .payloads import error, packed

# They ask Sentry, or run jobs to their end; a stream does not end at all. Their bad input is in
# test_bad_input.py.
APART: Final = (
    "POST /api/sentry/poll",
    "POST /api/sentry-fixer/process",
    "POST /api/v1/operations/{name}",
    "GET /api/v1/events",
    "GET /api/v1/statistics",
)


async def a_few(ground: Ground) -> dict[str, str]:
    """Of a job and of a delivery, by what the paths begin with."""
    for n in range(3):
        await sent(ground.port, webhook(packed(error(n, f"document {n}"))))
    await ground.decided()
    tables = {"/api/v1/jobs/": "autofix_jobs", "/api/v1/deliveries/": "inbox"}
    chosen = {path: f"select id from {name}" for path, name in tables.items()}  # noqa: S608 - ours
    return {path: ground.rows(query)[0][0] for path, query in chosen.items()}


def conforms(ground: Ground, ids: Mapping[str, str], examples: int) -> Counter[str]:
    """How many requests were sent to each endpoint. Raises what schemathesis finds."""
    base = f"http://localhost:{ground.port}"
    schema = schemathesis.openapi.from_url(
        f"{base}/api/openapi.json", config=SchemathesisConfig.discover()
    )
    seen: Counter[str] = Counter()
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr] # an error rises here
        if operation.label not in APART:
            known = [{"id": one} for path, one in ids.items() if operation.path.startswith(path)]
            for there in ({}, *known):
                for mode in schemathesis.GenerationMode:
                    cases = operation.as_strategy(mode, path_parameters=there or None)
                    _ask(cases, base, examples, seen)
    return seen


def _ask(cases: Any, base: str, examples: int, seen: Counter[str]) -> None:
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def ask(case: schemathesis.Case[Any]) -> None:
        seen[case.operation.label] += 1
        case.call_and_validate(base_url=base, timeout=20)

    with suppress(Unsatisfiable):  # there is nothing about it that could be wrong
        ask()
