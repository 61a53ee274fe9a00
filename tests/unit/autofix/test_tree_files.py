"""Files below a folder in which links lead elsewhere."""

import os
from pathlib import Path

import pytest

from modules.autofix.adapters.tree_files import delete_below, read_below, write_below


def refused() -> pytest.RaisesExc[OSError]:
    return pytest.RaisesExc(OSError)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "secret").write_text("of the host")
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


def test_write_replace_delete(tree: Path) -> None:
    write_below(tree, "a/b/c.py", b"long before")
    (tree / "a/b/c.py").chmod(0o755)
    write_below(tree, "a/b/c.py", b"short")

    assert read_below(tree, "a/b/c.py", 5) == b"short"
    assert (tree / "a/b/c.py").stat().st_mode & 0o777 == 0o755
    delete_below(tree, "a/b/c.py")
    delete_below(tree, "a/b/c.py")
    delete_below(tree, "never/there")
    assert not (tree / "a/b/c.py").exists()


def test_a_link_as_folder_or_file_is_not_followed(tree: Path) -> None:
    (tree / "folder").symlink_to(tree.parent / "host")
    (tree / "file").symlink_to(tree.parent / "host" / "secret")

    for path in ("folder/secret", "folder/new", "file"):
        with refused():
            write_below(tree, path, b"x")
        with refused():
            read_below(tree, path, 100)
    with refused():
        delete_below(tree, "folder/secret")
    delete_below(tree, "file")

    assert [one.name for one in (tree.parent / "host").iterdir()] == ["secret"]
    assert (tree.parent / "host" / "secret").read_text() == "of the host"


def test_a_second_name_of_a_host_s_file_is_not_written(tree: Path) -> None:
    (tree / "file").hardlink_to(tree.parent / "host" / "secret")

    with pytest.raises(OSError, match="second name"):
        write_below(tree, "file", b"x")
    assert (tree.parent / "host" / "secret").read_text() == "of the host"


def test_what_is_no_file_does_not_hang(tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    (tree / "folder").mkdir()

    for path in ("pipe", "folder"):
        with refused():
            write_below(tree, path, b"x")
        with refused():
            read_below(tree, path, 100)


def test_a_file_beyond_the_cap(tree: Path) -> None:
    write_below(tree, "big", b"x" * 11)
    with pytest.raises(OSError, match="too big"):
        read_below(tree, "big", 10)
