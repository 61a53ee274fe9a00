"""What pydantic tells of values that it refused, beside the names of their fields.

    password
      String should have at least 12 characters [type=…, input_value='…', input_type=str]

and, as data: `{'loc': ('password',), 'msg': '…', 'input': '…'}`.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from .assignments import INSIDE, Span
from .keys import is_placeholder, secret_kind

NEEDLE: Final = "input_value="
LOC: Final = "loc"
MISSING: Final = (
    "missing"  # what is told then is all that was given, and is judged by its own names
)
LONGEST: Final = 400  # of a name with all that it stands in, of what is told before a value
# Of a longer one pydantic writes the first 25 and the last 24 characters: a name between them is
# cut, and so is a secret.
TORN: Final = range(50, 61)
WORD: Final = re.compile(r"[\"']?[a-z]*[.,:;]?[\"']?\Z")
MANY: Final = re.compile(r"[\[({]|[A-Za-z_]\w{0,60}\(")
END: Final = ", input_type="
MARK: Final = r"\\{0,128}+[\"']"
PLACE: Final = re.compile(rf"loc{MARK}:\s{{0,2}}[(\[](?P<names>[^)\]\n]{{0,{LONGEST}}}+)[)\]]")
INPUT: Final = re.compile(rf"input{MARK}:\s{{0,2}}(?P<open>[bB]?(?P<mark>{MARK}))?")
BARE: Final = re.compile(r"[^,}\]\n]{1,200}+")


def refused(text: str) -> Iterator[Span]:
    """The values of fields whose name promises a secret."""
    yield from _in_text(text)
    yield from _in_data(text)


def promised_by(names: Sequence[object]) -> str:
    """What the place of a field promises: its innermost name but the numbers of items."""
    for name in names:
        if isinstance(name, str) and (kind := secret_kind(name)):
            return kind
    return ""


def _in_text(text: str) -> Iterator[Span]:
    at = text.find(NEEDLE)
    while at >= 0:
        start = at + len(NEEDLE)
        following = text.find(NEEDLE, start)
        below = text.find("\n", start, following if following >= 0 else len(text))
        last = below if below >= 0 else following if following >= 0 else len(text)
        told = text.rfind(END, start, last)
        end = told if told >= 0 else last
        kind = promised_by(_field(text, at).split("."))
        if kind and not is_placeholder(text[start:end]):
            yield Span(start, end, kind)
        elif torn := _torn(text, start, end):
            yield Span(*torn, "secret")
        at = following


def _torn(text: str, start: int, end: int) -> tuple[int, int] | None:
    """What a cut in the middle left of a word; of many values, all behind it."""
    cut = text.find("...", start, end) if end - start in TORN else -1
    if cut < 0:
        return None
    opened = start + text.startswith(("'", '"'), start)
    first = max(text.rfind(" ", start, cut) + 1, opened)
    last = end
    if not MANY.match(text, start):
        blank = text.find(" ", cut, end)
        last = blank if blank >= 0 else end
        if WORD.match(text[first:cut]) and WORD.match(text[cut + 3 : last]):
            return None
    return first, last


def _field(text: str, at: int) -> str:
    """The line above; nothing where something else was asked for."""
    start = text.rfind("\n", max(0, at - LONGEST), at)
    if start < 0 or f"[type={MISSING}," in text[start:at]:
        return ""
    above = text.rfind("\n", max(0, start - LONGEST), start)
    return text[above + 1 if above >= 0 else max(0, start - LONGEST) : start]


def _in_data(text: str) -> Iterator[Span]:
    for place in PLACE.finditer(text):
        names = re.findall(r"[\w.-]+", place["names"])
        kind = promised_by(names)
        value = INPUT.search(text, place.end(), place.end() + LONGEST) if kind else None
        if not value or "loc" in text[place.end() : value.start()]:
            continue
        span = _value(text, value)
        if span and not is_placeholder(text[slice(*span)]):
            yield Span(*span, kind)


def _value(text: str, value: re.Match[str]) -> tuple[int, int] | None:
    start, mark = value.end(), value["mark"]
    if mark and len(mark) == 1:
        inside = INSIDE[mark].match(text, start)
        return inside.span() if inside else None
    if mark:
        closed = text.find(mark, start)
        return (start, closed) if closed >= 0 else (start, len(text))
    bare = None if text.startswith(("{", "["), start) else BARE.match(text, start)
    return bare.span() if bare else None
