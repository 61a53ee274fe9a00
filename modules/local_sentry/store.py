"""The database: tables, one connection, one lock."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

Row = dict[str, Any]

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS project (
  id INTEGER PRIMARY KEY, slug TEXT UNIQUE, name TEXT, platform TEXT, public_key TEXT UNIQUE,
  created REAL, first_event REAL, last_short INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS issue (
  id INTEGER PRIMARY KEY AUTOINCREMENT, project_id INTEGER, short_id TEXT UNIQUE, grouping TEXT,
  title TEXT, culprit TEXT, level TEXT, type TEXT, logger TEXT, platform TEXT, metadata TEXT,
  status TEXT, substatus TEXT, status_details TEXT, status_basis TEXT, status_since REAL,
  priority TEXT, priority_locked_at REAL, assigned_to TEXT, has_seen INTEGER DEFAULT 0,
  is_bookmarked INTEGER DEFAULT 0, times_seen INTEGER DEFAULT 0, first_seen REAL, last_seen REAL,
  first_release TEXT, last_release TEXT, unhandled INTEGER, UNIQUE (project_id, grouping));
CREATE INDEX IF NOT EXISTS issue_by_age ON issue (substatus, first_seen);
CREATE TABLE IF NOT EXISTS event (
  id INTEGER PRIMARY KEY, event_id TEXT, project_id INTEGER, issue_id INTEGER, at REAL,
  received REAL, user_key TEXT, level TEXT, type TEXT, title TEXT, culprit TEXT, release TEXT,
  environment TEXT, size INTEGER, raw TEXT, UNIQUE (project_id, event_id));
CREATE INDEX IF NOT EXISTS event_by_issue ON event (issue_id, at, id);
CREATE INDEX IF NOT EXISTS event_by_time ON event (at);
CREATE INDEX IF NOT EXISTS event_by_id ON event (event_id);
CREATE TABLE IF NOT EXISTS event_tag (
  event INTEGER, issue_id INTEGER, key TEXT, value TEXT, listed INTEGER);
CREATE INDEX IF NOT EXISTS tag_by_issue ON event_tag (issue_id, key, value);
CREATE INDEX IF NOT EXISTS tag_by_event ON event_tag (event, key);
CREATE TABLE IF NOT EXISTS issue_user (
  issue_id INTEGER, user_key TEXT, since REAL, PRIMARY KEY (issue_id, user_key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS release (
  id INTEGER PRIMARY KEY, version TEXT UNIQUE, created REAL, released REAL, ref TEXT, url TEXT,
  first_event REAL, last_event REAL);
CREATE TABLE IF NOT EXISTS release_project (
  release_id INTEGER, project_id INTEGER, PRIMARY KEY (release_id, project_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS environment (
  id INTEGER PRIMARY KEY, project_id INTEGER, name TEXT, UNIQUE (project_id, name));
CREATE TABLE IF NOT EXISTS activity (
  id INTEGER PRIMARY KEY AUTOINCREMENT, issue_id INTEGER, type TEXT, user TEXT, data TEXT,
  created REAL);
CREATE INDEX IF NOT EXISTS activity_by_issue ON activity (issue_id, type);
CREATE TABLE IF NOT EXISTS incident (
  id INTEGER PRIMARY KEY, rule_id INTEGER, state TEXT, started REAL);
CREATE TABLE IF NOT EXISTS outcome (
  at REAL, project_id INTEGER, category TEXT, outcome TEXT, reason TEXT, quantity INTEGER);
CREATE TABLE IF NOT EXISTS alert (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, project_id INTEGER, body TEXT, created REAL,
  updated REAL);
CREATE TABLE IF NOT EXISTS alert_task (
  id TEXT PRIMARY KEY, kind TEXT, project_id INTEGER, body TEXT, alert_id INTEGER, status TEXT,
  made INTEGER);
CREATE INDEX IF NOT EXISTS outcome_by_time ON outcome (at);
CREATE TABLE IF NOT EXISTS project_setting (
  project_id INTEGER, name TEXT, value TEXT, PRIMARY KEY (project_id, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS release_commit (
  release_id INTEGER, sha TEXT, message TEXT, PRIMARY KEY (release_id, sha)) WITHOUT ROWID;
"""


class NotUsable(Exception):
    """The file cannot be this server's database; the text says why."""


class Store:
    """Rows in, rows out. `path` is a file, or `:memory:`. Raises NotUsable."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self._lock = threading.RLock()
        self._connection = _opened(path)
        self._connection.row_factory = sqlite3.Row

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        with self._lock:
            return [dict(row) for row in self._connection.execute(sql, values)]

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        return next(iter(self.rows(sql, values)), None)

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row."""
        row = self.row(sql, values)
        return next(iter(row.values())) if row else None

    def write(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a statement; the id of the row it inserted."""
        with self._lock:
            return self._connection.execute(sql, values).lastrowid or 0

    def write_many(self, sql: str, values: Sequence[Sequence[Any]]) -> None:
        with self._lock:
            self._connection.executemany(sql, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing; nobody else writes meanwhile."""
        with self._lock, self._connection:  # the connection commits, or rolls back
            self._connection.execute("BEGIN IMMEDIATE")
            yield

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def _opened(path: Path | str) -> sqlite3.Connection:
    connection = None
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
        connection.executescript(_TABLES)
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise NotUsable(_why(error)) from None
    return connection


def _why(error: sqlite3.Error) -> str:
    if error.sqlite_errorname == "SQLITE_NOTADB":
        return "it is no SQLite database"
    if error.sqlite_errorname == "SQLITE_ERROR":  # the tables' names are there, of another form
        return "it is a database of another program or version"
    return f"SQLite answers {error.sqlite_errorname}"


def marks(values: Sequence[Any]) -> str:
    """As many question marks as there are values."""
    return ",".join("?" * len(values))


def dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
