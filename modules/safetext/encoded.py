"""What a line says once it is decoded: addresses write `%3A` for a colon, PHP's JSON `\\/` for a
slash, pages `&quot;` for a quote."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final, NamedTuple

# Printable characters and line breaks only: others are part of no secret that we know.
ESCAPE: Final = re.compile(
    r"%(?:[2-7][0-9A-Fa-f]|0[9AaDd])|\\(?:/|(?:u00|x)[2-7][0-9A-Fa-f])"
    r"|&(?:quot|apos|amp|lt|gt|#[0-9]{2,3}|#[xX][2-7][0-9A-Fa-f]);"
)
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
    hits = [at for sign in "%\\&" for at in _places(sign, text) if ESCAPE.match(text, at)]
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
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for escape in ESCAPE.finditer(view.text):
        parts += [view.text[at : escape.start()], _character(escape[0])]
        places += view.places[at : escape.start() + 1]
        at = escape.end()
    return View("".join([*parts, view.text[at:]]), places + view.places[at:])


def _character(escape: str) -> str:
    if escape[0] == "&":
        # One for one, or every place behind it would be told wrong; some stand for nothing.
        return unescape(escape)[:1] or "\ufffd"
    return "/" if escape[1] == "/" else chr(int(escape[-2:], 16))
