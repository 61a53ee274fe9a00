"""Every operation under every fault, on each of its calls, over a real connection."""

import asyncio
import contextlib
import json
import sys
import tracemalloc
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest

from fakes.desk import ALERT_CALLS, JOB_CALLS, SETUP_CALLS, TELEMETRY_CALLS, TRACKER_CALLS
from fakes.fault_runs import PARAMETERS, SHORT_S, SLACK_S, Case, run, tried_on
from fakes.faults import BY_NAME, FAULTS
from fakes.odd_bodies import CAP
from fakes.upstream import CANARY, GOOD, TOKEN, Call, Fault, upstream
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from modules.framework.contracts import Status

RUNS, STORM = 2000, 40
# Where another way leads to the answer: the faults, and the calls.
WAYS_AROUND = (
    (("200 page", "404 page"), r"/issues/[^/]+/|/stats_v2/|/shop/stats/"),
    (("403",), r"/projects/acme/shop/|/stats_v2/"),
    (("404", "422"), r"/events/recommended/"),
    (("bare control characters",), r"/shop/stats/"),  # there is no word that could hold them
)
# What a server need not tell.
SILENCE = r"GET /api/0/organizations/acme/$|/acme/events/|/releases/"
# GlitchTip says with null for user and token that it does not know the token.
NOBODY = ("nulls", "half of the keys", "every leaf", "some")


async def test_every_fault_ends_in_a_typed_outcome_and_no_write_is_sent_twice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    calls = [call for operation in PARAMETERS for call in await calls_of(operation)]

    cases = [
        *await all_tried(calls, [one for one in FAULTS if one.waits], at_once=20),
        *await all_tried(calls, [one for one in FAULTS if not one.waits], at_once=20),
    ]

    repeated = sum(sent_twice(case) for case in cases)
    elsewhere = sum(case.elsewhere for case in cases)
    with capsys.disabled():
        told = f"{repeated} repeated writes, {elsewhere} requests elsewhere"
        sys.stdout.write(f"\nfaults: {len(cases)} runs, {told}\n")
    assert [problem for case in cases for problem in problems_of(case)] == []
    assert (repeated, elsewhere) == (0, 0)
    assert len(cases) >= RUNS


async def calls_of(operation: str) -> list[tuple[str, Call]]:
    output, server = await run(operation)
    assert output.status is Status.SUCCESS, output
    return [(operation, call) for call in server.calls]


async def all_tried(
    calls: Sequence[tuple[str, Call]], faults: Sequence[Fault], *, at_once: int
) -> list[Case]:
    turns = asyncio.Semaphore(at_once)

    async def one(operation: str, call: Call, fault: Fault) -> Case:
        async with turns:
            return await tried_on(operation, call, fault)

    return await asyncio.gather(
        *(one(*call, fault) for call in calls for fault in faults if fault.fits(call[1]))
    )


def problems_of(case: Case) -> list[str]:
    output, text = case.output, case.output.model_dump_json()
    error = output.error
    wrong = {
        "a defect": output.status is Status.ERROR,
        "the token": TOKEN in text or TOKEN in case.page,
        "the server's words": CANARY in vouched_for(text).lower(),
        "a write sent twice": sent_twice(case),
        "a request elsewhere": case.elsewhere > 0,
        "a storm of requests": case.requests > STORM * case.fault.tries,
        "too late": case.fault.waits and output.duration_ms > (SHORT_S + SLACK_S) * 1000,
        "no word of what happened": error is not None and not error.message,
        "no word of what next": error is not None and not error.recovery_suggestion,
        f"another end than {expected(case)}": not ends_as_it_should(case),
    }
    return [f"{name}: {case}" for name, found in wrong.items() if found]


def vouched_for(text: str) -> str:
    """An outcome without the part that strangers may have written."""
    outcome: dict[str, Any] = json.loads(text)
    data = outcome["data"] or {}
    return json.dumps({**outcome, "data": {**data, "untrusted": None}})


def sent_twice(case: Case) -> bool:
    """Only what the server refused may be sent again, and nothing is applied again."""
    tries = case.fault.tries
    return case.applied > tries or (case.sent > tries and not case.fault.refuses)


def expected(case: Case) -> tuple[str, ...]:
    return case.fault.write if case.call.write else case.fault.read


def ends_as_it_should(case: Case) -> bool:
    """An optional part may be missing, if that is told; another way may lead to the answer;
    everything else fails for its reason."""
    good, may_be_good = case.ended_in == GOOD, GOOD in expected(case)
    if case.of_no_consequence or has_way_around(case):
        return good or held_back(case)
    if case.optional:
        return (good and (bool(case.output.warnings) or may_be_good)) or held_back(case)
    return case.ended_in in expected(case) or is_nobody(case)


def has_way_around(case: Case) -> bool:
    if case.fault.name == "nulls" and case.is_at(SILENCE):
        return True
    return any(case.fault.name in faults and case.is_at(where) for faults, where in WAYS_AROUND)


def held_back(case: Case) -> bool:
    """Whoever is told to stay away for an hour asks nothing else, either."""
    return case.fault.name == "429 for an hour" and case.ended_in == "rate_limited"


def is_nobody(case: Case) -> bool:
    nobody = case.ended_in == "unauthorized" and case.fault.name.startswith(NOBODY)
    return nobody and case.is_at(r"GET /api/0/$")


@pytest.mark.parametrize(
    "fault", ["a gzip bomb", "too much in chunks", "too much, and more claimed"]
)
async def test_no_more_than_the_cap_is_kept_in_memory(fault: str) -> None:
    call = Call("GET", "/api/0/organizations/acme/issues/SHOP-1/events/latest/")
    await run("get-error-events", (call, BY_NAME[fault]))  # makes the bomb

    tracemalloc.start()
    output, _ = await run("get-error-events", (call, BY_NAME[fault]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert output.error is not None
    assert output.error.code == "answer_too_large"
    assert peak < 3 * CAP


def test_every_operation_is_tried() -> None:
    tried = [
        *PARAMETERS,
        *JOB_CALLS,
        *TRACKER_CALLS,
        *ALERT_CALLS,  # tests/integration/alerts/test_faults.py
        *SETUP_CALLS,  # tests/integration/test_project_setup_faults.py
        *TELEMETRY_CALLS,  # tests/integration/telemetry/test_verify_telemetry.py
    ]  # the others ask no server anything
    assert sorted(tried) == sorted(OPERATIONS.names)
    assert len({one.name for one in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b""])
async def test_the_host_elsewhere_notices_whoever_comes(said: bytes) -> None:
    async with upstream() as server:
        to = urlsplit(server.elsewhere.url)
        _, writer = await asyncio.open_connection(to.hostname, to.port)
        writer.write(said)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    assert server.elsewhere.connections == 1
