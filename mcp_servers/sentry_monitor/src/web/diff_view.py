"""A unified diff as lines that say what they are. No I/O.

Source of the form: git-diff(1), "Generating patch text with -p".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

HUGE: Final = 400  # lines of a file; more are folded
HUNK: Final = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
PATH: Final = re.compile(r"diff --git a/.* b/(.*)")
Kind = Literal["head", "hunk", "added", "removed", "same"]


@dataclass(frozen=True)
class Line:
    """`old` and `new` are its numbers in the two files; 0 where it is not in that one."""

    kind: Kind
    text: str
    old: int = 0
    new: int = 0


@dataclass(frozen=True)
class File:
    """The part of a diff about one file."""

    path: str
    lines: tuple[Line, ...]

    @property
    def added(self) -> int:
        return sum(line.kind == "added" for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.kind == "removed" for line in self.lines)

    @property
    def huge(self) -> bool:
        return len(self.lines) > HUGE


def files(diff: str) -> tuple[File, ...]:
    """Text that begins with no file's header is a file without a name: nothing is left out."""
    parts: list[list[str]] = []
    for line in diff.split("\n") if diff else ():
        if line.startswith("diff --git ") or not parts:
            parts.append([])
        parts[-1].append(line)
    return tuple(_file(part) for part in parts)


def _file(part: list[str]) -> File:
    if part and not part[-1]:
        part = part[:-1]  # what follows the last line break is no line
    named = PATH.fullmatch(part[0]) if part else None
    return File(named[1] if named else "", tuple(_lines(part)))


def _lines(part: list[str]) -> Iterator[Line]:
    old = new = 0
    within = False  # a hunk: before the first, `---` and `+++` are headers
    for text in part:
        if found := HUNK.match(text):
            within, old, new = True, int(found[1]), int(found[2])
            yield Line("hunk", text)
        elif not within or text.startswith("\\"):
            yield Line("head", text)
        elif text.startswith("+"):
            yield Line("added", text, new=new)
            new += 1
        elif text.startswith("-"):
            yield Line("removed", text, old=old)
            old += 1
        else:
            yield Line("same", text, old=old, new=new)
            old, new = old + 1, new + 1
