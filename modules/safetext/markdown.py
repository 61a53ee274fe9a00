"""Markdown that does nothing: no mentions, commands, references, links or hidden comments."""

import re
from typing import Final

DOT: Final = "·"
# Bots and integrations read raw text, fences included: this holds inside fences as well.
DEFUSE: Final = (
    (re.compile(r"@(?=[A-Za-z0-9_])"), "@·"),  # mentions, bot commands
    (
        re.compile(
            r"(?i)\b((?:fix|close|resolve|implement)(?:e?[sd])?|refs?|see|part of|relates? to)"
            r"(?=[:\s]{1,200}\S{0,200}[\d#])"
        ),
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
    (re.compile(r"(?m)^([ \t]*+)(?=/[a-z]|::|##\[|!\w)"), r"\1·"),  # slash, workflow commands
    (re.compile(r"(?im)^([ \t]*+[a-z-]{1,100}-by:)"), r"·\1"),  # trailers
    (re.compile(r"<!--|-->"), DOT),  # hidden comments
    (re.compile(r"(?i)\b(https?|ftp|file|data|javascript|vscode):(?=\S)"), r"\1·:"),  # links
)
RUNS: Final = re.compile(r"`{3,}|~{3,}")


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
