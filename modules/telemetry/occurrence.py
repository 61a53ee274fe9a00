"""What rules ask about an event: its error, where it happened, what it talked to. No I/O."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlsplit

Json = Mapping[str, Any]
UNKNOWN: Final = "unknown"
# A part of a module's name, or of a URL's scheme -> the database.
DATABASES: Final = {
    "psycopg": "postgresql",
    "psycopg2": "postgresql",
    "psycopg_pool": "postgresql",
    "asyncpg": "postgresql",
    "pg8000": "postgresql",
    "aiopg": "postgresql",
    "pymysql": "mysql",
    "mysqldb": "mysql",
    "mysql": "mysql",
    "aiomysql": "mysql",
    "asyncmy": "mysql",
    "mariadb": "mariadb",
    "sqlite3": "sqlite",
    "aiosqlite": "sqlite",
    "pymongo": "mongodb",
    "motor": "mongodb",
    "redis": "redis",
    "aioredis": "redis",
    "oracledb": "oracle",
    "cx_oracle": "oracle",
    "pymssql": "mssql",
    "pyodbc": "odbc",
    "clickhouse_driver": "clickhouse",
    "clickhouse_connect": "clickhouse",
    "cassandra": "cassandra",
    "elasticsearch": "elasticsearch",
    "elastic_transport": "elasticsearch",
    "neo4j": "neo4j",
}
# SQLAlchemy says whose error it wraps: `(psycopg2.OperationalError) could not connect`.
WRAPPED: Final = re.compile(r"\((\w{1,40})\.[\w.]{1,80}\)")


@dataclass(frozen=True)
class Thrown:
    """One error of a chain."""

    type: str
    module: str
    value: str

    @property
    def full_type(self) -> str:
        return f"{self.module}.{self.type}" if self.module else self.type


@dataclass(frozen=True)
class Occurrence:
    """An event, as rules see it."""

    event: Json = field(repr=False)

    @cached_property
    def chain(self) -> tuple[Thrown, ...]:
        """The errors, the one that was raised last first, then what caused it."""
        values = _object(self.event.get("exception")).get("values")
        found = values if isinstance(values, list) else []
        return tuple([_thrown(one) for one in reversed(found) if isinstance(one, dict)])

    @property
    def error(self) -> Thrown | None:
        return self.chain[0] if self.chain else None

    @property
    def exception_type(self) -> str:
        return self.error.type if self.error else UNKNOWN

    @property
    def message(self) -> str:
        if self.error:
            return self.error.value
        entry = _object(self.event.get("logentry"))
        told = entry.get("formatted") or entry.get("message") or self.event.get("message")
        return told if isinstance(told, str) else ""

    @cached_property
    def db_type(self) -> str:
        """Of the first of the errors that names a database."""
        for one in self.chain:
            wrapped = WRAPPED.search(one.value[:300])
            for part in (*one.module.lower().split("."), (wrapped[1].lower() if wrapped else "")):
                if part in DATABASES:
                    return DATABASES[part]
        return UNKNOWN

    @property
    def endpoint(self) -> str:
        """The route or the task; else the path of the request, without its query."""
        named = self.event.get("transaction")
        if isinstance(named, str) and named:
            return named
        url = _object(self.event.get("request")).get("url")
        try:
            return urlsplit(url).path or UNKNOWN if isinstance(url, str) else UNKNOWN
        except ValueError:
            return UNKNOWN

    @property
    def route(self) -> str:
        """The route or the task; not the address that was asked for, which holds the number of an
        order. Source: https://develop.sentry.dev/sdk/data-model/event-payloads/transaction/"""
        source = _object(self.event.get("transaction_info")).get("source")
        return UNKNOWN if source == "url" else self.text("transaction") or UNKNOWN

    def text(self, name: str) -> str:
        """A field of the event that is plain text; empty where it is none."""
        value = self.event.get(name)
        return value if isinstance(value, str) else ""

    def tag(self, name: str) -> str | None:
        tags = self.event.get("tags")
        pairs = tags.items() if isinstance(tags, dict) else tags if isinstance(tags, list) else ()
        for pair in pairs:
            if isinstance(pair, tuple | list) and len(pair) == 2 and pair[0] == name:
                return str(pair[1])
        return None


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _thrown(raw: Json) -> Thrown:
    kind, module, value = raw.get("type"), raw.get("module"), raw.get("value")
    return Thrown(
        type=kind if isinstance(kind, str) else UNKNOWN,
        module=module if isinstance(module, str) else "",
        value=value if isinstance(value, str) else "",
    )
