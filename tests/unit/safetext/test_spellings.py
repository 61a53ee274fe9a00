"""Secrets as programs, statements and addresses spell them, and what only looks like them."""

import json
from collections.abc import Callable

import pytest

from modules.safetext.keys import secret_kind
from modules.safetext.redaction import redact
from modules.safetext.sinks import for_data

WORD = "hunter" + "2hunter2"
LONG = "PzQRjNioC_fZBZuCm25H8Lt6orWagdCM7oSMs" + "GpRAV4"


@pytest.mark.parametrize(
    "text",
    [
        f"ALTER USER bob WITH PASSWORD '{WORD}'",
        f"ALTER ROLE bob ENCRYPTED PASSWORD '{WORD}';",
        f"\"alter user bob with password \\'{WORD}\\'\"",
        f"CREATE USER 'bob'@'%' IDENTIFIED BY '{WORD}'",
        f"CREATE USER 'bob'@'%' IDENTIFIED WITH mysql_native_password BY '{WORD}'",
        f"create user bob identified by '{WORD}'",
        f'CREATE USER bob IDENTIFIED BY "{WORD}"',
        f"CREATE USER bob IDENTIFIED BY {WORD}",
        f"mysql -uroot -p{WORD} db",
        f"mysqldump --single-transaction -p{WORD} shop",
        f"['mysql', '-uroot', '-p{WORD}', 'db']",
        f"redis-cli -h cache -a {WORD} ping",
        f"['redis-cli', '-a', '{WORD}', 'ping']",
        f"sshpass -p {WORD} ssh x",
        f"sshpass -p{WORD} ssh x",
        f"(b'sshpass', b'-p', b'{WORD}', b'ssh')",
        f"docker login -u bob -p {WORD} registry.example",
        f"podman login -u bob -p '{WORD}' registry.example",
        f"mongosh -u bob -p {WORD} shop",
        f"ldapsearch -x -D cn=bob -w {WORD} -b dc=example",
        f"['curl', '-u', 'bob:{WORD}', 'https://x']",
        f"machine git.example login bob password {WORD}",
        f"machine git.example\n  login bob\n  password {WORD}\n",
        f"default login bob password {WORD}",
        f'[{{"name": "DB_PASSWORD", "value": "{WORD}"}}]',
        f"[{{'Name': 'password', 'Value': '{WORD}'}}]",
        f'{{\\"key\\": \\"api_token\\", \\"val\\": \\"{WORD}\\"}}',
        f"/callback?code={LONG}&state=x",
        f"https://app.example/callback?state=a&code={LONG}",
        f"https://app.example/cb?state={LONG}",
        f"https://app.example/reset/{LONG}",
        f"https://app.example/password-reset/confirm/MQ/{LONG}/",
        f"GET /accounts/activate/{LONG} HTTP/1.1",
        f"/callback?code={WORD}&state=xyz",
        f"/callback?state=xyz&code={WORD}",
        f"CREATE ROLE bob LOGIN ENCRYPTED PASSWORD '{WORD}'",
        f"SET PASSWORD FOR 'bob'@'%' = '{WORD}'",
        f"<Popen: returncode: 1 args: ['run', '--note', '{WORD}...>",
        f"auth_header: Bearer {LONG}",
        f"auth_header='{WORD}'",
        f"hmac_key={WORD}",
        f"priv_key: '{WORD}'",
        f"access_key_id={WORD}",
    ],
)
def test_a_secret_is_hidden_as_it_is_spelled(text: str) -> None:
    safe, _ = redact(text)

    assert WORD not in safe
    assert LONG not in safe
    assert "[redacted:" in safe
    assert redact(safe)[0] == safe


def test_two_connection_strings_that_are_near_are_both_found() -> None:
    one, two = (f"app:{WORD}{at}@tcp(db:3306)/shop" for at in (1, 2))

    safe, kinds = redact(f"('{one}', '{two}')")

    assert WORD not in safe
    assert kinds == {"connection-string": 2}


def test_what_popen_tears_of_an_argument_goes() -> None:
    text = "<Popen: returncode: 1 args: ['/bin/false', 'run', '--note', 'jane.doe+x@mail...>"

    assert redact(text)[0] == text.replace("jane.doe+x@mail...", "[redacted:secret]")


@pytest.mark.parametrize(
    "text",
    [
        "a person identified by 'name' was not found",
        "the user is identified by email",
        "user 7 identified by id",
        "the password 'required' field",
        "psql -p 5432 -U bob shop",
        "mysql -u root -p shop",
        "mysql -h db -P 3306",
        "mkdir -p /var/lib/mysql",
        "redis-cli -h cache ping",
        "docker run -p 8080:80 shop",
        "docker login -u bob --password-stdin",
        "docker run -p 8080:80 shop, sshpass is missing, redis-cli -h cache ping",
        "mysql -p, mysql -P3306 -h db, mysql -p$PASSWORD, mysql --protocol=tcp",
        "CREATE USER bob IDENTIFIED BY '%s'",
        "ALTER USER bob WITH PASSWORD '%(password)s'",
        "ALTER USER bob WITH PASSWORD ':password'",
        "/reset/password /verify/2026-11-27 src/reset/test_something_longer_2.py",
        "/verify/tests/unit/test_utf8_encoding_of_names.py",
        "password validation2 failed",
        "ssh -p 2222 host",
        "default login failed, password unknown",
        "a machine to login with a password",
        "/items?code=E1234&state=open",
        "/vouchers?code=SUMMER-SALE",
        "/geo?state=north-rhine-westphalia",
        "/reset/{token}",
        "/password-reset/confirm/<uidb64>/<token>/",
        "/docs/reset/how-to-reset-your-password-quickly",
        "/activate/",
        '{"name": "page_size", "value": "4096 entries"}',
        'AUTH_HEADER = "X-Auth-Token"',
        "auth_header_name: Authorization",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert redact(text) == (text, {})


@pytest.mark.parametrize(
    "name",
    ["hmac_key", "HMACKey", "priv_key", "aes_key", "webhook_key", "access_key_id", "accessKeyId",
     "AWS_ACCESS_KEY_ID", "auth_header", "AuthorizationHeader"],
)  # fmt: skip
def test_more_names_promise_a_secret(name: str) -> None:
    assert secret_kind(name)


@pytest.mark.parametrize("name", ["key_id", "hash_key", "cache_key", "sort_key", "header", "id"])
def test_names_that_are_near_promise_none(name: str) -> None:
    assert secret_kind(name) is None


@pytest.mark.parametrize(
    "value",
    [
        {"cmd": ["sshpass", "-p", WORD, "ssh"]},
        {"cmd": ["'/usr/bin/sshpass'", "'-p'", f"'{WORD}'", "'ssh'"]},
        {"cmd": ["sudo", "redis-cli", "-a", WORD]},
        {"cmd": ["docker", "login", "-u", "bob", "-p", WORD]},
        {"cmd": ["mysql", "-uroot", f"-p{WORD}", "db"]},
        {"cmd": ["b'mysqldump'", f"b'-p{WORD}'"]},
        {"cmd": ["curl", "-u", f"bob:{WORD}", "https://x"]},
        {f"password {WORD}": 1},
        {f"'password {WORD}'": 1},
    ],
    ids=str,
)
def test_a_secret_among_arguments_or_in_a_key_is_hidden(value: object) -> None:
    assert WORD not in json.dumps(for_data(value, origin="test"))


@pytest.mark.parametrize(
    "value",
    [
        {"cmd": ["mkdir", "-p", "/srv/shop"]},
        {"cmd": ["docker", "run", "-p", "8080:80", "shop"]},
        {"cmd": ["mysql", "-u", "root", "-p", "shop"]},
        {"cmd": ["tar", "-pxf", "a.tar"]},
        {"password reset": 1},
        {"token expired": 2},
    ],
    ids=str,
)
def test_other_arguments_and_keys_stay(value: object) -> None:
    assert for_data(value, origin="test")["data"] == value


@pytest.mark.parametrize("levels", range(1, 7))
@pytest.mark.parametrize("shown", [str, repr, "{0!r:}".format, lambda text: f"{[text]!r}"])
def test_escapes_of_escapes_hide_nothing(levels: int, shown: Callable[[str], str]) -> None:
    text: object = {"user": "bob", "password": WORD, "recovery_codes": [WORD]}
    for _ in range(levels):
        text = json.dumps(text)
    assert WORD not in redact(shown(str(text)))[0]
