"""Private keys whose lines come one by one: as source context, as items of a list."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from .assignments import Span

NEEDLE: Final = "PRIVATE KEY"
MARK: Final = re.compile(r"-----(BEGIN|END)[ +][A-Z0-9 +]{0,40}PRIVATE[ +]KEY(?:[ +]BLOCK)?-----")
RUN: Final = re.compile(r"[A-Za-z0-9+/]{12,}+={0,2}")
WORDS: Final = re.compile(r"[a-z/]+\Z")  # of a language, of a path
# What stands beside a line of a key: its number, indent, quotes, `\n`, a name of three letters.
BESIDE: Final = 24
STRANGE: Final = 12  # so many lines in a row that are none end a key; breadcrumbs have some between
LONGEST: Final = 200  # lines of a key


def key_lines(text: str) -> frozenset[str]:
    """The parts of private keys in the text: what looks like them between two marks, after a
    beginning and before an end. The text must be clean."""
    lines = text.split("\n") if NEEDLE in text or "PRIVATE+KEY" in text else []
    found: set[str] = set()
    for at, line in enumerate(lines):
        if "PRIVATE" not in line:
            continue
        marks = {mark[1] for mark in MARK.finditer(line)}
        if "BEGIN" in marks:
            found.update(_parts(lines[at + 1 : at + LONGEST]))
        if "END" in marks:
            found.update(_parts(lines[max(0, at - LONGEST) : at][::-1]))
    return frozenset(found)


def parts_in(text: str, parts: frozenset[str]) -> Iterator[Span]:
    """Where they stand."""
    for run in RUN.finditer(text):
        if run[0] in parts:
            yield Span(*run.span(), "private-key")


def _parts(lines: Sequence[str]) -> Iterator[str]:
    """Of the lines from a mark on, until another mark or what is no key."""
    strange = 0
    for line in lines:
        if MARK.search(line) or strange >= STRANGE:
            return
        runs = [run for run in RUN.findall(line) if not WORDS.match(run)]
        if runs and len(line) - sum(map(len, runs)) <= BESIDE:
            strange = 0
            yield from runs
        else:
            strange += 1
