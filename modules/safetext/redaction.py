"""Replace secrets and personal data in text by what they were."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from .assignments import Span, assigned
from .controls import as_ascii, beyond_ascii
from .encoded import HINT, encoded_lines, views
from .keys import NEEDLES
from .kinds import DENSE, EXACT, FOLDED, LOOSE, Rule
from .needles import Needles
from .personal import FINDERS as PERSONAL
from .personal import Finder, numbers
from .statements import HINT as BOUND
from .statements import HINTS as BOUND_HINTS
from .statements import parameters
from .torn import NEEDLE, key_lines, parts_in
from .urls import passwords
from .validation import refused

# A replacement is a border that was not there before, so a neighbour may show only now.
PASSES: Final = 6
BETWEEN: Final = re.compile(r"[^\w.~%+/=$:@-]+")
FINDERS: Final = (
    *PERSONAL,
    Finder(r"input_value=|loc\\*[\"']:", refused),
    Finder(BOUND, parameters),
)
# What the findings of FINDERS and `passwords` contain that are not all digits and colons.
HINTS: Final = ("@", "%40", "::", NEEDLE, "input_value=", "loc'", 'loc"', "loc\\", *BOUND_HINTS)
SIX: Final = re.compile(r":[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:")
RUN: Final = re.compile(r"[0-9](?:[ .\-\u2010-\u2015]?[0-9A-Z]){3}")
TOKEN: Final = re.compile(r"\[redacted:[a-z0-9-]{1,40}\]")

EXACT_RULES, LOOSE_RULES, FOLDED_RULES = frozenset(EXACT), frozenset(LOOSE), frozenset(FOLDED)
NAMES: Final = frozenset(NEEDLES)
NEEDLES_OF_ALL: Final = Needles[Rule | Finder | str](
    exact=[*((rule.needle, rule) for rule in (*EXACT, *LOOSE)), *((hint, hint) for hint in HINTS)],
    any_case=[*((rule.needle, rule) for rule in FOLDED), *((name, name) for name in NEEDLES)],
    patterns=[(HINT, HINT), *((finder.hint, finder) for finder in FINDERS)],
)

# Letters that NFKC turns into one ASCII character: full-width, mathematical, circled, …
VARIANTS: Final = {
    code: plain
    for first, last in ((0x2070, 0x2150), (0x2460, 0x2500), (0xFE50, 0xFF5F), (0x1D400, 0x1D800))
    for code in range(first, last)
    if len(plain := unicodedata.normalize("NFKC", chr(code))) == 1 and plain.isascii()
}


@dataclass(frozen=True)
class Suspects:
    """What is worth looking for. An answer has hundreds of short strings and few needles: one
    look at all of them together saves most of the looks at each."""

    exact: tuple[Rule, ...] = EXACT
    loose: tuple[Rule, ...] = LOOSE
    folded: tuple[Rule, ...] = FOLDED
    names: tuple[str, ...] = NEEDLES
    finders: tuple[Finder, ...] = FINDERS
    encoded: bool = True  # whether some line may have to be decoded
    torn: frozenset[str] = frozenset()  # parts of private keys
    fine: frozenset[str] = frozenset()

    @classmethod
    def within(cls, text: str) -> "Suspects":
        """What occurs in the text, which must be clean already; and its fine lines: printable
        ASCII in which nothing is worth a look, so that a string that equals one may leave."""
        plain, found = cls._needed(text)
        # Numbers of JSON are no part of the text, and may be cards.
        finders = tuple(one for one in FINDERS if one in found.finders or one.find is numbers)
        found = replace(found, exact=_in_long_words(found.exact, plain), finders=finders)
        return replace(found, fine=frozenset(found._fine_lines(text, plain)))

    @classmethod
    def needed(cls, text: str) -> "Suspects":
        """What occurs in one text that is looked at as a whole."""
        return cls._needed(text)[1]

    @classmethod
    def _needed(cls, text: str) -> tuple[str, "Suspects"]:
        """And the text with the decoded forms of its lines."""
        plain = as_ascii(_plain(text))
        there = NEEDLES_OF_ALL.within(plain)
        encoded = HINT in there
        if encoded:
            plain = "\n".join([plain, *(view.text for view in views(plain))])
            there = NEEDLES_OF_ALL.within(plain)
        found = cls(
            exact=tuple([one for one in there if one in EXACT_RULES]),
            loose=tuple([one for one in there if one in LOOSE_RULES]),
            folded=tuple([one for one in there if one in FOLDED_RULES]),
            names=tuple([one for one in there if one in NAMES]),
            finders=tuple([one for one in there if isinstance(one, Finder)]),
            encoded=encoded,
            torn=key_lines(plain) if NEEDLE in there else frozenset(),
        )
        return plain, found

    def _fine_lines(self, text: str, plain: str) -> set[str]:
        """No hint and no needle spans two lines, so one search through all of them will do."""
        at = [hint.start() for hint in RUN.finditer(plain)]
        if plain.count(":") > 2:
            at += [hint.start() for hint in SIX.finditer(plain)]
        for needle in (*HINTS, *[rule.needle for rule in (*self.exact, *self.loose)]):
            at += _places(needle, plain)
        low = plain.lower()
        for needle in (*self.names, *[rule.needle for rule in self.folded]):
            at += _places(needle, low)
        suspicious = _lines_with(plain, at)
        if self.encoded:
            suspicious.update(text[start:end] for start, end in encoded_lines(text))
        lines = {line for line in text.split("\n") if line.isascii() and line.isprintable()}
        fine = lines - suspicious
        return {one for one in fine if not any(parts_in(one, self.torn))} if self.torn else fine


def _places(needle: str, text: str) -> Iterator[int]:
    at = text.find(needle)
    while at >= 0:
        yield at
        at = text.find(needle, at + len(needle))


def _lines_with(text: str, places: Sequence[int]) -> set[str]:
    """The lines in which the places are; each is read once, however many places are in it."""
    lines: set[str] = set()
    done = -1
    for place in sorted(places):
        if place > done:
            below = text.find("\n", place)
            done = below if below >= 0 else len(text)
            lines.add(text[text.rfind("\n", 0, place) + 1 : done])
    return lines


def redact(
    text: str, kept: frozenset[str] = frozenset(), suspects: Suspects | None = None
) -> tuple[str, Counter[str]]:
    """The text without secrets, and how many of each kind there were.

    `kept` names the kinds that may stay. Redacting again changes nothing. `suspects` are those of
    an answer that the text is part of.
    """
    if suspects is None:
        suspects = Suspects.needed(text)
    elif text in suspects.fine:
        return text, Counter()
    found: Counter[str] = Counter()
    places = [(0, len(text))]
    for _ in range(PASSES):
        fresh = _spans(text, places, suspects)
        spans = _merged(text, [span for span in fresh if span.kind not in kept])
        if not spans:
            break
        found.update(span.kind for span in spans)
        text, changed = _replaced(text, spans)
        places = _around(text, changed)
    return text, found


def _spans(text: str, places: Sequence[tuple[int, int]], suspects: Suspects) -> Iterator[Span]:
    for start, end in places:
        for span in _spans_of(text[start:end], suspects):
            moved = Span(start + span.start, start + span.end, span.kind)
            if not _is_done(text, moved):
                yield moved


def _spans_of(text: str, suspects: Suspects) -> Iterator[Span]:
    plain = _plain(text)
    yield from _found(plain, suspects)
    for view in views(plain) if suspects.encoded else ():
        for span in _found(view.text, suspects):
            yield Span(view.places[span.start], view.places[span.end], span.kind)
    if suspects.torn:
        yield from parts_in(plain, suspects.torn)


def _found(plain: str, suspects: Suspects) -> Iterator[Span]:
    low = _lowered(plain)
    for rule in (*suspects.exact, *suspects.loose):
        yield from _matches(rule, plain, plain)
    for rule in suspects.folded:
        yield from _matches(rule, plain, low)
    if suspects.names:
        yield from assigned(plain, low, suspects.names)
    yield from passwords(plain)
    for finder in suspects.finders:
        yield from finder.find(plain)


def _plain(text: str) -> str:
    """The text in plain letters, as long as before."""
    for char in beyond_ascii(text):
        if ord(char) in VARIANTS:
            text = text.replace(char, VARIANTS[ord(char)])
    return text


def _lowered(plain: str) -> str:
    """In small letters, as long as before."""
    low = plain.lower()
    if len(low) == len(plain):
        return low
    return "".join(char.lower() if char.isascii() else char for char in plain)


def _in_long_words(rules: Sequence[Rule], text: str) -> tuple[Rule, ...]:
    """Those of the rules whose needle is part of a word that is long enough for a token."""
    words = _long_words(text) if rules else ""
    return tuple([rule for rule in rules if rule.needle in words])


def _long_words(text: str) -> str:
    """A tenth of ordinary text, and all of its tokens: the place to look for needles."""
    words = "\n".join([word for word in text.split() if len(word) >= DENSE])
    return "\n".join([word for word in BETWEEN.split(words) if len(word) >= DENSE])


def _matches(rule: Rule, text: str, searched: str) -> Iterator[Span]:
    at = searched.find(rule.needle)
    while at >= 0:
        match = rule.compiled.match(text, max(0, at - rule.back))
        while match and match.end() <= at:  # that was one before
            match = rule.compiled.match(text, match.end())
        if match:
            yield Span(*match.span(match.re.groups), rule.kind)
        after = match.end() if match else 0
        at = searched.find(rule.needle, max(after, at + len(rule.needle)))


def _is_done(text: str, span: Span) -> bool:
    return TOKEN.fullmatch(text, span.start, span.end) is not None


def _merged(text: str, spans: list[Span]) -> list[Span]:
    """Spans in order and apart; one that touches an earlier replacement takes all of it."""
    if not spans:
        return []
    tokens = [Span(*token.span(), "") for token in TOKEN.finditer(text)]
    merged: list[Span] = []
    for span in sorted([*spans, *tokens], key=lambda one: (one.start, -one.end)):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            inside = span.end <= last.end
            kind = last.kind if inside else last.kind or span.kind
            merged[-1] = Span(last.start, max(last.end, span.end), kind)
        else:
            merged.append(span)
    return [span for span in merged if span.kind]


def _replaced(text: str, spans: list[Span]) -> tuple[str, list[tuple[int, int]]]:
    """The text, and where it has changed."""
    parts, places, at, size = [], [], 0, 0
    for span in spans:
        token = f"[redacted:{span.kind}]"
        parts += [text[at : span.start], token]
        size += span.start - at + len(token)
        places.append((size - len(token), size))
        at = span.end
    return "".join([*parts, text[at:]]), places


def _around(text: str, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places with the lines round them: no rule that could find something new there looks
    further. A line is looked for once, however many places are in it."""
    wide: list[tuple[int, int]] = []
    done = -1  # where the line ends in which the last place was
    for first, last in places:
        if last <= done:
            continue
        start = text.rfind("\n", 0, max(0, text.rfind("\n", 0, first))) + 1
        below = text.find("\n", last)
        after = text.find("\n", below + 1) if below >= 0 else -1
        done = below if below >= 0 else len(text)
        end = after if after >= 0 else len(text)
        if wide and start <= wide[-1][1]:
            start = wide.pop()[0]
        wide.append((start, end))
    return wide
