"""What a line says once it is decoded: addresses and forms write `%3A` for a colon."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

ESCAPE: Final = re.compile(r"%(?:[2-7][0-9A-Fa-f]|0[9AaDd])")
# A plus stands for a blank where a form does: `?note=a+b`, `note=a+b&c=d`.
FORM: Final = re.compile(r"[?&][\w.\[\]-]{1,60}+=[^\s&+?]*+\+")
# An RE2 pattern that every text matches in which there is a view of a line.
HINT: Final = rf"{ESCAPE.pattern}|[?&]\S*\+"
LEVELS: Final = 2  # an address in a parameter of an address in a parameter


class View(NamedTuple):
    """A line decoded. `places` tells where in the text each character, and its end, stands."""

    text: str
    places: list[int]


def views(text: str) -> Iterator[View]:
    """The decoded forms of each line that has any."""
    for start, end in encoded_lines(text):
        view = View(text[start:end], list(range(start, end + 1)))
        for _ in range(LEVELS):
            if "+" in view.text:
                yield _decoded(View(view.text.replace("+", " "), view.places))
            if not ESCAPE.search(view.text):
                break
            view = _decoded(view)
            yield view


def encoded_lines(text: str) -> list[tuple[int, int]]:
    """Where the lines begin and end that have a decoded form."""
    hits = [escape.start() for escape in ESCAPE.finditer(text)] if "%" in text else []
    if "+" in text:
        hits += [at for sign in "?&" for at in _places(sign, text) if FORM.match(text, at)]
    lines: list[tuple[int, int]] = []
    for at in sorted(hits):
        if not lines or at > lines[-1][1]:
            end = text.find("\n", at)
            lines.append((text.rfind("\n", 0, at) + 1, end if end >= 0 else len(text)))
    return lines


def _places(sign: str, text: str) -> Iterator[int]:
    at = text.find(sign)
    while at >= 0:
        yield at
        at = text.find(sign, at + 1)


def _decoded(view: View) -> View:
    """Printable characters and line breaks only: others are part of no secret that we know."""
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for escape in ESCAPE.finditer(view.text):
        parts += [view.text[at : escape.start()], chr(int(escape[0][1:], 16))]
        places += view.places[at : escape.start() + 1]
        at = escape.end()
    return View("".join([*parts, view.text[at:]]), places + view.places[at:])
