"""Judges what a tracker is told. Written from what must hold, and from nothing of the code under
test."""

import re
from collections.abc import Iterator
from typing import Any, Final

from .checks import (
    MOST_OF_A_BODY,
    MOST_OF_A_TITLE,
    OUR_LINKS,
    Fault,
    Found,
    acted_on,
    apart,
    controls,
    in_chat,
    in_markdown,
    links,
    too_long,
    unmarked,
)

OUR_TITLE: Final = re.compile(r"\[[A-Za-z0-9_.@+-]+\] \S[^\n]*")
OUR_MARKER: Final = re.compile(
    r"<!-- sentry-monitor:(?:issue sentry\.test/acme/(?:alert-)?\d+ generation \d+"
    r"|note [0-9a-f]{32}) -->"
)
# CommonMark 0.31, "Code spans": what stands between two runs of ticks of one length.
SPAN: Final = re.compile(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)")
NODES: Final = frozenset(
    ("doc", "heading", "paragraph", "codeBlock", "bulletList", "listItem", "text")
)


def in_title(text: str) -> list[Found]:
    """One line of plain text: forges and chats act on titles, too."""
    own = [] if OUR_TITLE.fullmatch(text) else [Found(Fault.BREAK_OUT, f"a title: {text[:60]!r}")]
    marks = [Found(Fault.BREAK_OUT, f"a mark: {one!r}") for one in re.findall("[<>`]", text)[:1]]
    return [*own, *marks, *in_chat(text), *too_long(text, MOST_OF_A_TITLE)]


def in_body(text: str) -> list[Found]:
    """Our words, links and one marker; strangers speak in fences and in code spans, in which
    nothing is acted on either."""
    ours, blocks = apart(text)
    spans = [found[2] for line in ours for found in SPAN.finditer(line)]
    told = "\n".join(SPAN.sub("", line) for line in ours)
    return [
        *controls(text),
        *unmarked(told),
        *_one_marker(text),
        *links(told),
        *(found for span in spans for found in acted_on(span)),
        *(found for block in blocks for found in in_markdown(block, MOST_OF_A_BODY)),
        *too_long(text, MOST_OF_A_BODY),
    ]


def in_comment(text: str) -> list[Found]:
    """Every word is ours."""
    return [*controls(text), *unmarked(text), *_one_marker(text), *links(text)]


def in_document(node: Any) -> list[Found]:
    """Of the kinds of nodes that we use, none of which mentions or embeds; links are ours."""
    found = [] if node["type"] in NODES else [Found(Fault.BREAK_OUT, f"a node {node['type']!r}")]
    strange = [
        Found(Fault.BREAK_OUT, f"a link: {url[:60]!r}")
        for url in _links(node)
        if not url.startswith(OUR_LINKS)
    ]
    quoted = node["type"] == "codeBlock" or _has(node, "code")
    text = node.get("text", "")
    told = [] if quoted else [*unmarked(text), *acted_on(text)]
    inside = (one for child in node.get("content", ()) for one in _inside(child, quoted=quoted))
    return [*found, *strange, *controls(text), *told, *inside]


def _inside(node: Any, *, quoted: bool) -> list[Found]:
    found = in_document(node)
    return [one for one in found if one.fault is not Fault.UNMARKED] if quoted else found


def _links(node: Any) -> Iterator[str]:
    for mark in node.get("marks", ()):
        if mark["type"] == "link":
            yield mark["attrs"]["href"]


def _has(node: Any, kind: str) -> bool:
    return any(mark["type"] == kind for mark in node.get("marks", ()))


def _one_marker(text: str) -> list[Found]:
    own, opened = len(OUR_MARKER.findall(text)), text.count("<!--")
    return [] if own == opened == 1 else [Found(Fault.BREAK_OUT, f"{own} of {opened} comments")]
