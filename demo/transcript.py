"""What the audience sees: a rule per step, the call, the answer, its size, what was checked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH: Final = 100
PER_TOKEN: Final = 4
STYLES: Final = (
    (r"</?untrusted[^>]*>", "bold cyan"),
    (r"<\\/?untrusted[^>]*>", "yellow"),
    (r"\[redacted:[a-z-]+\]", "bold magenta"),
    (r"\b(regressed|escalating)\b", "bold magenta"),
    (r"\b[A-Z]+-\d+\b", "bold"),
    (r"(?m)^\s+> +\d+ .*$", "yellow"),
    (r"(?m)^changed: .*$", "green"),
    (r"(?m)^(next|warning): .*$", "dim"),
    (r"(?m)^\[[a-z ]+\]$", "underline"),
)


@dataclass(frozen=True)
class Row:
    """A step as the closing table shows it."""

    number: int
    call: str
    title: str
    characters: int
    ms: float


class Transcript:
    """Writes to a terminal in colour; elsewhere plain and a hundred columns wide."""

    def __init__(self, *, plain: bool) -> None:
        self.console = Console(highlight=False)
        if plain or not self.console.is_terminal:
            self.console = Console(
                highlight=False, force_terminal=False, no_color=True, width=WIDTH
            )

    def opening(self, title: str, lines: Sequence[str]) -> None:
        self.console.print(Text(title, style="bold"))
        self.told(lines)

    def told(self, lines: Sequence[str]) -> None:
        """Unwrapped, so that a command can be copied."""
        for line in lines:
            self.console.print(Text(line), soft_wrap=True)

    def aside(self, what: str) -> None:
        """Something that happens outside the protocol: a process runs."""
        self.console.print()
        self.console.print(Text(f"$ {what}", style="blue"))

    def step(self, number: int, title: str, why: str) -> None:
        self.console.print()
        self.console.rule(Text(f"{number}. {title}", style="bold"), align="left", style="dim")
        self.console.print(Text(why, style="italic"))

    def call(self, what: str) -> None:
        self.console.print(Text(f"→ {what}", style="bold blue", overflow="fold"))

    def answer(self, text: str, *, most: int, failed: bool = False) -> None:
        """At most so many lines of it; what is left out is counted."""
        lines = text.split("\n")
        shown = "\n".join(lines[:most])
        for line in (Text(shown, style="red") if failed else coloured(shown)).split(
            "\n", allow_blank=True
        ):
            bar = Text.assemble(("│ ", "dim"), line)
            self.console.print(bar, no_wrap=True, overflow="ellipsis")
        if len(lines) > most:
            self.console.print(Text(f"│ … {len(lines) - most} more lines", style="dim"))

    def size(self, characters: int, ms: float) -> None:
        tokens = f"about {characters // PER_TOKEN:,} tokens (estimate: characters / {PER_TOKEN})"
        self.console.print(Text(f"  {characters:,} characters, {tokens}, {ms:.0f} ms", style="dim"))

    def checked(self, what: str, *, held: bool) -> None:
        mark, style = ("✓", "green") if held else ("✗ NOT AS EXPECTED:", "bold red")
        self.console.print(Text(f"  {mark} {what}", style=style))

    def summary(self, rows: Sequence[Row]) -> None:
        self.console.print()
        self.console.rule(Text("Summary", style="bold"), align="left", style="dim")
        table = Table(box=None, pad_edge=False, expand=False)
        table.add_column("#", justify="right", no_wrap=True)
        table.add_column("call", no_wrap=True)
        table.add_column("what it told")  # the one that gives way on a narrow terminal
        for name in ("characters", "~tokens", "ms"):
            table.add_column(name, justify="right", no_wrap=True)
        for row in rows:
            table.add_row(str(row.number), row.call, row.title, *_figures(row.characters, row.ms))
        total = sum(row.characters for row in rows)
        table.add_section()
        table.add_row("", "", "", *_figures(total, sum(row.ms for row in rows)), style="bold")
        self.console.print(table)


def coloured(text: str) -> Text:
    """An answer with its marks, redactions and ids in colour."""
    shown = Text(text)
    for pattern, style in STYLES:
        shown.highlight_regex(pattern, style)
    return shown


def spelled(name: str, arguments: Mapping[str, Any]) -> str:
    """`name(key="value")`, as a person would write the call."""
    inner = ", ".join(f"{key}={json.dumps(value)}" for key, value in arguments.items())
    return f"{name}({inner})"


def _figures(characters: int, ms: float) -> tuple[str, str, str]:
    return f"{characters:,}", f"{characters // PER_TOKEN:,}", f"{ms:.0f}"
