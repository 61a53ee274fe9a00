"""What events are grouped by, what is dropped, and what is wrong with rules."""

from typing import Any

import pytest

from modules.telemetry.errors import BadTelemetryRules
from modules.telemetry.grouping import fingerprint
from modules.telemetry.hooks import Hooks
from modules.telemetry.noise import is_probe, why_dropped
from modules.telemetry.rules import from_table


def thrown(type: str, module: str = "", value: str = "", **more: Any) -> dict[str, Any]:  # noqa: A002 - Sentry's name
    return {"exception": {"values": [{"type": type, "module": module, "value": value}]}, **more}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (thrown("CsvExportError"), ["export-error", "CsvExportError"]),
        (thrown("KeyError", tags={"export_type": "csv"}), ["export-error", "KeyError"]),
        (
            thrown("OperationalError", "psycopg2", "could not connect to server"),
            ["database-connection-error", "postgresql", "OperationalError"],
        ),
        (
            thrown("OperationalError", "sqlalchemy.exc", "(pymysql.err.OperationalError) (2003, \"Can't connect"),
            ["database-connection-error", "mysql", "OperationalError"],
        ),
        (
            thrown("ConnectionError", "redis.exceptions", "Error 111"),
            ["database-connection-error", "redis", "ConnectionError"],
        ),
        (
            thrown("ServerSelectionTimeoutError", "pymongo.errors", "no"),
            ["database-connection-error", "mongodb", "ServerSelectionTimeoutError"],
        ),
        (thrown("OperationalError", "sqlite3", "no such table: orders"), None),
        (thrown("ConnectionError", "requests.exceptions", "refused"), None),
        (
            thrown("ValidationError", "pydantic_core", transaction="/orders/{id}"),
            ["validation-error", "/orders/{id}"],
        ),
        (thrown("ValidationError", request={"url": "https://shop.example/cart/4711?x=1"}), None),
        (
            thrown("ValidationError", transaction="/cart/4711", transaction_info={"source": "url"}),
            None,
        ),
        (thrown("ValidationError"), None),
        (thrown("KeyError"), None),
        (thrown("CsvExportError", fingerprint=["mine"]), None),
        ({"message": "hello"}, None),
        ({"exception": "strange", "tags": 3, "request": []}, None),
    ],
)  # fmt: skip
def test_events_are_grouped_as_the_rules_say(
    event: dict[str, Any], expected: list[str] | None
) -> None:
    assert fingerprint(event) == expected


SQL = "[SQL: SELECT timeout, connect_count FROM connections WHERE refused]"


@pytest.mark.parametrize(
    ("kind", "module", "told"),
    [
        ("OperationalError", "sqlite3", "no such table: connections"),
        ("OperationalError", "pymysql.err", "(1054, \"Unknown column 'connected_at'\")"),
        ("OperationalError", "pymysql.err", "(1205, 'Lock wait timeout exceeded')"),
        ("OperationalError", "psycopg2", "canceling statement due to statement timeout"),
        ("OperationalError", "sqlalchemy.exc", f"(psycopg2.errors.DeadlockDetected) deadlock detected {SQL}"),
        ("DatabaseError", "oracledb.exceptions", f"ORA-00942: table or view does not exist {SQL}"),
        ("OperationalError", "kombu.exceptions", "[Errno 111] Connection refused"),
        ("ConnectionError", "requests.exceptions", "Connection refused"),
    ],
)  # fmt: skip
def test_what_was_asked_of_a_database_is_no_lost_connection(
    kind: str, module: str, told: str
) -> None:
    assert fingerprint(thrown(kind, module, told)) is None


@pytest.mark.parametrize(
    ("kind", "module", "told", "database"),
    [
        ("OperationalError", "psycopg2", "connection to server at \"db\" (10.0.0.5), port 5432 failed: FATAL", "postgresql"),
        ("OperationalError", "psycopg2", "SSL SYSCALL error: EOF detected", "postgresql"),
        ("OperationalError", "psycopg2", "FATAL:  the database system is starting up", "postgresql"),
        ("OperationalError", "psycopg2", "server closed the connection unexpectedly", "postgresql"),
        ("InterfaceError", "psycopg2", "connection already closed", "postgresql"),
        ("InterfaceError", "asyncpg.exceptions._base", "connection is closed", "postgresql"),
        ("OperationalError", "pymysql.err", "(2013, 'Lost connection to MySQL server during query')", "mysql"),
        ("OperationalError", "MySQLdb", "(2006, 'MySQL server has gone away')", "mysql"),
        ("OperationalError", "pymysql.err", "(1045, \"Access denied for user 'shop'@'web'\")", "mysql"),
        ("OperationalError", "sqlite3", "unable to open database file", "sqlite"),
        ("OperationalError", "sqlalchemy.exc", f"(psycopg2.OperationalError) connection refused {SQL}", "postgresql"),
        ("DatabaseError", "oracledb.exceptions", "ORA-03114: not connected to ORACLE", "oracle"),
        ("OperationalError", "pyodbc", "('08S01', '[08S01] Communication link failure')", "odbc"),
        ("OperationalError", "pyodbc", "('HYT00', '[HYT00] Login timeout expired (0)')", "odbc"),
        ("ConnectionError", "elastic_transport", "Connection error", "elasticsearch"),
        ("ServiceUnavailable", "neo4j.exceptions", "Couldn't connect to db:7687", "neo4j"),
        ("NoHostAvailable", "cassandra.cluster", "Unable to connect to any servers", "cassandra"),
    ],
)  # fmt: skip
def test_a_lost_connection_is_told_by_what_drivers_say(
    kind: str, module: str, told: str, database: str
) -> None:
    assert fingerprint(thrown(kind, module, told)) == ["database-connection-error", database, kind]


def test_the_database_is_told_by_the_cause_where_a_framework_wraps_it() -> None:
    values = [
        {"type": "OperationalError", "module": "psycopg", "value": "connection refused"},
        {"type": "OperationalError", "module": "django.db.utils", "value": "connection refused"},
    ]

    found = fingerprint({"exception": {"values": values}})

    assert found == ["database-connection-error", "postgresql", "OperationalError"]


def test_rules_of_the_application_come_first_and_fill_their_places() -> None:
    rule = {
        "name": "payments", "exception": "stripe.*", "message": ["*declined*", "*expired*"],
        "tags": {"shop": "*"}, "fingerprint": ["payment", "{tag:shop}", "{exception_module}", "{default}"],
    }  # fmt: skip
    rules = from_table({"group": [rule]})
    event = thrown("CardError", "stripe.error", "Card DECLINED", tags={"shop": "kiosk"})

    found = fingerprint(event, rules.group)

    assert found == ["payment", "kiosk", "stripe.error", "{{ default }}"]
    assert fingerprint({**event, "tags": {}}, rules.group) is None


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"groups": []}, "groups is no field"),
        ({"group": [{"name": "a", "excepton": "x", "fingerprint": ["a"]}]}, "group[0].excepton is no field"),
        ({"group": [{"name": "a", "exception": "x"}]}, "group[0].fingerprint"),
        ({"group": [{"name": "a", "fingerprint": ["a"]}]}, "group[0] has no condition"),
        ({"group": [{"name": "a", "exception": "x", "fingerprint": ["{nope}"]}]}, "group[0].fingerprint"),
        ({"drop": [{"name": "a", "fingerprint": ["a"]}]}, "drop[0].fingerprint is no field"),
        ({"drop": [{"name": "a"}]}, "drop[0] has no condition"),
        ({"drop": [{"name": "a", "exception": 3}]}, "drop[0].exception"),
        ({"drop": {"name": "a"}}, "drop: must be a list of rules"),
        ({"drop": [{"name": "a", "level": 3}]}, "drop[0].level: must be a glob or a list of globs"),
        ({"drop": [{"name": "a", "level": ["x", 3]}]}, "drop[0].level[1]: must be a glob or a list of globs"),
        ({"drop": [3]}, "drop[0]: must be a table"),
        ({"drop": [{"exception": "x"}]}, "drop[0].name is missing"),
        ({"drop": [{"name": "a", "tags": ["x"]}]}, "drop[0].tags: must be a table of globs"),
        ({"group": [{"name": "a", "exception": "x", "fingerprint": "a"}]}, "fingerprint: must be a list of texts"),
        ({"built_in_noise": "no"}, "built_in_noise: must be true or false"),
    ],
)  # fmt: skip
def test_rules_that_cannot_be_used_name_the_field(table: dict[str, Any], said: str) -> None:
    with pytest.raises(BadTelemetryRules, match=said.replace("[", r"\[")) as caught:
        from_table(table)

    assert caught.value.recovery_suggestion


@pytest.mark.parametrize(
    "wrong",
    ["{nope}", "{exceptionType}", "{exception-type}", "{ exception_type }", "{tag:}", "{tag}",
     "{default:x}", "{{nope}}", "{", "}", "{}", "{{ default }"],
)  # fmt: skip
def test_a_place_that_is_misspelled_is_quoted_and_refused(wrong: str) -> None:
    rule = {"name": "a", "exception": "x", "fingerprint": ["a", f"b {wrong} c"]}

    with pytest.raises(BadTelemetryRules, match="there are: default, ") as caught:
        from_table({"group": [rule]})

    assert f"group[0].fingerprint: {wrong!r} is no place" in caught.value.message


@pytest.mark.parametrize("spelled", ["{default}", "{{default}}", "{{ default }}"])
def test_sentrys_own_grouping_may_be_spelled_as_sentry_does(spelled: str) -> None:
    rule = {"name": "a", "exception": "KeyError", "fingerprint": [spelled, "{exception_type}"]}

    rules = from_table({"group": [rule]})

    assert fingerprint(thrown("KeyError"), rules.group) == ["{{ default }}", "KeyError"]


@pytest.mark.parametrize(
    "event",
    [
        thrown("KeyboardInterrupt"),
        thrown("SystemExit"),
        thrown("CancelledError", "asyncio.exceptions"),
        thrown("CancelledError", "concurrent.futures._base"),
        thrown("Cancelled", "trio"),
        thrown("ClientDisconnect", "starlette.requests"),
        thrown("RequestAborted", "django.core.exceptions"),
        thrown("BrokenPipeError", request={"url": "http://shop.example/total"}),
    ],
)
def test_what_ends_on_purpose_is_no_event(event: dict[str, Any]) -> None:
    assert why_dropped(event)
    assert not why_dropped(event, built_in=False)


@pytest.mark.parametrize(
    "event",
    [
        thrown("KeyError"),
        thrown("PaymentCancelledError", "shop.payments"),
        thrown("CancelledError", "shop.orders"),
        thrown("ClientDisconnect", "shop.sensors"),
        thrown("BrokenPipeError"),
        thrown("BrokenPipeError", request={}),
    ],
)
def test_errors_of_the_application_are_no_noise_whatever_they_are_called(
    event: dict[str, Any],
) -> None:
    assert not why_dropped(event)


def test_built_in_noise_is_switched_off_by_the_rules() -> None:
    cancelled = {"event_id": "a" * 32, **thrown("CancelledError", "asyncio.exceptions")}
    probe = {"transaction": "/healthz", "type": "transaction"}

    loud = Hooks(rules=from_table({"built_in_noise": False}))

    assert Hooks().before_send(dict(cancelled), {}) is None
    assert Hooks().before_send_transaction(dict(probe), {}) is None
    assert loud.before_send(dict(cancelled), {}) is not None
    assert loud.before_send_transaction(dict(probe), {}) is not None


def test_a_rule_of_the_application_drops_by_its_name() -> None:
    rules = from_table(
        {"drop": [{"name": "stock feed", "logger": "shop.stock", "level": "warning"}]}
    )

    assert why_dropped({"logger": "shop.stock", "level": "warning"}, rules.drop) == "stock feed"
    assert not why_dropped({"logger": "shop.stock", "level": "error"}, rules.drop)


def test_looks_at_the_health_are_no_transactions() -> None:
    assert is_probe({"request": {"url": "http://shop.example/healthz?x=1"}})
    assert not is_probe({"request": {"url": "http://shop.example/orders"}, "transaction": "orders"})
