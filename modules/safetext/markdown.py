"""Markdown that does nothing: no mentions, commands, references, links or hidden comments."""

import re
from typing import Final

DOT: Final = "·"
# Bots and integrations read raw text, fences included: this holds inside fences as well.
DEFUSE: Final = (
    (re.compile(r"@(?=[A-Za-z0-9_])"), "@·"),  # mentions, bot commands
    # Sentry resolves what is named anywhere behind the verb: `Fixed the cart, see WEB-AB`.
    (
        re.compile(
            r"(?i)(?<![a-z0-9])(?:fix(?:e[sd]|ing)?|clos(?:e[sd]?|ing)|resolv(?:e[sd]?|ing)"
            r"|implement(?:s|ed|ing)?)(?=[\]:\s])"
        ),
        r"\g<0>·",
    ),
    (
        re.compile(r"(?i)\b(refs?|see|part of|relates? to)(?=[:\s]{1,200}\S{0,200}[\d#])"),
        r"\1·",
    ),
    (re.compile(r"#(?=\d)"), "#·"),  # issue references
    (re.compile(r"(?i)\bGH-(?=\d)"), "GH·-"),
    (
        re.compile(
            r"(?i)\[(?=\s{0,200}(?:skip|no)[ -](?:ci|actions)|\s{0,200}(?:ci|actions)[ -]skip)"
        ),
        "[·",
    ),
    (re.compile(r"(?i)\*{3}(?=NO_CI)"), DOT),
    (re.compile(r"(?im)^([ \t]*+)(?=/[a-z]|::|##\[|!\w)"), r"\1·"),  # slash, workflow commands
    (re.compile(r"(?im)^([ \t]*+[a-z-]{1,100}-by:)"), r"·\1"),  # trailers
    (re.compile(r"<!--|--!?>"), DOT),  # hidden comments
    (
        re.compile(
            r"(?i)(?<![a-z0-9])(https?|ftp|file|data|javascript|vbscript|mailto|vscode):(?=\S)"
        ),
        r"\1·:",  # links; whatever opens an application has a scheme of its own
    ),
    (re.compile(r"(?i)(?<=[a-z0-9]):(?=//)"), "·:"),
)
RUNS: Final = re.compile(r"`{3,}|~{3,}")
TICKS: Final = re.compile("`+")


def defuse(text: str) -> str:
    """The same words, which no bot, forge or renderer acts on."""
    for pattern, instead in DEFUSE:
        text = pattern.sub(instead, text)
    return text


def fence(text: str, info: str = "text") -> str:
    """A code block that its content cannot end."""
    longest = max((len(run) for run in RUNS.findall(text)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}{info}\n{text}\n{ticks}"


def code_span(line: str) -> str:
    """A code span of one line that its content cannot end (CommonMark 0.31, "Code spans")."""
    longest = max((len(run) for run in TICKS.findall(line)), default=0)
    ticks = "`" * (longest + 1)
    return f"{ticks} {line} {ticks}" if longest or not line.strip() else f"`{line}`"
