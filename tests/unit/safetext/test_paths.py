"""A path that strangers name never leaves the folder it is joined to."""

import contextlib
import os
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.hostile_names import ABSOLUTE, GIT, LONG, ODD, UP
from fakes.hostile_names import PATHS as HOSTILE
from modules.safetext.paths import relative

ORDINARY = (
    "a.py",
    "src/shop/cart.py",
    "src/größe/ünïcode.py",
    "日本/語.py",
    ".github/workflows/ci.yml",
    ".gitignore",
    "a b/c d.txt",
    "pages/[id]/index.tsx",
    "x/..y/z",
    "~/notes",
    "-x",
    "a/" * 300 + "b",
)


def stays_below(path: str) -> bool:
    """By the rules of both kinds of file systems, written down once more in another way."""
    windows = PureWindowsPath(path)
    parts = {part.rstrip(". ").casefold() for part in (*windows.parts, *PurePosixPath(path).parts)}
    joined = os.path.normpath(f"/root/tree/{path}")
    below = joined.startswith("/root/tree/") and not windows.is_absolute() and not windows.drive
    return below and "\0" not in path and not parts & {"", ".git", "git~1"}


@pytest.mark.parametrize("path", ORDINARY)
def test_an_ordinary_path_stays_as_it_is(path: str) -> None:
    assert relative(path) == path


def test_no_hostile_path_gets_through() -> None:
    let_through = []
    for path in HOSTILE:
        try:
            let_through.append(relative(path))
        except ValueError:
            continue

    assert len(set(HOSTILE)) >= 500
    assert let_through == []


@given(st.lists(st.sampled_from([*UP, *GIT, *ABSOLUTE, *ODD, *LONG, "a", "b.py"]), max_size=6))
def test_what_gets_through_stays_below(parts: list[str]) -> None:
    for path in ("/".join(parts), "\\".join(parts), "".join(parts)):
        try:
            assert stays_below(relative(path))
        except ValueError:
            continue


@given(st.text(alphabet=st.sampled_from("./\\ aG:git~1\x00\u200c"), max_size=12))
def test_what_gets_through_of_small_alphabets_stays_below(path: str) -> None:
    with contextlib.suppress(ValueError):
        assert stays_below(relative(path))
