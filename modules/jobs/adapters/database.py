"""The database of durable jobs: one SQLite file, or PostgreSQL by URL. The same code for both."""

import fcntl
import os
import sqlite3
import time
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from dbos import DBOS
from sqlalchemy.dialects import postgresql, sqlite

from modules.jobs.errors import DatabaseAway

MIGRATION_LOCK: Final = 7_240_011  # of PostgreSQL's advisory locks
POOL: Final = 8  # more than the threads that use it: waiting for one is unfair
REACH: Final = {"connect_timeout": 10, "keepalives_idle": 30}  # seconds
LONGEST_WAIT_S: Final = 30.0
LOOK_S: Final = 0.001  # at a lock that others hold
PRAGMAS: Final = (
    f"busy_timeout={LONGEST_WAIT_S * 1000:.0f}",
    "synchronous=FULL",
    "foreign_keys=ON",
)


def open_database(url: str, pool_size: int = POOL) -> sa.Engine:
    """`sqlite:///path` or `postgresql://…`. A SQLite file and its folder are made, for us alone."""
    parts = sa.make_url(url)
    if not is_sqlite(url):
        return sa.create_engine(
            parts.set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args=REACH,
        )
    _make_file(Path(parts.database or ""))
    engine = sa.create_engine(url, pool_size=pool_size, max_overflow=0)
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "do_execute", _take_lock)
    return engine


def prepared(url: str, *metadata: sa.MetaData) -> sa.Engine:
    """Opened, and with its tables.

    Raises DatabaseAway: the server does not answer, or there can be no file there.
    """
    try:
        engine = open_database(url)
        migrate(url, engine, *metadata)
    except (sa.exc.OperationalError, sqlite3.Error, OSError) as error:
        raise DatabaseAway(
            f"The database of jobs cannot be opened ({type(error).__name__})."
        ) from None
    return engine


def migrate(url: str, engine: sa.Engine, *metadata: sa.MetaData) -> None:
    """The engine's tables, then those of `metadata`. Several processes may do so at once."""
    DBOS.migrate(url)  # holds a lock of its own
    on_sqlite = engine.dialect.name == "sqlite"
    lock = "BEGIN IMMEDIATE" if on_sqlite else f"select pg_advisory_xact_lock({MIGRATION_LOCK})"
    with engine.begin() as conn:
        conn.exec_driver_sql(lock)
        for tables in metadata:
            tables.create_all(conn)


def insert_into(bind: sa.Connection | sa.Engine, table: sa.Table) -> Any:
    """An insert that knows `on_conflict_do_update`: each dialect has its own class for it."""
    dialect = postgresql if bind.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def _make_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # SQLite does not wait for others while it changes the journal's mode, so one at a time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make_private(path)
        raw = sqlite3.connect(path)
        raw.execute("PRAGMA journal_mode=WAL")  # stays in the file, for DBOS' connections too
        raw.close()
    finally:
        os.close(lock)


def _make_private(path: Path) -> None:
    # Only a file that is new is opened here: closing one would drop SQLite's locks on it.
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _prepare(raw: Any, _record: Any) -> None:
    raw.isolation_level = "IMMEDIATE"  # a write takes the lock when it begins
    for pragma in PRAGMAS:
        raw.execute(f"PRAGMA {pragma}")


def _take_lock(cursor: Any, _statement: str, _parameters: Any, context: Any) -> None:
    """The file's lock before the first write, looked at each millisecond: SQLite's own waiting is
    in steps of up to 100 ms, in which others who came later overtake."""
    raw = cursor.connection
    if raw.in_transaction or not (context.isinsert or context.isupdate or context.isdelete):
        return
    give_up_at = time.monotonic() + LONGEST_WAIT_S
    raw.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                    raise
                time.sleep(LOOK_S)  # noqa: TID251 - as SQLite itself would, in this thread
            else:
                return
    finally:
        raw.execute(f"PRAGMA {PRAGMAS[0]}")
