"""Cap text and say what was cut."""

import re
from collections.abc import Callable
from typing import Final

LONGEST_TOKEN: Final = 64
SLACK: Final = 300  # what a secret may measure that the rough cap has cut in two

# What a cut must leave whole.
WHOLE: Final = re.compile(r"\[redacted:[a-z0-9-]{1,40}\]|… [\d,]{1,15} more characters")
# The mark of an earlier cut, and the number that keeps two equal keys apart.
ENDS_CUT: Final = re.compile(r"(?:… [\d,]{1,15} more characters)?(?: \(\d{1,4}\))?\Z")
REST: Final = re.compile(r"(?:… )?[\d,]{1,15} more\Z")


def rough(text: str, cap: int) -> tuple[str, int]:
    """The part worth looking at, and how many characters lie beyond it.

    A megabyte must cost what a kilobyte costs, so this comes before every regex.
    """
    end = 4 * cap + 1000
    return text[:end], max(0, len(text) - end)


def cut(text: str, cap: int, *, beyond: int = 0) -> str:
    """At most `cap` characters and, if some are missing, a mark that counts them.

    `beyond` counts what an earlier rough cap left out. A text that was cut before stays as it is.
    """
    seen = _without_torn_word(text, cap) if beyond else text
    end = _border(seen, cap)
    missing = len(text) - end + beyond
    if not missing or (not beyond and _body(text) <= cap):
        return text
    return f"{seen[:end]}… {missing:,} more characters"


def settle(text: str, cap: int, beyond: int, scrub: Callable[[str], str]) -> str:
    """Cut, and look again: a cut can turn what was no secret into the likeness of one."""
    kept = cut(text, cap, beyond=beyond)
    for _ in range(4):
        if kept is text or (again := scrub(kept)) == kept:
            break
        kept = cut(again, cap)
    return kept


def _body(text: str) -> int:
    ending = ENDS_CUT.search(text, max(0, len(text) - LONGEST_TOKEN))
    return ending.start() if ending else len(text)


def _without_torn_word(text: str, cap: int) -> str:
    """The rough cap may have torn a secret beyond recognition: its remains go."""
    if len(text) - SLACK >= cap:
        return text
    head = text[: max(0, len(text) - SLACK)]
    tail = text[len(head) :]
    return head + tail[: max(tail.rfind(" "), tail.rfind("\n"), 0)]


def _border(text: str, cap: int) -> int:
    if len(text) <= cap:
        return len(text)
    start = max(0, cap - LONGEST_TOKEN)
    for token in WHOLE.finditer(text, start, cap + LONGEST_TOKEN):
        if token.start() < cap < token.end():
            return token.start()
    return cap
