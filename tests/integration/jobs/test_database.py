"""A database that cannot be opened is told as one, in our words; one that others write to is waited
for."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from modules.autofix.adapters.tables import LOCKS, META
from modules.jobs.adapters import database
from modules.jobs.adapters.database import prepared
from modules.jobs.errors import DatabaseAway


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(DatabaseAway) as away:
        prepared("postgresql://somebody:hush@127.0.0.1:1/jobs", META)

    assert "hush" not in str(away.value)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DatabaseAway):
        prepared(f"sqlite:///{tmp_path}/file/jobs.db", META)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "jobs.db").write_text("shopping list\n" * 100)

    with pytest.raises(DatabaseAway):
        prepared(f"sqlite:///{tmp_path}/jobs.db", META)


@contextmanager
def locked(file: Path) -> Iterator[sqlite3.Connection]:
    """By somebody else's write."""
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_a_write_waits_until_the_other_ends(tmp_path: Path) -> None:
    engine = prepared(f"sqlite:///{tmp_path}/jobs.db", META)
    with locked(tmp_path / "jobs.db") as other:
        later = threading.Timer(0.2, other.execute, ("COMMIT",))
        later.start()
        with engine.begin() as conn:
            conn.execute(sa.insert(LOCKS).values(key="a", n=1))
        later.join()

    with engine.connect() as conn:
        assert conn.scalar(sa.select(LOCKS.c.n)) == 1
        assert conn.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
    engine.dispose()


def test_it_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = prepared(f"sqlite:///{tmp_path}/jobs.db", META)
    monkeypatch.setattr(database, "LONGEST_WAIT_S", 0.05)
    insert = sa.insert(LOCKS).values(key="a", n=1)

    with (
        locked(tmp_path / "jobs.db"),
        pytest.raises(sa.exc.OperationalError, match="locked"),
        engine.begin() as conn,
    ):
        conn.execute(insert)

    with engine.begin() as conn:  # the connection is as good as before
        conn.execute(insert)
    engine.dispose()
