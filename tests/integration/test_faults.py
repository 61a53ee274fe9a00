"""Every operation under every fault, on each of its calls, over a real connection."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import pytest

from fakes.upstream import CANARY, FAULTS, TOKEN, Call, Fault, Upstream, environ, upstream
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import Category, ModuleInput, ModuleOutput, Status

ISSUE = {"issue_id": "SHOP-1"}
PARAMETERS: dict[str, dict[str, Any]] = {
    "get-recent-issues": {},
    "get-issue-details": ISSUE,
    "get-error-events": {**ISSUE, "event_id": "latest"},
    "resolve-issue": {**ISSUE, "comment": "fixed by hand"},
    "ignore-issue": ISSUE,
    "unresolve-issue": {"issue_id": "SHOP-2"},
    "add-comment": {**ISSUE, "text": "seen"},
    "get-project-stats": {},
    "analyze-error-patterns": {},
    "list-projects": {},
    "check-connection": {},
}
# What may be missing in an answer, by the end of its path; a change that was made stays made
# when it cannot be read back or commented on.
OPTIONAL = {
    "get-issue-details": ("/events/recommended/",),
    "resolve-issue": ("GET /api/0/organizations/acme/issues/1/", "/notes/"),
    "ignore-issue": ("GET /api/0/organizations/acme/issues/1/",),
    "unresolve-issue": ("GET /api/0/organizations/acme/issues/2/",),
    "get-project-stats": ("/acme/issues/", "/acme/events/"),
    "analyze-error-patterns": ("/releases/", "/acme/events/"),
}
# What kind of server it is, is not told where it cannot be found out.
KIND = ("/api/settings/", "/api/client-config/")
# Where another way leads to the answer: the fault, and the calls.
WAYS_AROUND = (
    ("200 page", r"/issues/[^/]+/|/stats_v2/"),
    ("403", r"/projects/acme/shop/|/stats_v2/"),
    ("nulls", r"GET /api/0/organizations/acme/$|(PUT|POST) "),
)
NETWORK, TIMEOUT, UPSTREAM = Category.NETWORK, Category.TIMEOUT, Category.UPSTREAM
READ_ENDS_IN = {
    "429 with Retry-After": {Category.RATE_LIMIT},
    "429 without": {Category.RATE_LIMIT},
    "429 as Sentry writes it": {Category.RATE_LIMIT},
    "500": {UPSTREAM},
    "502 page": {UPSTREAM},
    "504 after applying": {UPSTREAM},
    "hang": {TIMEOUT},
    "hang after applying": {TIMEOUT},
    "slow drip": {TIMEOUT},
    "reset": {NETWORK},
    "reset after applying": {NETWORK},
    "half a body": {NETWORK},
    "cut JSON": {UPSTREAM},
    "200 page": {Category.UNSUPPORTED},
    "401": {Category.AUTHENTICATION},
    "403": {Category.PERMISSION},
    "404": {Category.NOT_FOUND},
    "410": {Category.UNSUPPORTED},
    "nulls": {UPSTREAM},
}
# A gateway that gives up may have passed the change on.
WRITE_ENDS_IN = {**READ_ENDS_IN, "reset": {TIMEOUT}, "502 page": {TIMEOUT}}
APPLIED = {
    "504 after applying",
    "hang after applying",
    "slow drip",
    "reset after applying",
    "half a body",
    "cut JSON",
    "200 page",
    "nulls",
}
# Only what ends by the clock is given little time: a busy machine must not look like a slow server.
SHORT_S, LONG_S = "3", "60"
BY_NAME = {one.name: one for one in FAULTS}


@dataclass(frozen=True)
class Case:
    operation: str
    call: Call
    fault: Fault
    output: ModuleOutput
    server: Upstream

    def __str__(self) -> str:
        said = self.output.error or self.output.warnings
        return f"{self.operation}, {self.call}: {self.fault.name} -> {self.output.status}, {said}"

    @property
    def optional(self) -> bool:
        ends = (*OPTIONAL.get(self.operation, ()), *KIND)
        return f"{self.call.method} {self.call.path}".endswith(ends)

    @property
    def has_way_around(self) -> bool:
        where = f"{self.call.method} {self.call.path}"
        return any(
            fault == self.fault.name and re.search(path, where) for fault, path in WAYS_AROUND
        )


async def run(
    operation: str,
    *broken: tuple[Call, Fault],
    parameters: dict[str, Any] | None = None,
) -> tuple[ModuleOutput, Upstream]:
    wanted = PARAMETERS[operation] if parameters is None else parameters
    waits = any(fault.waits for _, fault in broken)
    timeout_s = SHORT_S if waits else LONG_S
    async with upstream(*broken) as server:
        await server.change("2", {"status": "resolved"})
        settings = environ(server.server.url, SENTRY_TIMEOUT=timeout_s, SENTRY_RETRY_ATTEMPTS="2")
        async with SentryErrorMonitorModule(settings) as module:
            output = await module.execute(ModuleInput(operation=operation, parameters=wanted))
        return output, server


async def every_fault(operation: str) -> list[Case]:
    output, server = await run(operation)
    assert output.status is Status.SUCCESS, output
    idle, busy = asyncio.Semaphore(20), asyncio.Semaphore(6)

    async def one(call: Call, fault: Fault) -> Case:
        async with idle if fault.waits else busy:
            return await tried_on(operation, call, fault)

    tried = [(call, fault) for call in server.calls for fault in FAULTS if fault.fits(call)]
    return list(await asyncio.gather(*(one(call, fault) for call, fault in tried)))


async def tried_on(operation: str, call: Call, fault: Fault) -> Case:
    return Case(operation, call, fault, *await run(operation, (call, fault)))


def sent_twice(case: Case) -> bool:
    writes = case.server.server.count("PUT"), case.server.server.count("POST")
    return max(writes) > 1 and not case.fault.refuses


def problems_of(case: Case) -> list[str]:
    output, text = case.output, case.output.model_dump_json()
    wrong = {
        "a defect": output.status is Status.ERROR,
        "the token": TOKEN in text,
        "the server's words": CANARY in text.lower(),
        "a write sent twice": sent_twice(case),
        "no word of what happened": not (output.ok or (output.error and output.error.message)),
        "no word of what next": not (
            output.ok or (output.error and output.error.recovery_suggestion)
        ),
        "a wrong category": not ends_as_it_should(case),
    }
    return [f"{name}: {case}" for name, found in wrong.items() if found]


def ends_as_it_should(case: Case) -> bool:
    """An optional part may be missing, if that is told; another way may lead to the answer;
    everything else fails for its reason."""
    if case.output.ok:
        told = bool(case.output.warnings) or case.fault.name in ("404", "nulls", "200 page")
        return case.has_way_around or (case.optional and (told or quiet(case))) or recovered(case)
    expected = WRITE_ENDS_IN if case.call.write else READ_ENDS_IN
    assert case.output.error is not None
    if case.operation == "check-connection" and case.output.error.category in (
        Category.TIMEOUT,  # it asks three things one after the other
        Category.AUTHENTICATION,  # GlitchTip's way to say so is null for user and token
    ):
        return True
    return (
        not case.optional
        and case.output.error.category in expected[case.fault.name]
        and not (case.has_way_around or recovered(case))
    )


def quiet(case: Case) -> bool:
    return case.call.path in KIND


def recovered(case: Case) -> bool:
    """A change that was applied is found by reading back."""
    return case.call.write and case.fault.name in APPLIED


@pytest.mark.parametrize("operation", PARAMETERS)
async def test_every_fault_ends_in_a_typed_outcome_and_no_write_is_sent_twice(
    operation: str,
) -> None:
    cases = await every_fault(operation)

    assert [problem for case in cases for problem in problems_of(case)] == []


def test_every_operation_is_tried() -> None:
    assert list(PARAMETERS) == OPERATIONS.names
    assert set(READ_ENDS_IN) == set(BY_NAME)


PUT = Call("PUT", "/api/0/organizations/acme/issues/1/")
READ_BACK = Call("GET", "/api/0/organizations/acme/issues/1/")
POST = Call("POST", "/api/0/organizations/acme/issues/SHOP-1/notes/")


@pytest.mark.parametrize("fault", sorted(APPLIED))
async def test_a_change_whose_answer_is_lost_is_found_by_reading_back(fault: str) -> None:
    output, server = await run("resolve-issue", (PUT, BY_NAME[fault]), parameters=ISSUE)

    assert output.status is Status.SUCCESS
    assert output.data is not None
    assert output.data["after"]["status"] == "resolved"
    assert [one.action for one in output.side_effects] == ["set-status"]
    assert bool(output.warnings) == (fault != "nulls")
    assert server.server.count("PUT") == 1


@pytest.mark.parametrize("fault", sorted(APPLIED))
async def test_a_comment_whose_answer_is_lost_is_found_by_reading_back(fault: str) -> None:
    output, server = await run("add-comment", (POST, BY_NAME[fault]))

    assert output.status is Status.SUCCESS
    assert [one.action for one in output.side_effects] == ["add-comment"]
    assert server.server.count("POST") == 1


@pytest.mark.parametrize("fault", ["hang", "reset"])
@pytest.mark.parametrize(("operation", "call"), [("resolve-issue", PUT), ("add-comment", POST)])
async def test_a_write_that_went_nowhere_is_in_doubt_and_says_to_look_first(
    operation: str, call: Call, fault: str
) -> None:
    output, server = await run(operation, (call, BY_NAME[fault]))

    assert output.error is not None
    assert output.error.code == "outcome_unknown"
    assert not output.error.retryable
    assert "before you repeat it" in str(output.error.recovery_suggestion)
    assert server.server.count(call.method) == 1


async def test_a_change_that_the_server_failed_on_and_did_not_make_has_failed() -> None:
    output, server = await run("resolve-issue", (PUT, BY_NAME["500"]))

    assert output.error is not None
    assert output.error.code == "upstream_failure"
    assert server.server.count("POST") == 0  # no comment on what did not happen


@pytest.mark.parametrize("fault", ["429 without", "500", "hang", "reset", "403"])
async def test_a_change_that_was_accepted_counts_though_it_cannot_be_read_back(fault: str) -> None:
    output, server = await run("resolve-issue", (READ_BACK, BY_NAME[fault]), parameters=ISSUE)

    assert output.status is Status.PARTIAL_SUCCESS
    assert output.data is not None
    assert output.data["after"] == {"status": "resolved"}
    assert [one.action for one in output.side_effects] == ["set-status"]
    assert "reading back failed" in output.warnings[0]
    assert server.server.count("PUT") == 1


@pytest.mark.parametrize(("operation", "call"), [("resolve-issue", PUT), ("add-comment", POST)])
async def test_a_change_that_a_gateway_gave_up_on_may_still_arrive(
    operation: str, call: Call
) -> None:
    output, server = await run(operation, (call, BY_NAME["502 page"]))

    assert output.error is not None
    assert output.error.code == "outcome_unknown"
    assert not output.error.retryable
    assert server.server.count(call.method) == 1


CONDITION = {**ISSUE, "until": "count", "count": 5}


async def test_a_lost_change_is_not_taken_for_the_condition_that_was_there_before() -> None:
    """Ignored for ten more events already; the change to five is never applied."""
    async with upstream((PUT, BY_NAME["hang"])) as server:
        await server.change("1", {"status": "ignored", "statusDetails": {"ignoreCount": 10}})
        settings = environ(server.server.url, SENTRY_TIMEOUT="2")
        async with SentryErrorMonitorModule(settings) as module:
            output = await module.execute(
                ModuleInput(operation="ignore-issue", parameters=CONDITION)
            )

    assert output.error is not None
    assert output.error.code == "outcome_unknown"


async def test_a_condition_whose_answer_is_lost_is_found_by_reading_back() -> None:
    async with upstream((PUT, BY_NAME["hang after applying"])) as server:
        await server.change("1", {"status": "ignored", "statusDetails": {"ignoreCount": 10}})
        settings = environ(server.server.url, SENTRY_TIMEOUT="2")
        async with SentryErrorMonitorModule(settings) as module:
            output = await module.execute(
                ModuleInput(operation="ignore-issue", parameters=CONDITION)
            )

    assert output.status is Status.SUCCESS
    assert output.data is not None
    assert output.data["after"]["details"] == {"ignoreCount": "5"}


async def test_a_plain_resolution_lifts_the_condition_of_an_earlier_one() -> None:
    async with upstream() as server:
        await server.change("1", {"status": "resolved", "statusDetails": {"inNextRelease": True}})
        async with SentryErrorMonitorModule(environ(server.server.url)) as module:
            first = await module.execute(ModuleInput(operation="resolve-issue", parameters=ISSUE))
            again = await module.execute(ModuleInput(operation="resolve-issue", parameters=ISSUE))

    assert (first.status, again.status) == (Status.SUCCESS, Status.SUCCESS)
    assert first.data is not None
    assert first.data["before"]["details"] == {"inNextRelease": "true"}
    assert "details" not in first.data["after"]
    assert server.server.count("PUT") == 1  # the second had nothing to change
    assert "nothing was sent" in again.warnings[0]


async def test_a_write_and_its_reading_back_both_in_silence_are_in_doubt() -> None:
    both = ((PUT, BY_NAME["hang after applying"]), (READ_BACK, BY_NAME["hang"]))
    async with upstream(*both) as server:
        settings = environ(server.server.url, SENTRY_TIMEOUT="1", SENTRY_RETRY_ATTEMPTS="2")
        async with SentryErrorMonitorModule(settings) as module:
            output = await module.execute(ModuleInput(operation="resolve-issue", parameters=ISSUE))

    assert output.error is not None
    assert output.error.code == "outcome_unknown"
    assert not output.error.retryable
    assert server.server.count("PUT") == 1


async def test_a_refused_write_is_sent_again_and_applied_once() -> None:
    async with upstream((PUT, BY_NAME["429 without"]), times=1) as server:
        async with SentryErrorMonitorModule(environ(server.server.url)) as module:
            output = await module.execute(ModuleInput(operation="resolve-issue", parameters=ISSUE))

        assert await server.status_of("1") == "resolved"
    assert output.status is Status.SUCCESS
    assert server.server.count("PUT") == 2


@pytest.mark.parametrize("operation", PARAMETERS)
async def test_a_server_that_is_gone_is_told_as_such(operation: str) -> None:
    async with upstream() as server:
        url = server.server.url

    async with SentryErrorMonitorModule(environ(url, SENTRY_RETRY_ATTEMPTS="1")) as module:
        output = await module.execute(
            ModuleInput(operation=operation, parameters=PARAMETERS[operation])
        )

    assert output.error is not None
    assert output.error.category is Category.NETWORK
    assert "refuses connections" in output.error.message
    assert output.error.retryable


async def test_a_condition_that_was_accepted_and_not_read_back_is_not_called_missing() -> None:
    wanted = {**ISSUE, "until": "duration", "minutes": 30}

    output, _ = await run("ignore-issue", (READ_BACK, BY_NAME["500"]), parameters=wanted)

    assert output.status is Status.PARTIAL_SUCCESS
    assert len(output.warnings) == 1
    assert output.data is not None
    assert output.data["after"]["status"] == "ignored"
