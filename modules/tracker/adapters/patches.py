"""What the hunks of a patch say about lines. No I/O.

Source: git-diff's documentation, "Generating patch text with -p" and "Combined diff format".
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from modules.tracker.history import ChangedFile, Hunk, Range

HUNK: Final = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.{0,200})")
PULL: Final = re.compile(r"\(#(\d{1,9})\)\s*\Z")  # how a squashed pull request ends its title
LONGEST: Final = 20_000  # characters of a hunk that are kept; a generated file is one


def pull_in(title: str) -> int | None:
    """The number of the pull request that a title names."""
    found = PULL.search(title)
    return int(found[1]) if found else None


def bare_hunk(header: str, text: str = "") -> Hunk | None:
    """A hunk without context (`-U0`)."""
    found = HUNK.match(header)
    if found is None:
        return None
    before, after = _range(int(found[1]), found[2]), _range(int(found[3]), found[4])
    return Hunk(before, after, _short(text), found[5])


def _range(start: int, count: str | None) -> Range:
    """Where a hunk has no lines, git names the line before it."""
    lines = 1 if count is None else int(count)
    return (start, start + lines - 1) if lines else (start + 1, start)


def changed_in(path: str, patch: str, *, previous_path: str = "") -> ChangedFile:
    """A file by its patch, whatever context the patch shows."""
    hunks = tuple(_runs(patch.split("\n")))
    return ChangedFile(path=path, hunks=hunks, previous_path=previous_path)


def _runs(lines: Iterable[str]) -> Iterator[Hunk]:
    """Lines that were taken away or added, one run after the other."""
    old = new = 0
    inside, run = "", list[str]()
    for line in lines:
        if run and line[:1] not in ("-", "+", "\\"):
            yield _run(old, new, run, inside)
            run = []
        if header := HUNK.match(line):
            old, new = _begins(header[1], header[2]), _begins(header[3], header[4])
            inside = header[5]
        elif line[:1] == " ":
            old, new = old + 1, new + 1
            inside = line[1:200] if line[1:2].isalpha() else inside
        elif line[:1] in ("-", "+"):
            old, new = old + (line[0] == "-"), new + (line[0] == "+")
            run.append(line)
    if run:
        yield _run(old, new, run, inside)


def _run(old: int, new: int, lines: list[str], inside: str) -> Hunk:
    """`old` and `new` are the lines after it."""
    taken = sum(line[0] == "-" for line in lines)
    before, after = (old - taken, old - 1), (new - len(lines) + taken, new - 1)
    return Hunk(before, after, _short("\n".join(lines)), inside)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else ""


def _begins(start: str, count: str | None) -> int:
    return int(start) + (1 if count == "0" else 0)
