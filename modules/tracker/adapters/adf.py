"""The Markdown of our tickets as an Atlassian document. No I/O.

Source: developer.atlassian.com, "Atlassian Document Format". Only what our own descriptions are
made of: headings, lists of one level, fenced code, bold, code, links. Whatever else there is stays
the text it is. Hidden comments are left out, since this format has none.
"""

import re
from typing import Any, Final
from urllib.parse import urlsplit

Node = dict[str, Any]
LONGEST: Final = 30_000  # characters; Jira takes 32,767 of a text, marks included
HIDDEN: Final = re.compile(r"<!--.*?-->", re.DOTALL)
FENCE: Final = re.compile(r"(`{3,}|~{3,})[^`]*")
HEADING: Final = re.compile(r"(#{1,6})\s+(\S.*)")
BULLET: Final = re.compile(r"\s*[-*]\s+(\S.*)")
INLINE: Final = re.compile(
    r"\[`?(?P<label>[^\]\[`]{1,300})`?\]\((?P<url>https?://[^\s()]{1,600})\)"
    r"|\*\*(?P<bold>[^*]{1,600})\*\*"
    r"|(?<!`)(?P<ticks>`{1,20})(?!`) ?(?P<code>.{1,600}?) ?(?<!`)(?P=ticks)(?!`)"
)


def document(markdown: str) -> Node:
    lines = HIDDEN.sub("", markdown)[:LONGEST].splitlines()
    content: list[Node] = []
    while lines:
        line = lines.pop(0)
        if fence := FENCE.fullmatch(line.strip()):
            content.append(_code(lines, fence[1]))
        elif heading := HEADING.fullmatch(line.strip()):
            level = {"level": len(heading[1])}
            content.append({"type": "heading", "attrs": level, "content": _inline(heading[2])})
        elif BULLET.fullmatch(line):
            content.append(_list([line, *_taken(lines, BULLET)]))
        elif line.strip():
            content.append(_paragraph(line.strip()))
    return {"type": "doc", "version": 1, "content": content or [{"type": "paragraph"}]}


def _code(lines: list[str], ticks: str) -> Node:
    """Up to the line that closes it, or the end."""
    code: list[str] = []
    while lines:
        line = lines.pop(0)
        if line.strip() == ticks:
            break
        code.append(line)
    text = "\n".join(code)
    return {"type": "codeBlock", **({"content": [_text(text)]} if text else {})}


def _taken(lines: list[str], pattern: re.Pattern[str]) -> list[str]:
    """The lines at the beginning that match, taken away."""
    taken = []
    while lines and pattern.fullmatch(lines[0]):
        taken.append(lines.pop(0))
    return taken


def _list(lines: list[str]) -> Node:
    told = [match[1] for line in lines if (match := BULLET.fullmatch(line))]
    items = [{"type": "listItem", "content": [_paragraph(one)]} for one in told]
    return {"type": "bulletList", "content": items}


def _paragraph(text: str) -> Node:
    return {"type": "paragraph", "content": _inline(text)}


def _inline(text: str) -> list[Node]:
    nodes, at = [], 0
    for match in INLINE.finditer(text):
        if match.start() > at:
            nodes.append(_text(text[at : match.start()]))
        nodes.append(_marked(match))
        at = match.end()
    return [*nodes, _text(text[at:])] if at < len(text) else nodes


def _marked(match: re.Match[str]) -> Node:
    if (url := match["url"]) is not None:
        if urlsplit(url).hostname is None:
            return _text(match[0])
        return _text(match["label"], {"type": "link", "attrs": {"href": url}})
    if match["bold"] is not None:
        return _text(match["bold"], {"type": "strong"})
    return _text(match["code"], {"type": "code"})


def _text(text: str, *marks: Node) -> Node:
    return {"type": "text", "text": text, **({"marks": list(marks)} if marks else {})}
