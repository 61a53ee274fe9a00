"""Changes whose answer is lost, late or refused: made once, found by reading back, or in doubt."""

from dataclasses import replace

import pytest

from fakes.desk import repairing
from fakes.fault_runs import ISSUE, PARAMETERS, run
from fakes.faults import BY_NAME
from fakes.upstream import Call, environ, upstream
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import Category, ModuleInput, ModuleOutput, Status

APPLIED = [
    "504 after applying",
    "hang after applying",
    "slow drip",
    "reset after applying",
    "303 after applying",
    "half a body",
    "cut JSON",
    "200 page",
    "nulls",
]
PUT = Call("PUT", "/api/0/organizations/acme/issues/1/")
READ_BACK = Call("GET", "/api/0/organizations/acme/issues/1/")
POST = Call("POST", "/api/0/organizations/acme/issues/SHOP-1/notes/")


@pytest.mark.parametrize("fault", APPLIED)
async def test_a_change_whose_answer_is_lost_is_found_by_reading_back(fault: str) -> None:
    output, server = await run("resolve-issue", (PUT, BY_NAME[fault]), parameters=ISSUE)

    assert output.status is Status.SUCCESS
    assert output.data is not None
    assert output.data["after"]["status"] == "resolved"
    assert [one.action for one in output.side_effects] == ["set-status"]
    assert bool(output.warnings) == (fault != "nulls")
    assert server.server.count("PUT") == 1


@pytest.mark.parametrize("fault", APPLIED)
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


async def ignored_anew(fault: str) -> ModuleOutput:
    """Ignored for ten more events already; the change to five meets a fault."""
    async with upstream((PUT, BY_NAME[fault])) as server:
        await server.change("1", {"status": "ignored", "statusDetails": {"ignoreCount": 10}})
        settings = environ(server.server.url, SENTRY_TIMEOUT="2")
        async with SentryErrorMonitorModule(settings) as module:
            request = ModuleInput(operation="ignore-issue", parameters=CONDITION)
            return await module.execute(request)


async def test_a_lost_change_is_not_taken_for_the_condition_that_was_there_before() -> None:
    output = await ignored_anew("hang")

    assert output.error is not None
    assert output.error.code == "outcome_unknown"


async def test_a_condition_whose_answer_is_lost_is_found_by_reading_back() -> None:
    output = await ignored_anew("hang after applying")

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
    async with upstream((PUT, replace(BY_NAME["429 without"], times=1))) as server:
        async with SentryErrorMonitorModule(environ(server.server.url)) as module:
            output = await module.execute(ModuleInput(operation="resolve-issue", parameters=ISSUE))

        assert await server.status_of("1") == "resolved"
    assert output.status is Status.SUCCESS
    assert server.server.count("PUT") == 2


@pytest.mark.parametrize("operation", PARAMETERS)
async def test_a_server_that_is_gone_is_told_as_such(operation: str) -> None:
    async with upstream() as server:
        url = server.server.url

    request = ModuleInput(operation=operation, parameters=PARAMETERS[operation])
    with repairing() as jobs:
        settings = {**environ(url, SENTRY_RETRY_ATTEMPTS="1"), **jobs}
        async with SentryErrorMonitorModule(settings) as module:
            output = await module.execute(request)

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
