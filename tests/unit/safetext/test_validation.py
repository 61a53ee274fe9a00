"""What pydantic says of a value that it refused."""

import json

import pytest
from pydantic import BaseModel, Field, ValidationError

from modules.safetext.redaction import redact

WORD = "hunter2" + "hunter2"


class Login(BaseModel):
    user: str
    password: str = Field(min_length=40)
    api_key: int


class Service(BaseModel):
    login: Login
    note: int


def refused(**given: object) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        Service.model_validate(given)
    return caught.value


ERROR = refused(login={"user": "bob", "password": WORD, "api_key": WORD}, note="several")
DATA = ERROR.errors(include_url=False)


@pytest.mark.parametrize(
    "text",
    [
        str(ERROR),
        f"could not start: {ERROR}\nand stopped",
        repr(DATA),
        json.dumps(DATA),
        json.dumps({"body": json.dumps(DATA)}),
        f"1 validation error:\n  {DATA}\n",
    ],
)
def test_the_value_of_a_field_named_as_a_secret_is_hidden(text: str) -> None:
    safe, _ = redact(text)

    assert WORD not in safe
    assert "several" in safe
    assert "String should have at least 40 characters" in safe
    assert redact(safe) == (safe, {})


@pytest.mark.parametrize("before", range(30))
def test_a_mapping_that_was_cut_shows_no_end_whose_name_is_lost(before: int) -> None:
    given = {"u" * before: "bob", "password": WORD}

    safe, _ = redact(str(refused(login=given, note=1)))

    assert WORD[:8] not in safe
    assert redact(safe)[0] == safe


def test_what_else_is_told_stays() -> None:
    text = str(refused(login={"user": "bob", "password": "x" * 40, "api_key": 7}, note="x"))

    assert redact(text) == (text, {})
    assert redact(str(refused(note={"user": "bob", "comment": "wait..."})))[1] == {}


def test_a_field_that_is_missing_hides_nothing() -> None:
    text = str(refused(login={"user": "bob", "api_key": 7}, note=1))

    assert "password" in text
    assert redact(text) == (text, {})


@pytest.mark.parametrize("before", range(30))
def test_a_secret_that_was_cut_leaves_no_part(before: int) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"

    safe, _ = redact(str(refused(login=1, note="x" * before + f" {secret} and more of it " * 2)))

    assert "[type=int_parsing, input_value='" in safe
    assert not [at for at in range(8, 40) if secret[at : at + 8] in safe]


def test_a_sentence_that_was_cut_stays() -> None:
    text = str(refused(login=1, note="the order has seven lines and none of them can be delivered"))

    assert "..." in text
    assert redact(text) == (text, {})
