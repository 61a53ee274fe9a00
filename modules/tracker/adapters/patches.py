"""What the hunks of a patch say about lines. No I/O.

Source: git-diff's documentation, "Generating patch text with -p" and "Combined diff format".
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from modules.tracker.history import ChangedFile, Range

HUNK: Final = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
PULL: Final = re.compile(r"\(#(\d{1,9})\)\s*\Z")  # how a squashed pull request ends its title
Pair = tuple[Range, Range]  # before, after


def pull_in(title: str) -> int | None:
    """The number of the pull request that a title names."""
    found = PULL.search(title)
    return int(found[1]) if found else None


def bare_hunk(header: str) -> Pair | None:
    """The lines of a hunk without context (`-U0`)."""
    found = HUNK.match(header)
    if found is None:
        return None
    return _range(int(found[1]), found[2]), _range(int(found[3]), found[4])


def _range(start: int, count: str | None) -> Range:
    """Where a hunk has no lines, git names the line before it."""
    lines = 1 if count is None else int(count)
    return (start, start + lines - 1) if lines else (start + 1, start)


def changed_in(path: str, patch: str, *, previous_path: str = "") -> ChangedFile:
    """A file by its patch, whatever context the patch shows."""
    pairs = list(_runs(patch.split("\n")))
    return changed(path, pairs, previous_path=previous_path)


def changed(path: str, pairs: Iterable[Pair], *, previous_path: str = "") -> ChangedFile:
    told = tuple(pairs)
    return ChangedFile(
        path=path,
        before=tuple(before for before, _ in told),
        ranges=tuple(after for _, after in told),
        previous_path=previous_path,
    )


def _runs(lines: Iterable[str]) -> Iterator[Pair]:
    """Lines that were taken away or added, one run after the other."""
    old = new = 0
    taken = added = 0
    for line in lines:
        header = HUNK.match(line)
        if (header or line[:1] == " ") and (taken or added):
            yield (old - taken, old - 1), (new - added, new - 1)
            taken = added = 0
        if header:
            old, new = _begins(header[1], header[2]), _begins(header[3], header[4])
        elif line[:1] == " ":
            old, new = old + 1, new + 1
        elif line[:1] == "-":
            old, taken = old + 1, taken + 1
        elif line[:1] == "+":
            new, added = new + 1, added + 1
    if taken or added:
        yield (old - taken, old - 1), (new - added, new - 1)


def _begins(start: str, count: str | None) -> int:
    return int(start) + (1 if count == "0" else 0)
