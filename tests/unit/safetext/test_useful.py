"""What is useful to read, and only looks like a secret."""

import json

import pytest

from modules.safetext.redaction import redact
from modules.safetext.sinks import for_data

WORD = "hunter" + "2hunter2"


@pytest.mark.parametrize(
    "text",
    [
        "default login with password reset enabled",
        "the default login and password form",
        "/invite/team/marketing-department-2026-q4",
        "/invite/marketing-department-2026-q4-v2/",
        "/confirm/order/ORD20261127ABCDEF0001",
        "mongodump -p 27017",
        "mongosh -h db -p 27018 shop",
    ],
)
def test_prose_addresses_and_commands_stay(text: str) -> None:
    assert redact(text) == (text, {})


@pytest.mark.parametrize(
    "text",
    [
        f"default login bob password {WORD}",
        f"machine h login with password {WORD}",
        "/invite/team/q4x7-m2k9d8f7-0a9s8d7f6g",
        "/confirm/123e4567-e89b-12d3-a456-426614174000",
        "/confirm/order/XK7D20261127ABCDEF0001",
        "/confirm/order/ORD20269927ABCDEF0001",
        "/reset/marketing-department-2026-q4z81kd9",
        "mongodump -p 27017x9",
    ],
)
def test_secrets_beside_them_go(text: str) -> None:
    assert "[redacted:" in redact(text)[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PWD", "'/srv/app'"),
        ("PWD", '"/srv/app"'),
        ("OAuth2PasswordBearer", "<class 'fastapi.security.oauth2.OAuth2PasswordBearer'>"),
        ("jwt", "<module 'jwt' from '/x/jwt/__init__.py'>"),
        ("cookies", "<RequestsCookieJar[]>"),
        ("async_session", "async_sessionmaker(class_='AsyncSession', bind=<Engine>, autoflush=True)"),
        ("session", "sessionmaker(class_='Session', bind=Engine(postgresql+psycopg://app:***@db:5432/shop), autoflush=True, expire_on_commit=True)"),
        ("session", "sessionmaker(class_='Session', bind=None, autoflush=True)"),
    ],
)  # fmt: skip
def test_objects_without_words_stay(name: str, value: str) -> None:
    assert for_data({name: value}, origin="test")["data"] == {name: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PWD", f"'{WORD}'"),
        ("PWD", "'/hT7kQ2vX'"),
        ("PWD", "'/srv/app"),
        ("pwd", "'/srv/app'"),
        ("token", f"<class '{WORD}'> {WORD}"),
        ("token", f"<Token '{WORD}'>"),
        ("cookies", f"<RequestsCookieJar[<Cookie id={WORD} for x/>]>"),
        ("session", f"sessionmaker(bind=Engine(postgresql://app:{WORD}@db/shop))"),
        ("session", f"sessionmaker(bind=Engine(postgresql://db/shop?password={WORD}))"),
        ("session", f"sessionmaker(info='{WORD}')"),
    ],
)
def test_objects_that_tell_more_do_not(name: str, value: str) -> None:
    told = json.dumps(for_data({name: value}, origin="test")["data"])

    assert "[redacted:" in told
    assert WORD not in told
