"""Each name that promises a secret does so in every form of text, not only as a key."""

from collections.abc import Iterator

import pytest

from modules.safetext.keys import EVEN, GLUED, LAST, NEEDLES, PAIRS, STRONG, secret_kind
from modules.safetext.redaction import redact
from modules.telemetry.scrubbing import Scrubber

VALUE = "zQ02xKp" + "LmW9rTb"
FORMS = (
    '{{"user":"bob","{name}":"{value}"}}',
    "{{'user': 'bob', '{name}': '{value}'}}",
    'b\'{{"user":"bob","{name}":"{value}"}}\'',
    '{{\\"user\\":\\"bob\\",\\"{name}\\":\\"{value}\\"}}',
    "M(user='bob', {name}='{value}')",
    "{name}={value}",
    "{name}: {value}",
    "user=bob&{name}={value}&x=1",
    "X=1\n{name}={value}\nY=2",
    "1 validation error for M\n{name}\n  bad [type=x, input_value='{value}', input_type=str]",
)
SHORT = (
    "cvv",
    "cvc",
    "otp",
    "mfa_code",
    "security_code",
    "password",
    "pin",
    "card_pin",
    "otp_code",
)


def names() -> Iterator[str]:
    yield from (*STRONG, *LAST, *(glued for glued, _ in GLUED), "x-key", "http_x_key")
    yield from (f"user_{last}" for last in LAST)
    for words in (*PAIRS, *EVEN):
        yield from ("_".join(words), "-".join(words), " ".join(words).title().replace(" ", ""))


@pytest.mark.parametrize("name", sorted(set(names())))
def test_a_name_promises_in_every_form(name: str) -> None:
    assert secret_kind(name)
    assert any(needle in name.lower() for needle in NEEDLES)
    texts = [form.format(name=name, value=VALUE) for form in FORMS]
    assert [text for text in texts if VALUE in redact(text)[0]] == []


@pytest.mark.parametrize("name", SHORT)
@pytest.mark.parametrize(
    "form", ['{{"a":1,"{name}":{value}}}', "{name}: {value}", '{{"{name}": "{value}"}}']
)
def test_a_short_number_is_a_secret_under_a_name_of_such(name: str, form: str) -> None:
    text = form.format(name=name, value="737")
    assert "737" not in redact(text)[0]
    data = {"body": text}
    Scrubber().scrub(data)
    assert "737" not in data["body"]


@pytest.mark.parametrize(
    "name",
    ["recovery_codes", "backupCodes", "security_answer", "X-Key", "HTTP_X_KEY", "sms_code", "pin"],
)
def test_these_are_names_of_secrets(name: str) -> None:
    data = {name: [VALUE], "body": f'{{"{name}": ["{VALUE}", "{VALUE}"], "b": [1]}}'}
    Scrubber().scrub(data)
    assert VALUE not in str(data)
    assert str(data["body"]).endswith('"b": [1]}')


@pytest.mark.parametrize(
    "text",
    [
        "status_code=40412",
        '{"error_code": "E73719", "country_code": "DE12345", "zip_code": "10115", "code": 73719}',
        "exit code: 73719",
        "pinned=73719x discard: 12345678 spin=12345678 mapping: 12345678",
        "encode: utf-8 unicode=12345678 qr_code='73719abc' code='E73719'",
        "card='visa-73719' card_type: 12345678",
        '{"token": 73719, "session": 1234}',
        "password: 12",
        "pin: header",
        "x_key='date-2024'",
    ],
)
def test_ordinary_names_promise_nothing(text: str) -> None:
    assert redact(text)[0] == text


@pytest.mark.parametrize(
    "name", ["X-Key", "x-tenant-key", "b'x-key'", "HTTP_X_KEY", "HTTP_X_FUNCTIONS_KEY"]
)
def test_a_header_of_ones_own_that_ends_in_key_holds_one(name: str) -> None:
    assert secret_kind(name) == "api-key"


@pytest.mark.parametrize("name", ["x_key", "max-key", "x-keyboard", "x-keys-count", "foreign_key"])
def test_other_keys_are_none(name: str) -> None:
    assert secret_kind(name) is None
