"""What a call comes to, whatever happens inside."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from fakes.toys import TOYS, ShopClosed, a_module
from modules.framework.contracts import Category, ErrorDetail, ModuleInput, ModuleOutput, Status
from modules.framework.module import Module, viewed
from modules.framework.page import Page
from modules.framework.progress import Progress


async def run(operation: str, **parameters: object) -> ModuleOutput:
    return await a_module().execute(ModuleInput(operation=operation, parameters=parameters))


def refused(output: ModuleOutput) -> ErrorDetail:
    assert output.status is Status.FAILURE
    assert not output.ok
    assert output.data is None
    assert output.error is not None
    return output.error


async def test_a_call_that_works_answers_data_and_side_effects() -> None:
    request = ModuleInput(operation="order-item", parameters={"item": "tea"}, request_id="r-1")

    output = await a_module().execute(request)

    assert output.status is Status.SUCCESS
    assert output.ok
    assert output.data == {"item": "tea", "at": "the counter"}
    assert [one.action for one in output.side_effects] == ["order"]
    assert output.request_id == "r-1"
    assert output.duration_ms >= 0


async def test_a_progress_listener_that_fails_harms_nobody() -> None:
    async def gone(done: float, total: float | None, message: str) -> None:
        raise BrokenPipeError

    request = ModuleInput(operation="count-stock")

    assert (await a_module().execute(request, progress=gone)).ok


@pytest.mark.logs_errors
async def test_a_view_that_fails_is_a_defect_that_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(data: Mapping[str, Any]) -> Page:
        raise KeyError("id")

    output, page = viewed(await run("count-stock"), broken)

    assert output.status is Status.ERROR
    assert output.error is not None
    assert output.error.code == "internal_error"
    assert output.data is None
    assert page == Page(())
    assert "KeyError" in caplog.text


async def test_gaps_make_it_a_partial_success_and_come_first_among_the_warnings() -> None:
    output = await run("count-stock")

    assert output.status is Status.PARTIAL_SUCCESS
    assert output.ok
    assert output.warnings == ("No cellar.", "Dusty.")
    assert output.recommendations == ("Sweep.",)


@pytest.mark.parametrize("wrong", ["order-itme", "order_item ", "orderitem", "ORDER-item"])
async def test_an_unknown_operation_is_answered_with_the_nearest_name(wrong: str) -> None:
    error = refused(await run(wrong))

    assert error.code == "unknown_operation"
    assert error.category is Category.VALIDATION
    if wrong != "ORDER-item":
        assert "Did you mean 'order-item'?" in error.message
    assert error.recovery_suggestion is not None
    assert all(name in error.recovery_suggestion for name in TOYS.names)
    assert error.details == {"known": TOYS.names}


async def test_a_name_that_resembles_nothing_gets_no_guess() -> None:
    error = refused(await run("zzzzzz"))

    assert "Did you mean" not in error.message


async def test_a_very_long_or_odd_name_is_cut_and_escaped() -> None:
    output = await run("\x1b[31m\n" + "x" * 10_000)

    error = refused(output)
    assert len(error.message) < 200
    assert "\x1b" not in error.message
    assert len(output.operation) == 64


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({}, "parameter 'item' is required"),
        ({"item": "tea", "amuont": 2}, "unknown parameter 'amuont' (did you mean 'amount'?)"),
        ({"item": "tea", "qqq": 2}, "unknown parameter 'qqq'"),
        ({"item": "tea", "amount": 10}, "parameter 'amount' must be a whole number, 1 to 9"),
        ({"item": "tea", "amount": "x"}, "parameter 'amount' must be a whole number, 1 to 9"),
        ({"item": "tea", "gift": "x"}, "parameter 'gift' must be true or false"),
        ({"item": "tea", "size": "huge"}, "parameter 'size': input should be 'small' or 'large'"),
        ({"item": "tea", "size": "large", "amount": 4}, "at most 3 large ones"),
    ],
)
async def test_wrong_parameters_are_named_with_what_is_allowed(
    parameters: dict[str, object], says: str
) -> None:
    error = refused(await run("order-item", **parameters))

    assert error.code == "invalid_parameters"
    assert error.category is Category.VALIDATION
    assert says in error.message
    assert error.recovery_suggestion == (
        "Parameters of order-item: item, amount=1, size=small, gift=false, note=…."
    )
    assert error.details == {"parameters": ["item", "amount", "size", "gift", "note"]}


@pytest.mark.parametrize("name", ["item", "amount", "size", "other"])
@pytest.mark.parametrize("value", ["planted-value", ["planted-value"], {"planted-value": 1}])
async def test_a_refused_value_is_never_repeated(name: str, value: object) -> None:
    output = await run("order-item", **{"item": "tea", name: value})

    refused(output)
    assert "planted" not in output.model_dump_json()


async def test_all_problems_are_told_at_once() -> None:
    error = refused(await run("order-item", amount="many", size=3))

    assert all(f"'{name}'" in error.message for name in ("item", "amount", "size"))


async def test_a_number_is_taken_where_text_is_wanted() -> None:
    output = await run("order-item", item=42)

    assert output.data == {"item": "42", "at": "the counter"}


async def test_what_somebody_can_act_on_is_a_failure_with_its_facts() -> None:
    error = refused(await run("visit-closed-shop"))

    assert error == ErrorDetail(
        code="shop_closed",
        message="The shop is closed.",
        category=Category.CONFLICT,
        recovery_suggestion="Come back at nine.",
        retryable=True,
        retry_after_seconds=60,
        details={"opens": 9},
    )


@pytest.mark.logs_errors
async def test_a_defect_is_logged_with_its_traceback_and_answered_without(
    caplog: pytest.LogCaptureFixture,
) -> None:
    output = await run("stumble")

    assert output.status is Status.ERROR
    assert output.error is not None
    assert output.error.category is Category.INTERNAL
    assert output.error.recovery_suggestion
    assert "nobody-should-read" not in output.model_dump_json()
    assert "KeyError" not in output.model_dump_json()
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], KeyError)


async def test_cancelling_a_call_ends_it() -> None:
    entered = asyncio.Event()

    @asynccontextmanager
    async def opened(request: ModuleInput) -> AsyncIterator[str]:
        entered.set()
        yield ""

    module = Module(TOYS, opened)
    call = asyncio.create_task(module.execute(ModuleInput(operation="wait-for-ever")))
    await entered.wait()
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call


async def test_services_that_cannot_be_opened_are_a_failure() -> None:
    @asynccontextmanager
    async def opened(request: ModuleInput) -> AsyncIterator[str]:
        if request.operation == "count-stock":
            raise ShopClosed
        yield ""

    output = await Module(TOYS, opened).execute(ModuleInput(operation="count-stock"))

    assert refused(output).code == "shop_closed"


async def test_progress_is_told_to_the_listener_of_this_call_only() -> None:
    heard: list[tuple[float, float | None, str]] = []

    async def listen(done: float, total: float | None, message: str) -> None:
        heard.append((done, total, message))

    module, request = a_module(), ModuleInput(operation="order-item", parameters={"item": "tea"})
    await module.execute(request, progress=listen)
    await module.execute(request)

    assert heard == [(1, 2, "packing")]


async def test_two_calls_at_once_hear_their_own_progress() -> None:
    heard: dict[str, int] = {}

    def listener(name: str) -> Progress:
        async def listen(done: float, total: float | None, message: str) -> None:
            heard[name] = heard.get(name, 0) + 1

        return listen

    module, request = a_module(), ModuleInput(operation="order-item", parameters={"item": "tea"})
    await asyncio.gather(
        module.execute(request, progress=listener("a")),
        module.execute(request, progress=listener("b")),
    )

    assert heard == {"a": 1, "b": 1}


async def test_an_outcome_survives_json() -> None:
    for output in (await run("count-stock"), await run("visit-closed-shop")):
        again = ModuleOutput.model_validate(json.loads(output.model_dump_json()))

        assert again == output
