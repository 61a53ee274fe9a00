"""What events are grouped by, where it is not Sentry's own grouping. No I/O.

Source: seed document 003, "Custom Fingerprinting".
"""

from collections.abc import Sequence
from typing import Any, Final

from .occurrence import UNKNOWN, Occurrence
from .rules import SEEN, GroupRule, first_met

# What drivers say when there is no connection, or no longer one; other errors of the same types
# are about what was asked.
LOST: Final = (
    "could not connect", "can't connect", "cannot connect", "couldn't connect", "unable to connect",
    "failed to connect", "connection to server at", "connection failed", "connection refused",
    "connection reset", "connection aborted", "connection timed out", "connection timeout expired",
    "login timeout expired", "connection already closed", "connection is closed",
    "connection is lost", "connection was closed", "connection has been closed",
    "closed the connection", "connection not available", "lost connection", "gone away",
    "terminating connection", "no connection to", "not connected", "consuming input failed",
    "could not receive data from server", "could not send data to server", "ssl syscall error",
    "end-of-file on communication channel", "communication link failure", "broken pipe",
    "could not translate host", "name or service not known", "failure in name resolution",
    "network is unreachable", "no route to host", "adaptive server is unavailable",
    "tns:", "dpy-4011", "dpy-6001", "dpy-6005", "oracle not available", "dbprocess is dead",
    "the database system is", "shutdown in progress", "unable to open database",
    "too many clients", "too many connections", "remaining connection slots",
    "authentication failed", "access denied for user", "login failed for user", "no pg_hba.conf",
)  # fmt: skip
STATEMENT: Final = "[SQL:"  # SQLAlchemy appends what was asked, in which any word may stand
DATABASE: Final = ("database-connection-error", "{db_type}", "{exception_type}")


class Lost(GroupRule):
    """Met by what the driver said."""

    def meet(self, seen: Occurrence) -> bool:
        said = seen.message[:SEEN].partition(STATEMENT)[0].lower()
        return super().meet(seen) and any(one in said for one in LOST)


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
    Lost(
        name="database connection",
        exception=("OperationalError", "InterfaceError", "DatabaseError"),
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
            "elastic*.ConnectionError", "elastic*.ConnectionTimeout", "neo4j.*ServiceUnavailable",
            "neo4j.*SessionExpired", "cassandra.*NoHostAvailable", "clickhouse_driver.*NetworkError",
        ),
        fingerprint=DATABASE,
    ),
    GroupRule(
        name="validation",
        exception=("*ValidationError", "*ValidationException"),
        fingerprint=("validation-error", "{route}"),
    ),
)  # fmt: skip


def fingerprint(event: dict[str, Any], own: Sequence[GroupRule] = ()) -> list[str] | None:
    """By the rules of the application, then by the built-in ones; None leaves it to Sentry.

    A fingerprint that the application gave to this very event stays. A built-in rule that does not
    know the database or the route would make one issue of all there are, and is left to Sentry.
    """
    if event.get("fingerprint"):
        return None
    seen = Occurrence(event)
    mine = first_met(own, seen)
    rule = mine or first_met(BUILT_IN, seen)
    parts: list[str] = rule.filled(seen) if rule else []
    return parts if parts and (mine or UNKNOWN not in parts) else None
