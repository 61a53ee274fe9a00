"""Runs of the pipeline that several tests ask about, with the real store of jobs."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fakes.autofix_jobs import NOW, Shelf
from modules.autofix.adapters.tables import META
from modules.jobs.adapters.database import migrate, open_database
from verdicts.behaviours import Behaviour
from verdicts.desks import Desk, StoreDesk
from verdicts.play import Played
from verdicts.run import Desks, all_played


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables: a copy takes less time than migrations."""
    path = tmp_path_factory.mktemp("migrated") / "jobs.sqlite"
    url = f"sqlite:///{path}"
    engine = open_database(url)
    migrate(url, engine, META)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def desks(migrated: Path) -> Desks:
    """The real store of jobs, two workers at a database of their own."""

    @contextmanager
    def opened(behaviour: Behaviour, folder: Path) -> Iterator[Desk]:
        shutil.copy(migrated, folder / "jobs.sqlite")
        engine = open_database(f"sqlite:///{folder}/jobs.sqlite")
        shelf = Shelf(engine, now=NOW)
        budget = behaviour.budget.model_dump()
        yield StoreDesk((shelf.store("here", **budget), shelf.store("there", **budget)))
        shelf.close()
        engine.dispose()

    return opened


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest, desks: Desks) -> dict[tuple[str, str], Played]:
    """The runs that the chosen tests ask about, some at the same time."""
    tests = [one for one in request.session.items if isinstance(one, pytest.Function)]
    about = [one.callspec.params for one in tests if "played" in one.fixturenames]
    done: list[Played] = []
    pairs: list[Any] = [(one["bug"], one["behaviour"]) for one in about]
    asyncio.run(all_played([pair for pair in pairs if not pair[0].missing], done, desks))
    return {(one.bug.name, one.behaviour.name): one for one in done}
