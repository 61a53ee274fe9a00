"""Answers for people: tables and colours. Every word from outside was made safe before."""

import re

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from modules.framework.contracts import ErrorDetail, ModuleOutput
from modules.framework.operation import View
from modules.framework.page import Part, Section, Table

NUMBERS = frozenset({"events", "users", "issues"})
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


def show(output: ModuleOutput, view: View, console: Console) -> None:
    """Print an outcome. Errors go to the same console, in full."""
    if output.error is not None:
        console.print(_error(output.error))
        return
    page = view(output.data or {})
    for at, line in enumerate(page.head):
        console.print(Text(line, style="bold" if at == 0 else ""))
    if page.outside:
        written = f"{page.origin}, writable by {page.writers}"
        body = Group(*(_part(part) for part in page.outside))
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


def _part(part: Part) -> RenderableType:
    return _table(part) if isinstance(part, Table) else _section(part)


def _table(part: Table) -> RenderableType:
    table = RichTable(title=part.title or None, title_justify="left", box=None, pad_edge=False)
    for name in part.columns:
        long = name in LONG
        table.add_column(
            name,
            justify="right" if name in NUMBERS else "left",
            ratio=LONG.get(name),
            no_wrap=not long,
            overflow="ellipsis" if long else "fold",
        )
    for row in part.rows:
        table.add_row(*(Text(_cell(cell), style=COLOURS.get(cell, "")) for cell in row))
    return table


def _cell(text: str) -> str:
    """A time loses its year and zone's noise; a cell is one line."""
    shown = " ".join(text.split())
    return f"{shown[5:10]} {shown[11:16]}" if MOMENT.fullmatch(shown) else shown


def _section(part: Section) -> RenderableType:
    title = [Text(part.title, style="bold underline")] if part.title else []
    lines = [Text(line, style=_style(line)) for line in part.lines]
    return Group(*title, *lines, Text(""))


def _style(line: str) -> str:
    if line.lstrip().startswith(">"):
        return "bold yellow"
    return "dim" if line.lstrip().startswith(("…", "(library)")) else ""
