"""Replace secrets and personal data in text by what they were."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from .assignments import NEEDLES, Span, assigned
from .controls import as_ascii, beyond_ascii
from .kinds import DENSE, EXACT, FOLDED, LOOSE, Rule
from .needles import Needles
from .personal import personal
from .urls import passwords

# A replacement is a border that was not there before, so a neighbour may show only now.
PASSES: Final = 6
BETWEEN: Final = re.compile(r"[^\w.~%+/=$:@-]+")
# What every finding of `personal` and `passwords` contains; a login has its @.
HINTS: Final = ("@", "%40", "::")
SIX: Final = re.compile(r":[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:")
RUN: Final = re.compile(r"[0-9](?:[ .\-\u2010-\u2015]?[0-9A-Z]){3}")
TOKEN: Final = re.compile(r"\[redacted:[a-z0-9-]{1,40}\]")

EXACT_RULES, LOOSE_RULES, FOLDED_RULES = frozenset(EXACT), frozenset(LOOSE), frozenset(FOLDED)
NEEDLES_OF_ALL: Final = Needles[Rule | str](
    exact=[*((rule.needle, rule) for rule in (*EXACT, *LOOSE)), *((hint, hint) for hint in HINTS)],
    any_case=[*((rule.needle, rule) for rule in FOLDED), *((name, name) for name in NEEDLES)],
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

    fine: frozenset[str] = frozenset()

    @classmethod
    def within(cls, text: str) -> "Suspects":
        """What occurs in the text, which must be clean already; and its fine lines: printable
        ASCII in which nothing is worth a look, so that a string that equals one may leave."""
        plain = as_ascii(_plain(text))
        low = plain.lower()
        there = NEEDLES_OF_ALL.within(plain)
        found = cls(
            exact=_in_long_words([one for one in there if one in EXACT_RULES], plain),
            loose=tuple([one for one in there if one in LOOSE_RULES]),
            folded=tuple([one for one in there if one in FOLDED_RULES]),
            names=tuple([one for one in there if isinstance(one, str) and one not in HINTS]),
        )
        hints = [one for one in there if isinstance(one, str) and one in HINTS]
        return replace(found, fine=frozenset(found._fine_lines(text, plain, low, hints)))

    def _fine_lines(self, text: str, plain: str, low: str, hints: Sequence[str]) -> set[str]:
        """No hint and no needle spans two lines, so one search through all of them will do."""
        at = [hint.start() for hint in RUN.finditer(plain)]
        if plain.count(":") > 2:
            at += [hint.start() for hint in SIX.finditer(plain)]
        for needle in (*hints, *[rule.needle for rule in (*self.exact, *self.loose)]):
            at += _places(needle, plain)
        for needle in (*self.names, *[rule.needle for rule in self.folded]):
            at += _places(needle, low)
        suspicious = {_line_at(plain, place) for place in at}
        lines = {line for line in text.split("\n") if line.isascii() and line.isprintable()}
        return lines - suspicious


def _places(needle: str, text: str) -> Iterator[int]:
    at = text.find(needle)
    while at >= 0:
        yield at
        at = text.find(needle, at + len(needle))


def _line_at(text: str, place: int) -> str:
    end = text.find("\n", place)
    return text[text.rfind("\n", 0, place) + 1 : end if end >= 0 else len(text)]


ALL: Final = Suspects()


def redact(
    text: str, kept: frozenset[str] = frozenset(), suspects: Suspects = ALL
) -> tuple[str, Counter[str]]:
    """The text without secrets, and how many of each kind there were.

    `kept` names the kinds that may stay. Redacting again changes nothing.
    """
    if text in suspects.fine:
        return text, Counter()
    found: Counter[str] = Counter()
    for _ in range(PASSES):
        fresh = [span for span in _spans(text, suspects) if span.kind not in kept]
        spans = _merged(text, [span for span in fresh if not _is_done(text, span)])
        if not spans:
            break
        found.update(span.kind for span in spans)
        text = _replaced(text, spans)
    return text, found


def _spans(text: str, suspects: Suspects) -> Iterator[Span]:
    plain, low = _spelled(text)
    words = _long_words(plain) if suspects.exact else ""
    for rule in suspects.exact if words else ():
        if rule.needle in words:
            yield from _matches(rule, plain, plain)
    for rule in suspects.loose:
        yield from _matches(rule, plain, plain)
    for rule in suspects.folded:
        yield from _matches(rule, plain, low)
    if suspects.names:
        yield from assigned(plain, low, suspects.names)
    yield from passwords(plain)
    yield from personal(plain)


def _plain(text: str) -> str:
    """The text in plain letters, as long as before."""
    seldom = VARIANTS.keys() & {ord(char) for char in beyond_ascii(text)}
    return text.translate(VARIANTS) if seldom else text


def _spelled(text: str) -> tuple[str, str]:
    """The text in plain letters, and in small ones; each as long as the text."""
    plain = _plain(text)
    low = plain.lower()
    if len(low) != len(plain):
        low = "".join(char.lower() if char.isascii() else char for char in plain)
    return plain, low


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


def _replaced(text: str, spans: list[Span]) -> str:
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], f"[redacted:{span.kind}]"]
        at = span.end
    return "".join([*parts, text[at:]])
