"""Values that go in and out."""

import pytest
from pydantic import ValidationError

from modules.framework.contracts import Answer, ModuleInput, ModuleOutput, Status
from modules.framework.errors import InvalidParameters, ModuleError, UnknownOperation


def test_values_cannot_be_changed() -> None:
    request = ModuleInput(operation="x")

    with pytest.raises(ValidationError, match="frozen"):
        request.operation = "y"


def test_values_refuse_what_they_do_not_know() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        ModuleInput.model_validate({"operation": "x", "paramters": {}})


@pytest.mark.parametrize("seconds", [0, -1, 601, float("inf"), float("nan")])
def test_a_call_cannot_ask_for_an_absurd_time(seconds: float) -> None:
    with pytest.raises(ValidationError):
        ModuleInput(operation="x", timeout_seconds=seconds)


@pytest.mark.parametrize(
    ("status", "ok"),
    [
        (Status.SUCCESS, True),
        (Status.PARTIAL_SUCCESS, True),
        (Status.FAILURE, False),
        (Status.ERROR, False),
    ],
)
def test_an_outcome_says_whether_there_is_data(status: Status, ok: bool) -> None:
    assert ModuleOutput(status=status, operation="x").ok is ok


def test_an_answer_needs_nothing_but_data() -> None:
    assert Answer(data={}).gaps == ()


def test_the_docstring_of_an_error_is_its_message() -> None:
    detail = InvalidParameters().detail()

    assert detail.message == "The parameters do not fit the operation."
    assert not detail.retryable


def test_an_error_can_say_more_than_its_class() -> None:
    detail = ModuleError("Rain.", recovery="Take a hat.", details={"mm": 3}).detail()

    assert (detail.message, detail.recovery_suggestion) == ("Rain.", "Take a hat.")
    assert detail.details == {"mm": 3}


def test_an_unknown_operation_says_which_there_are() -> None:
    detail = UnknownOperation("lits", known=["list", "read"], near=["list"]).detail()

    assert detail.message == "There is no operation 'lits'. Did you mean 'list'?"
    assert detail.recovery_suggestion == "Use one of: list, read."
