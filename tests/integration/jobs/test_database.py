"""A database that cannot be opened is told as one, in our words."""

from pathlib import Path

import pytest

from modules.autofix.adapters.tables import META
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
