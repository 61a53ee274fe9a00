"""Answers for people: tables and colours. Every word from outside was made safe before."""

import re
import textwrap

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from modules.framework.contracts import ErrorDetail, ModuleOutput
from modules.framework.page import Page, Part, Section, Table

NUMBERS = frozenset({"events", "users", "issues"})
TIMES = frozenset({"at", "last seen"})
EXPENDABLE = ("culprit", "environment", "users", "state", "release", "events", "level")
SHORTEST = 24  # columns that a title needs to be read
LONG = {"title": 3, "culprit": 2, "place": 2, "why": 2, "type": 1}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ")
COLOURS = {
    "fatal": "bold red",
    "error": "red",
    "warning": "yellow",
    "escalating": "bold magenta",
    "regressed": "magenta",
    "new": "cyan",
}


def show(output: ModuleOutput, page: Page, console: Console) -> None:
    """Print an outcome. Errors go to the same console, in full."""
    if output.error is not None:
        console.print(_error(output.error))
        return
    for at, line in enumerate(page.head):
        console.print(Text(line, style="bold" if at == 0 else ""))
    if page.outside:
        written = f"{page.origin}, writable by {page.writers}"
        body = Group(*(_part(part, console.width - 4) for part in page.outside))
        console.print(Panel(body, title=written, title_align="left", border_style="dim"))
    for line in page.tail:
        console.print(Text(line, style="dim"))
    _notes(output, console)


def _notes(output: ModuleOutput, console: Console) -> None:
    for warning in output.warnings:
        console.print(Text(f"warning: {warning}", style="yellow"))
    for effect in output.side_effects:
        undo = f" (undo: {effect.undo})" if effect.undo else ""
        console.print(Text(f"changed: {effect.action} on {effect.target}{undo}", style="green"))
    for advice in output.recommendations:
        console.print(Text(f"next: {advice}", style="dim"))


def _error(error: ErrorDetail) -> RenderableType:
    lines = [Text(error.message)]
    if error.recovery_suggestion:
        lines.append(Text(f"Next: {error.recovery_suggestion}", style="cyan"))
    if error.retry_after_seconds is not None:
        lines.append(Text(f"Retry after {error.retry_after_seconds:g} s.", style="dim"))
    return Panel(Group(*lines), title=error.code, title_align="left", border_style="red")


def _part(part: Part, width: int) -> RenderableType:
    return _table(part, width) if isinstance(part, Table) else _section(part, width)


def _table(part: Table, width: int) -> RenderableType:
    table = RichTable(title=part.title or None, title_justify="left", box=None, pad_edge=False)
    shown = fitting(part, width)
    for at in shown:
        name = part.columns[at]
        long = name in LONG
        table.add_column(
            f"{name} UTC" if name in TIMES else name,
            justify="right" if name in NUMBERS else "left",
            ratio=LONG.get(name),
            no_wrap=not long,
            overflow="ellipsis" if long else "fold",
        )
    for row in part.rows:
        cells = [row[at] for at in shown]
        table.add_row(*(Text(_cell(cell), style=COLOURS.get(cell, "")) for cell in cells))
    return table


def fitting(part: Table, width: int) -> list[int]:
    """The columns to show: on a narrow terminal the least telling ones go, ids and titles stay."""
    shown = list(range(len(part.columns)))
    for name in EXPENDABLE:
        if sum(_wanted(part, at) + 2 for at in shown) <= width:
            break
        shown = [at for at in shown if part.columns[at] != name]
    return shown


def _wanted(part: Table, at: int) -> int:
    name = part.columns[at]
    if name in LONG:
        return SHORTEST
    cells = [name, *(_cell(row[at]) for row in part.rows)]
    return max(map(len, cells)) + (4 if name in TIMES else 0)


def _cell(text: str) -> str:
    """A time loses its year and zone's noise; a cell is one line."""
    shown = " ".join(text.split())
    return f"{shown[5:10]} {shown[11:16]}" if MOMENT.fullmatch(shown) else shown


def _section(part: Section, width: int) -> RenderableType:
    title = [Text(part.title, style="bold underline")] if part.title else []
    lines = [Text(hanging(line, width), style=_style(line)) for line in part.lines]
    return Group(*title, *lines, Text(""))


def hanging(line: str, width: int) -> str:
    """A long line goes on below its own indent, so that source code keeps its shape."""
    if len(line) <= width:
        return line
    indent = " " * min(len(line) - len(line.lstrip()) + 4, width // 2)
    return textwrap.fill(line, width, subsequent_indent=indent, drop_whitespace=False)


def _style(line: str) -> str:
    if line.lstrip().startswith(">"):
        return "bold yellow"
    return "dim" if line.lstrip().startswith(("…", "(library)")) else ""
