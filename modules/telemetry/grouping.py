"""What events are grouped by, where it is not Sentry's own grouping. No I/O.

Source: seed document 003, "Custom Fingerprinting".
"""

from collections.abc import Sequence
from typing import Any, Final

from .occurrence import Occurrence
from .rules import GroupRule, first_met

# What drivers say when there is no connection, or no longer one; other errors of the same types
# are about what was asked.
LOST: Final = (
    "*connect*", "*gone away*", "*timeout*", "*timed out*", "*refused*", "*unreachable*",
    "*could not translate host*", "*name or service not known*", "*server closed*",
    "*unable to open database*", "*too many clients*", "*broken pipe*", "*authentication failed*",
)  # fmt: skip
DATABASE: Final = ("database-connection-error", "{db_type}", "{exception_type}")
BUILT_IN: Final = (
    GroupRule(
        name="export",
        exception=("*Export*Error", "*Export*Exception", "*ExportFailed*"),
        fingerprint=("export-error", "{exception_type}"),
    ),
    GroupRule(
        name="export by its tag",
        exception=("*",),
        tags={"export_type": "*"},
        fingerprint=("export-error", "{exception_type}"),
    ),
    GroupRule(
        name="database connection",
        exception=("OperationalError", "InterfaceError", "DatabaseError"),
        message=LOST,
        fingerprint=DATABASE,
    ),
    GroupRule(
        name="database connection by its type",
        exception=(
            "redis.*ConnectionError", "redis.*TimeoutError", "redis.*BusyLoadingError",
            "pymongo.*ConnectionFailure", "pymongo.*AutoReconnect", "pymongo.*NetworkTimeout",
            "pymongo.*ServerSelectionTimeoutError", "asyncpg.*Connection*Error",
            "asyncpg.*CannotConnectNowError", "asyncpg.*TooManyConnectionsError",
            "psycopg*.ConnectionTimeout", "psycopg_pool.*PoolTimeout",
            "psycopg*.ConnectionFailure", "psycopg*.CannotConnectNow",
            "psycopg*.TooManyConnections", "psycopg*.AdminShutdown",
        ),
        fingerprint=DATABASE,
    ),
    GroupRule(
        name="validation",
        exception=("*ValidationError", "*ValidationException"),
        fingerprint=("validation-error", "{endpoint}"),
    ),
)  # fmt: skip


def fingerprint(event: dict[str, Any], own: Sequence[GroupRule] = ()) -> list[str] | None:
    """By the rules of the application, then by the built-in ones; None leaves it to Sentry.

    A fingerprint that the application gave to this very event stays.
    """
    if event.get("fingerprint"):
        return None
    seen = Occurrence(event)
    rule = first_met((*own, *BUILT_IN), seen)
    return rule.filled(seen) if rule else None
