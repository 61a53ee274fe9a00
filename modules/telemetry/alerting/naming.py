"""How a rule of ours is told from others: by the end of its name. No I/O.

A name is the only thing that every generation of Sentry's API keeps for a rule, that survives the
move from one to the other, and that people see where they might change it.
"""

import re
from typing import Final, NamedTuple

MOST: Final = 200  # characters of a detector's name
_MARK: Final = re.compile(r"\[sentry-monitor ([^/\]\s]{1,100})/([a-z0-9][a-z0-9-]{0,39})\]\s*$")


class Mark(NamedTuple):
    """The project and the key of the rule in the file."""

    project: str
    key: str


def marked(title: str, project: str, key: str) -> str:
    """The name of a rule; a title that is too long is cut, the mark never."""
    mark = f"[sentry-monitor {project}/{key}]"
    return f"{title[: MOST - len(mark) - 1]} {mark}"


def mark_of(name: str) -> Mark | None:
    """None for a rule of somebody else's."""
    found = _MARK.search(name)
    return Mark(found[1], found[2]) if found else None


def key_of(name: str, project: str) -> str:
    """The key of a rule that is ours and of this project; else empty. What is ours of another
    project is foreign here, also where somebody connected it to both."""
    mark = mark_of(name)
    return mark.key if mark is not None and mark.project == project else ""
