"""Parameters of a statement that names the column of a secret leave with none of their values."""

from typing import Any

import pytest

from modules.safetext.redaction import redact
from modules.safetext.sinks import for_data
from modules.telemetry.scrubbing import Scrubber

VALUE = "zQ02xKp" + "LmW9rTb"
INSERT = "INSERT INTO users (name, password, api_key) VALUES (?, ?, ?)"
SECRET = (
    INSERT,
    'INSERT INTO "django_session" ("session_key", "session_data") VALUES (%s, %s)',
    "UPDATE users SET name=?, password=? WHERE users.id = ?",
    "update users\nset password = :password\nwhere name = :n",
    "SELECT users.id FROM users WHERE users.api_key = ?",
    "SELECT 1 FROM t WHERE lower(t.token) IN (%s, %s)",
    "DELETE FROM t WHERE `session_key` LIKE %s",
)
ORDINARY = (
    "INSERT INTO orders (name, total) VALUES (?, ?)",
    "UPDATE orders SET name=? WHERE orders.id = ?",
    "SELECT users.id, users.password FROM users WHERE users.name = ?",
    "SELECT s.expires FROM sessions AS s WHERE s.id = ?",
)
TEXTS = (
    "(sqlite3.OperationalError) no such table: users\n[SQL: {sql}]\n"
    "[parameters: ('bob', 'it]s {value}', \"{value}\")]\n(Background on this error at: https://x)",
    "[SQL: {sql}]\n[parameters: [('a', '{value}'), ('b', '{value}')]]",
    "[SQL: {sql}]\n[parameters: ('bob', '{value}",
    "'[SQL: {sql}]\\n[parameters: {{\\'a\\': \\'{value}\\'}}]\\n(Background on this error at: x)'",
    "(0.001) {sql}; args=('bob', '{value}'); alias=default",
)


def beside(sql: str) -> list[dict[str, Any]]:
    return [
        {"statement": sql, "parameters": ["bob", VALUE]},
        {"sql": f"'{sql!s}'", "params": f"('bob', '{VALUE}')", "self": "<x>"},
        {"query": sql, "multiparams": [{"a": VALUE}], "b": "bob"},
        {"str_statement": sql, "effective_parameters": [["'bob'", f"'{VALUE}'"]]},
    ]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("sql", SECRET)
def test_the_text_of_an_error_loses_its_parameters(text: str, sql: str) -> None:
    safe = redact(text.format(sql=sql, value=VALUE))[0]
    assert VALUE not in safe
    assert "[redacted:sql-parameter]" in safe
    assert sql in safe
    assert redact(safe)[0] == safe
    if "Background" in text:
        assert "(Background on this error at:" in safe


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("sql", ORDINARY)
def test_the_parameters_of_another_statement_stay(text: str, sql: str) -> None:
    told = text.format(sql=sql, value=VALUE)
    assert redact(told)[0] == told


@pytest.mark.parametrize("sql", SECRET)
def test_what_stands_beside_a_statement_goes(sql: str) -> None:
    for pairs in beside(sql):
        assert VALUE not in str(for_data(pairs, origin="x"))
        Scrubber().scrub(pairs)
        assert VALUE not in str(pairs)
        assert "users" in str(pairs) or " t " in str(pairs) or "django" in str(pairs)


@pytest.mark.parametrize("sql", ORDINARY)
def test_what_stands_beside_another_statement_stays(sql: str) -> None:
    for pairs, same in zip(beside(sql), beside(sql), strict=True):
        Scrubber().scrub(pairs)
        assert pairs == same


def test_numbers_beside_a_statement_go() -> None:
    pairs = {"sql": "UPDATE users SET pin=?", "params": [7, 4711]}
    Scrubber().scrub(pairs)
    assert pairs["params"] == [7, "[redacted:sql-parameter]"]


@pytest.mark.parametrize(
    ("column", "gone"), [("api_key", True), ("lower(token::text)", True), ("name", False)]
)
def test_a_key_that_exists_already_is_told_without_its_secret(column: str, gone: bool) -> None:
    text = f"DETAIL:  Key ({column})=({VALUE}) already exists."
    assert (VALUE not in redact(text)[0]) == gone


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE users SET password = :password_1 WHERE id = :id",
        "UPDATE users SET password=@password, token=@p1 WHERE id = @id",
        "SELECT id FROM users WHERE token=:token",
        "SELECT id FROM users WHERE name = $1 AND token = $2::VARCHAR",
        "UPDATE users SET token=%(token)s::VARCHAR, api_key=:param_1",
    ],
)
def test_the_name_of_a_parameter_is_no_secret(sql: str) -> None:
    assert redact(sql)[0] == sql


@pytest.mark.parametrize(
    "text", ["password = :hunter2x", "password=@dmin1234", "UPDATE t SET password=@dmin1234"]
)
def test_a_value_that_only_begins_so_is_hidden(text: str) -> None:
    assert "[redacted:password]" in redact(text)[0]


@pytest.mark.parametrize("name", ["password", "%(139719838536400 password)s", "%(1397 param)s"])
def test_a_parameter_of_an_expression_is_hidden(name: str) -> None:
    text = f"[BindParameter('{name}', '{VALUE}', type_=String())]"
    for shown in (text, repr(text)):
        assert VALUE not in redact(shown)[0]
        assert "type_=String()" in redact(shown)[0]


def test_an_ordinary_parameter_of_an_expression_stays() -> None:
    text = f"BindParameter('%(1397 name)s', '{VALUE}', type_=String())"
    assert redact(text)[0] == text


@pytest.mark.parametrize(("field", "gone"), [("session_data", True), ("expire_date", False)])
def test_the_values_of_fields_are_known_by_their_names(field: str, gone: bool) -> None:
    local = {"values": [[f"<django.db.models.fields.TextField: {field}>", "None", f"'{VALUE}'"]]}
    Scrubber().scrub(local)
    assert (VALUE not in str(local)) == gone
