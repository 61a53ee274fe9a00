"""An application that fails in ways that rules group: grouped_app.py RULES (SENTRY_DSN is set)."""

import sqlite3
import sys

import sentry_sdk

from modules.telemetry.sentry_config import capture_exception, capture_message, setup_sentry


class CsvExportError(Exception):
    """Of one place or another."""


class ValidationError(Exception):
    """Of one field or another."""


class OutOfStock(Exception):
    """Grouped by a rule of the application's own."""


def export(rows: int) -> None:
    if rows > 1:
        raise CsvExportError(f"{rows} rows")
    raise CsvExportError("no rows")


def connect(path: str) -> None:
    sqlite3.connect(path).execute("select 1")


def main() -> None:
    for rows in (0, 5):
        caught(lambda rows=rows: export(rows))
    for path in ("/nowhere/a.db", "/nowhere/b.db"):
        caught(lambda path=path: connect(path))
    for endpoint in ("/orders", "/orders", "/cart"):
        with sentry_sdk.isolation_scope() as scope:
            scope.set_transaction_name(endpoint)
            capture_exception(ValidationError(f"a field of {endpoint}"))
    for item in ("apple", "pear"):
        capture_exception(OutOfStock(item), tags={"warehouse": "north"})
    caught(lambda: sys.exit(3))
    capture_message("noise of the stock feed")
    capture_message("stock is low", level="warning", tags={"test": "true"}, extra={"left": 1})


def caught(act: object) -> None:
    try:
        act()  # type: ignore[operator]
    except (Exception, SystemExit) as error:  # noqa: BLE001 - each is reported
        capture_exception(error)


if __name__ == "__main__":
    setup_sentry(rules=sys.argv[1])
    main()
    sentry_sdk.flush(20)
    sentry_sdk.get_client().close(20)
