"""Secrets that show by their name: `password=…`, `"token": "…"`, headers, flags, elements."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from .keys import NEEDLES, SHORT_SECRETS, is_harmless, secret_kind


class Span(NamedTuple):
    """Where a secret stands, and what it is."""

    start: int
    end: int
    kind: str


# From a needle to where the value begins.
HEAD: Final = re.compile(
    r"(?P<name>[\w-]{1,60}+)(?P<close>\\{0,128}+[\"'`])?\]?[ \t]{0,8}+"
    r"(?P<sep>:=|=>|=(?!=)|:(?!:)|%3[dD]|>|,|(?<=[ \t])(?=\S))[ \t]{0,8}+"
)
BEFORE: Final = re.compile(r"[\w.-]{0,60}+")
QUOTE: Final = re.compile(r"[bBrRuUfF]{0,2}(\\{0,128}+[\"'`])")
# The quote before this ends a string that began before the name.
CLOSING: Final = re.compile(r"[,)\]};:](?:\s|\Z)|[)\]}]|\s*\Z")
INSIDE: Final = {
    '"': re.compile(r'(?:[^"\\\n]|\\.)*+'),
    "'": re.compile(r"(?:[^'\\\n]|\\.)*+"),
    "`": re.compile(r"(?:[^`\\\n]|\\.)*+"),
}
RAW: Final = re.compile(r"[^\s\"'`,;&<>(){}\[\]|\\]++")
WORD: Final = re.compile(r"[^\s\"'`]++")
# No expression is longer; what is rejected is read again from each name in it.
LONGEST_CODE: Final = 300
ELEMENT: Final = re.compile(r"[^<>\n]++(?=</)")
# `"codes": ["…", "…"]`
ITEMS: Final = re.compile(r"[\[(](?=[bu]?\\*[\"'])((?:[^\n\])]|(?<![\"'])[\])])*+)")
PATH: Final = re.compile(r"[A-Za-z_][A-Za-z_.]*\Z")
JARS: Final = re.compile(
    r"[^\s\"'`=;\[\](){}]{1,200}+=(?:\"[^\n\"]*+\")?(?:=\"[^\n\"]*+\"|[^\n\"'`])*+"
)
BOUND: Final = re.compile(
    r"(?:[:@](?P<name>(?P<numbered>p(?:aram)?_?\d{1,4})|[A-Za-z_]\w{0,60}+)|\$\d{1,4}|%s|\?)"
    r"(?:::[A-Za-z]\w{0,60}+)?\Z"
)
CLAUSE: Final = re.compile(r"(?i)\b(?:set|where|and|or|on|having)\b")
# Two columns are no pair of a name and a value.
INSERTED: Final = re.compile(r"(?i)\)(?:\s|\\n){0,4}(?:values|select|default|overriding|output)\b")
SCHEME: Final = re.compile(
    r"(?i)(?:(?:bearer|basic|token|apikey|key|dpop|ssws|negotiate|ntlm|geniekey|splunk)[ \t]+"
    r"(?P<one>[^\s\"'`,;]++)|(?:digest|hawk|oauth|sentry|aws4-hmac-sha256)[ \t]+(?P<all>[^\n]++))"
)
# What follows a colon in source code is a type as often as a value.
TYPES: Final = frozenset(
    ("str", "bytes", "int", "bool", "float", "object", "any", "string", "number", "boolean", "text")
)


def assigned(text: str, low: str, needles: Sequence[str] = NEEDLES) -> Iterator[Span]:
    """The values that stand beside the name of a secret; `low` is the text in small letters."""
    for needle in needles:
        start = low.find(needle)
        while start >= 0:
            span = _at(text, start)
            if span:
                yield span
            start = low.find(needle, span.end if span else start + len(needle))


def _at(text: str, start: int) -> Span | None:
    head = HEAD.match(text, start)
    if not head:
        return None
    before = BEFORE.match(text[max(0, start - 60) : start][::-1])
    begin = start - (before.end() if before else 0)
    name = text[begin : head.end("name")]
    kind = secret_kind(name)
    if not kind or text.endswith("[redacted:", 0, begin):
        return None
    value = _value(text, head, begin, kind)
    if not value or value[0] >= value[1]:
        return None
    told = text[value[0] : value[1]]
    harmless = is_harmless(name, told) or _is_bound(text[max(0, begin - 200) : begin], told)
    return None if harmless else Span(*value, kind)


def _is_bound(before: str, value: str) -> bool:
    """A parameter of a statement: `SET password = :password_1`, `@password`, `$1::VARCHAR`."""
    bound = BOUND.match(value)
    if not bound or not CLAUSE.search(before):
        return False
    return bound["name"] is None or bool(bound["numbered"] or secret_kind(bound["name"]))


def _value(text: str, head: re.Match[str], begin: int, kind: str) -> tuple[int, int] | None:
    """Where the value begins and ends; None where it is code or prose and no secret."""
    end = head.end()
    quote = QUOTE.match(text, end)
    match head["sep"].strip():
        case "":
            return _flag(text, end, kind) if text.startswith("--", begin) else None
        case ">":
            element = ELEMENT.match(text, end)
            return element.span() if element and text.endswith("<", 0, begin) else None
        case ",":
            return _next(text, quote, begin) if head["close"] and quote else None
    if quote:
        return None if CLOSING.match(text, quote.end()) else _quoted(text, quote)
    return (
        _header(text, end, kind) or _items(text, head, begin) or _unquoted(text, head, begin, kind)
    )


def _items(text: str, head: re.Match[str], begin: int) -> tuple[int, int] | None:
    items = ITEMS.match(text, head.end()) if head["close"] else None
    name = text[begin : head.end("name")]
    if not items or all(is_harmless(name, one.strip()) for one in items[1].split(",")):
        return None
    return items.span(1)


def _next(text: str, quote: re.Match[str], begin: int) -> tuple[int, int] | None:
    """The item after a name: `['--password', '…', 'more']`, `('password', '…')`."""
    if text.startswith("--", begin):
        return _quoted(text, quote)
    return _second(text, quote) if text[max(0, begin - 2) : begin - 1] in ("(", "[") else None


def _second(text: str, quote: re.Match[str]) -> tuple[int, int] | None:
    """The value of a pair such as `("token", "…")`, not an argument among others."""
    start, end = _quoted(text, quote)
    after = text[end + len(quote[1]) : end + len(quote[1]) + 1]
    told = after in (")", "]", "") and not text[start:end].isalpha()
    return (start, end) if told and not INSERTED.match(text, end + len(quote[1])) else None


def _quoted(text: str, quote: re.Match[str]) -> tuple[int, int]:
    """Up to the same quote, or to the end of the line where it was cut."""
    mark, start = quote[1], quote.end()
    if len(mark) == 1:
        inside = INSIDE[mark].match(text, start)
        return inside.span() if inside else (start, start)
    # The mark first: to look for the end of a long line at each quote in it would take too long.
    closed = text.find(mark, start)
    below = text.find("\n", start, closed if closed >= 0 else len(text))
    if below >= 0:
        return start, below
    return start, closed if closed >= 0 else len(text)


def _header(text: str, start: int, kind: str) -> tuple[int, int] | None:
    if kind == "authorization" and (scheme := SCHEME.match(text, start)):
        return scheme.span("one" if scheme["one"] else "all")
    if kind == "cookie" and (jar := JARS.match(text, start)):
        return jar.span()
    return None


def _flag(text: str, start: int, kind: str) -> tuple[int, int] | None:
    word = WORD.match(text, start)
    named = word and _is_mixed(word[0].rstrip(")]|")) and word[0][0] != "-"  # `[--token TOKEN]`
    return word.span() if word and named else None


def _unquoted(text: str, head: re.Match[str], begin: int, kind: str) -> tuple[int, int] | None:
    first = begin == 0 or text[begin - 1] in "\n?&;"
    tight = head["sep"] != ":" and head.group().endswith(head["sep"])
    raw = _setting(text, head, begin) or RAW.match(text, head.end())
    if not raw or text.startswith("${", raw.start()):
        return None
    value = raw[0]
    if len(value) <= LONGEST_CODE and _is_code(text, raw, text[begin : head.end("name")]):
        return None
    if not PATH.match(value):
        return raw.span() if tight or _is_mixed(value) or _is_short(value, kind) else None
    if tight:
        named = "." in value or secret_kind(value)
        return raw.span() if first or not named else None
    last = text[raw.end() : raw.end() + 1] in ("", "\n")
    told = kind == "password" and last and value.lower() not in TYPES
    return raw.span() if told and (first or head["sep"] == ":") else None


def _is_code(text: str, raw: re.Match[str], name: str) -> bool:
    """`token = read(…)`, `self.cookie2 = options.cookie2`"""
    own = raw[0].rpartition(".")[2]
    called = text.startswith(("(", "["), raw.end())
    return called or (own.isidentifier() and name.endswith(own))


def _setting(text: str, head: re.Match[str], begin: int) -> re.Match[str] | None:
    """`NAME=value` on a line of its own may hold any characters."""
    name = text[begin : head.end()]
    alone = begin == 0 or text[begin - 1] == "\n"
    word = WORD.match(text, head.end()) if alone and name.isupper() and name[-1] == "=" else None
    return word if word and text[word.end() : word.end() + 1] in ("", "\n") else None


def _is_short(value: str, kind: str) -> bool:
    """A number that is long enough for what it is."""
    return kind in SHORT_SECRETS and len(value) > 2 and value.isdigit()


def _is_mixed(value: str) -> bool:
    """Long enough, and not made of letters alone."""
    return len(value) >= 6 and not value.replace("_", "a").replace(".", "a").isalpha()
