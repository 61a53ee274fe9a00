"""Judges one rendering. Written from what must hold, and from nothing of the code under test."""

import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from html import unescape
from html.parser import HTMLParser
from typing import Any, Final, NamedTuple

from .grammar import MARK
from .spelling import revealed

MOST_CHARACTERS: Final = 41_000
MOST_OF_A_LINE: Final = 260
MOST_OF_A_BLOCK: Final = 2_500
MOST_OF_A_CHAT: Final = 3_000
MOST_OF_A_TITLE: Final = 256  # what forges take
MOST_OF_A_BODY: Final = 65_536
MOST_OF_A_PROMPT: Final = 60_000
WIDTH: Final = 100


class Fault(StrEnum):
    UNMARKED = "unmarked"
    CONTROL = "control"
    BREAK_OUT = "break-out"
    TOO_LONG = "too long"
    CRASH = "crash"


class Found(NamedTuple):
    """What is wrong with a rendering, and where one sees it."""

    fault: Fault
    what: str


def _forbidden() -> Iterator[int]:
    """Controls, formats, surrogates, private use, noncharacters, separators of lines; and what
    is ignored by default though its category is innocent."""
    for code in range(sys.maxunicode + 1):
        kind = unicodedata.category(chr(code))
        odd = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
        if kind in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") or odd:
            yield code
    for first, last in IGNORED_BY_DEFAULT:
        yield from range(first, last + 1)


IGNORED_BY_DEFAULT: Final = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2060, 0x206F),
    (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF),
)  # fmt: skip
FORBIDDEN: Final = frozenset(map(chr, _forbidden())) - {"\n", "\t"}
TAG: Final = re.compile("[0-9a-f]{12}")
OPEN: Final = re.compile(r'<untrusted ([0-9a-f]{12}) origin="[^"<>\n]*" writable_by="[^"<>\n]*">')
LOOKALIKE: Final = re.compile(r"<[\s/]*untrusted")
LOOKS_LIKE_ASCII: Final = str.maketrans(
    "\u0430\u0441\u0501\u0435\u0456\u043e\u0440\u0433\u0455\u0442\u03c5\u0445\u2039\u27e8\u3008",
    "acdeioprstux<<<",
)
OUR_BRANCH: Final = re.compile(r"sentry-autofix/[a-z0-9][a-z0-9_-]{0,70}-[0-9a-f]{6}-g\d+")
OUR_TITLE: Final = re.compile(r"fix\([A-Za-z0-9_-]+\): [A-Za-z0-9_./() -]+")
OUR_TRAILER: Final = re.compile(r"\n\nSentry-Issue: [A-Za-z0-9_-]+\n")
OUR_MARKER: Final = re.compile(r"<!-- sentry-monitor: [A-Za-z0-9_./:+= -]+ -->")
OUR_CHANGE: Final = re.compile(r"- (?:`[A-Za-z0-9_./-]+`|a file): \w+, \+\d+ -\d+")
OUR_LINKS: Final = ("https://sentry.test/", "https://forge.test/")
OUR_HEADING: Final = re.compile(r"\A\S Sentry Auto-Fix [A-Za-z ]+\n")
OUR_NUMBER: Final = "Pull Request: #7"
OUR_SLACK_LINK: Final = re.compile(r"<https://(?:sentry|forge)\.test/[^|<>\s]*\|(?:#7|View Issue)>")
OUR_PLAIN_LINK: Final = re.compile(r"(?m)(?<= )https://(?:sentry|forge)\.test/\S*$")
OUR_ELEMENTS: Final = frozenset((
    "html", "head", "meta", "title", "link", "script", "body", "a", "header", "nav", "ul", "ol",
    "li", "form", "input", "button", "main", "p", "h1", "h2", "h3", "span", "section", "div",
    "label", "textarea", "meter", "table", "caption", "thead", "tbody", "tr", "td", "th",
    "select", "option", "details", "summary", "pre", "code", "article", "dl", "dt", "dd", "time", "footer",
))  # fmt: skip
OUR_ATTRIBUTES: Final = frozenset((
    "lang", "charset", "name", "content", "rel", "href", "src", "defer", "class", "id", "tabindex",
    "method", "action", "type", "value", "rows", "maxlength", "required", "for", "min", "max",
    "scope", "datetime", "open", "selected", "role", "hidden", "data-live", "data-heard", "data-old",
    "data-new", "data-since", "aria-label", "aria-labelledby", "aria-live", "aria-current",
    "aria-hidden",
))  # fmt: skip
OUR_PLACES: Final = ("/", "#", "https://sentry.test/", "https://forge.test/")
WARNING: Final = "\u26a0\ufe0f"
OUR_RULE: Final = "<untrusted \u2026>"  # as the rules for an agent speak of the mark
URL: Final = re.compile(r"(?i)[a-z][a-z0-9+.-]*://[^\s)]*")
FENCE: Final = re.compile(r"(`{3,})text")
LINK: Final = re.compile(r"\[([^]]+)\]\([^)]+\)")  # Sentry reads its text only
# What bots, forges and readers of raw Markdown act on.
ACTIVE: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"@[A-Za-z0-9_]",
        r"(?i)(?<![a-z0-9])(?:fix|clos|resolv|implement)(?:e?[sd]?|ing):?\s+\S",
        r"#\d",
        r"(?i)\bGH-\d",
        r"(?i)\[\s*(?:(?:skip|no)[ -](?:ci|actions)|(?:ci|actions)[ -]skip)",
        r"(?i)\*{3}NO_CI",
        r"(?im)^\s*(?:/[a-z]|::|##\[|!\w)",
        r"(?im)^\s*[a-z-]+-by:",
        r"<!--|--!?>",
        r"(?i)[a-z][a-z0-9+.-]*://",
        r"(?i)(?<![a-z0-9])(?:javascript|data):\S",
    )
)


def in_text(text: str, most: int = MOST_CHARACTERS) -> list[Found]:
    """What an agent reads: our words, at most one marked block, our words."""
    found = [*controls(text), *too_long(text, most)]
    opening = OPEN.search(text)
    if opening is None:
        return found + unmarked(text) + _lookalikes(text)
    end = f"\n</untrusted {opening[1]}>"
    closed = text.find(end, opening.end())
    if closed < 0:
        return [*found, Found(Fault.BREAK_OUT, "a block without an end")]
    outside = text[: opening.start()] + "\n" + text[closed + len(end) :]
    body = text[opening.end() : closed]
    return found + unmarked(outside) + _lookalikes(outside) + _body(body, opening[1])


def in_data(output: Any) -> list[Found]:
    """A whole outcome as JSON: strangers speak only below `data.untrusted.data`."""
    data = output.get("data") or {}
    marked = data.get("untrusted") or {}
    outside = {**output, "data": {name: data[name] for name in data if name != "untrusted"}}
    if marked and not TAG.fullmatch(marked.get("tag", "")):
        return [Found(Fault.UNMARKED, "no tag"), *controls("".join(_strings(output)))]
    if marked and marked["tag"] != marked.get("end"):
        return [Found(Fault.BREAK_OUT, "two tags")]
    inside = "\n".join(_strings(marked))
    told = "\n".join(_strings(outside))
    body = "\n".join([text for name in ("data", "cut") for text in _strings(marked.get(name))])
    around = {name: marked[name] for name in marked if name not in ("data", "cut")}
    guessed = _tag_inside(body, marked["tag"]) if marked else []
    return [
        *controls(inside + told),
        *unmarked(told + "\n".join(_strings(around))),
        *guessed,
    ]


def in_terminal(text: str) -> list[Found]:
    """Strangers speak only inside the panel, whose frame they cannot leave."""
    lines = text.split("\n")
    top = next((at for at, line in enumerate(lines) if line.startswith("\u256d\u2500")), None)
    if top is None:
        return controls(text) + unmarked(text)
    ends = (at for at, line in enumerate(lines) if at > top and line.startswith("\u2570\u2500"))
    bottom = next(ends, len(lines))
    framed = all(line[:2] == "\u2502 " and line[-1] == "\u2502" for line in lines[top + 1 : bottom])
    torn = [] if framed and bottom < len(lines) else [Found(Fault.BREAK_OUT, "the panel is torn")]
    outside = "\n".join(lines[:top] + lines[bottom + 1 :])
    return [*controls(text), *torn, *unmarked(outside)]


def in_error(text: str) -> list[Found]:
    """Errors and logs: every word is ours."""
    return [*controls(text), *too_long(text, MOST_OF_A_BLOCK), *unmarked(text)]


def in_line(text: str) -> list[Found]:
    broken = [Found(Fault.BREAK_OUT, "more than a line")] if "\n" in text or "\t" in text else []
    return [*controls(text), *broken, *too_long(text, MOST_OF_A_LINE)]


def in_title(text: str) -> list[Found]:
    """Checked words: what an event names may stand there only if it is a name."""
    own = OUR_TITLE.fullmatch(text) is not None
    found = [] if own else [Found(Fault.BREAK_OUT, f"other words: {text[:60]!r}")]
    return [*controls(text), *found, *acted_on(text), *too_long(text, MOST_OF_A_TITLE)]


def in_branch(text: str) -> list[Found]:
    own = OUR_BRANCH.fullmatch(text) is not None
    return [] if own else [Found(Fault.BREAK_OUT, f"no branch of ours: {text[:60]!r}")]


def in_commit(text: str) -> list[Found]:
    """A title and our one trailer."""
    end = text.find("\n")
    own = OUR_TRAILER.fullmatch(text, max(0, end)) is not None
    found = [] if own else [Found(Fault.BREAK_OUT, "another message than ours")]
    return [*found, *in_title(text[:end])]


def in_body(text: str) -> list[Found]:
    """Our words with our one marker and our links; all else stands in fences."""
    ours, blocks = apart(text)
    told = "\n".join(line for line in ours if not OUR_CHANGE.fullmatch(line))
    told = told.replace("\u26a0\ufe0f", "")
    return [
        *controls(told),
        *unmarked(told),
        *_one_marker(text),
        *links(told),
        *(found for block in blocks for found in in_markdown(block, MOST_OF_A_BODY)),
        *too_long(text, MOST_OF_A_BODY),
    ]


def in_note(text: str) -> list[Found]:
    return [*in_body(text), *too_long(text, MOST_OF_A_BLOCK)]


def in_prompt(text: str) -> list[Found]:
    """Our words round any number of marked blocks."""
    found = [*controls(text), *too_long(text, MOST_OF_A_PROMPT)]
    outside = text
    while opening := OPEN.search(outside):
        end = f"\n</untrusted {opening[1]}>"
        closed = outside.find(end, opening.end())
        if closed < 0:
            return [*found, Found(Fault.BREAK_OUT, "a block without an end")]
        found += _body(outside[opening.end() : closed], opening[1])
        outside = f"{outside[: opening.start()]}\n{outside[closed + len(end) :]}"
    return found + unmarked(outside) + _lookalikes(outside.replace(OUR_RULE, ""))


def in_slack(text: str) -> list[Found]:
    """Links are ours alone; nothing else is a mention, a quote or a second code block."""
    ours = OUR_SLACK_LINK.sub("", text).replace(WARNING, "")
    tags = [Found(Fault.BREAK_OUT, f"a tag: {one!r}") for one in re.findall("[<>]", ours)[:1]]
    fences = [Found(Fault.BREAK_OUT, "a code block")] if text.count("```") not in (0, 2) else []
    quotes = [Found(Fault.BREAK_OUT, "a quote")] if re.search(r"(?m)^\s*&gt;", text) else []
    bare = re.search(r"&(?!amp;|lt;|gt;)", ours)
    entities = [Found(Fault.BREAK_OUT, "an entity")] if bare else []
    told = re.sub(r"(?m)^`sentry-monitor call [^`\n]*`$", "", ours)
    return [*tags, *fences, *quotes, *entities, *in_chat(told), *too_long(text, MOST_OF_A_CHAT)]


def in_plain(text: str) -> list[Found]:
    """As a mail or a chat shows it: our links at the ends of lines, nothing else that acts."""
    ours = OUR_PLAIN_LINK.sub("", text).replace(WARNING, "")
    marks = [Found(Fault.BREAK_OUT, f"a mark: {one!r}") for one in re.findall("[<>`]", ours)[:1]]
    return [*marks, *in_chat(ours), *too_long(text, MOST_OF_A_CHAT)]


def in_chat(text: str) -> list[Found]:
    mentions = re.search(r"[@\uff20][&!#\w]", text)
    found = [Found(Fault.BREAK_OUT, f"a mention: {mentions[0]!r}")] if mentions else []
    body = OUR_HEADING.sub("", text).replace(OUR_NUMBER, "")
    parts = (one for part in body.split("\n\n") for one in acted_on(part))
    return [*controls(text), *found, *parts]


def in_page(text: str) -> list[Found]:
    """A web page: no element, handler or link that our templates have not."""
    page = _Page()
    page.feed(text)
    return [*controls(unescape(text)), *(Found(Fault.BREAK_OUT, one) for one in page.foreign)]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in OUR_ELEMENTS:
            self.foreign.append(f"an element {tag[:40]!r}")
        for name, value in attrs:
            leads = name in ("href", "src", "action") and not (value or "").startswith(OUR_PLACES)
            if leads or name not in OUR_ATTRIBUTES:
                self.foreign.append(f"an attribute {name[:40]!r} of {tag[:40]}")

    def handle_comment(self, data: str) -> None:
        self.foreign.append("a comment")


def in_markdown(text: str, most: int = 3 * MOST_OF_A_BLOCK) -> list[Found]:
    """A fence that its content cannot close, in which nothing is acted on. Ticks count thrice."""
    first, *inside, last = text.split("\n")
    ticks = first.removesuffix("text")
    same = len(ticks) > 2 and set(ticks) == {"`"} and last == ticks
    closing = re.compile(rf"\s*(?:`{{{len(ticks)},}}|~{{{len(ticks)},}})\s*")
    closed = not same or any(closing.fullmatch(line) for line in inside)
    found = [Found(Fault.BREAK_OUT, "the fence is closed")] if closed else []
    body = LINK.sub(r"\1", "\n".join(inside))
    return [*controls(text), *found, *acted_on(body), *too_long(text, most)]


def acted_on(text: str) -> list[Found]:
    acted_on = [active[0] for pattern in ACTIVE if (active := pattern.search(text))]
    return [Found(Fault.BREAK_OUT, f"active: {one[:60]!r}") for one in acted_on]


def apart(text: str) -> tuple[list[str], list[str]]:
    """The lines outside of fences, and each fence with all that Markdown takes for its content."""
    ours: list[str] = []
    blocks: list[list[str]] = []
    ticks = ""
    for line in text.split("\n"):
        opened = None if ticks else FENCE.fullmatch(line)
        if opened:
            ticks = opened[1]
            blocks.append([line])
        elif ticks:
            blocks[-1].append(line)
            ticks = "" if re.fullmatch(rf" {{0,3}}{ticks}`*\s*", line) else ticks
        else:
            ours.append(line)
    return ours, ["\n".join(block) for block in blocks]


def _one_marker(text: str) -> list[Found]:
    own = len(OUR_MARKER.findall(text))
    opened = text.count("<!--")
    return [] if own == opened == 1 else [Found(Fault.BREAK_OUT, f"{own} of {opened} comments")]


def links(text: str) -> list[Found]:
    strange = [url for url in URL.findall(text) if not url.startswith(OUR_LINKS)]
    return [Found(Fault.BREAK_OUT, f"a link: {url[:60]!r}") for url in strange]


def controls(text: str) -> list[Found]:
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return []
    bad = FORBIDDEN.intersection(text)
    return [Found(Fault.CONTROL, f"U+{ord(char):04X}") for char in sorted(bad)[:1]]


def unmarked(text: str) -> list[Found]:
    plain = revealed(text)
    at = plain.find(MARK)
    return [Found(Fault.UNMARKED, plain[max(0, at - 60) : at + 40])] if at >= 0 else []


def _body(body: str, tag: str) -> list[Found]:
    return _tag_inside(body, tag) + _lookalikes(body)


def _tag_inside(body: str, tag: str) -> list[Found]:
    inside = tag in unicodedata.normalize("NFKC", body).casefold()
    return [Found(Fault.BREAK_OUT, "the tag is inside")] if inside else []


def _lookalikes(text: str) -> list[Found]:
    folded = unicodedata.normalize("NFKC", text).casefold()
    like = LOOKALIKE.search(folded if text.isascii() else folded.translate(LOOKS_LIKE_ASCII))
    return [Found(Fault.BREAK_OUT, f"looks like a mark: {like[0]!r}")] if like else []


def too_long(text: str, most: int) -> list[Found]:
    return [Found(Fault.TOO_LONG, f"{len(text)} characters")] if len(text) > most else []


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)
    elif value is not None:
        yield value if isinstance(value, str) else json.dumps(value)
