"""Answers for people: tables and colours. Every word from outside was made safe before."""

import re
import textwrap
from collections.abc import Collection, Sequence

from rich.cells import cell_len
from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from modules.framework.contracts import ErrorDetail, ModuleOutput
from modules.framework.page import Page, Part, Section, Table

NUMBERS = frozenset({"errors", "events", "issues", "per minute", "share", "users"})
TIMES = frozenset({"at", "last seen"})
EXPENDABLE = ("culprit", "environment", "users", "state", "release", "events", "level")
SENTENCES = frozenset({"title", "culprit"})
SHORTEST = 24  # columns that a sentence needs to be read
WHOLE = 16  # columns of what is no prose: ids, states, times, numbers
LEAST = 8  # columns below which wrapping one value to spare another is no gain
GAP = 2
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
    table = RichTable(box=None, pad_edge=False)
    shown = fitting(part, width)
    for at, room in zip(shown, widths([_natural(part, at) for at in shown], width), strict=True):
        name = part.columns[at]
        justify: JustifyMethod = "right" if name in NUMBERS else "left"
        table.add_column(_heading(name), justify=justify, width=room, overflow="fold")
    for row in part.rows:
        cells = [row[at] for at in shown]
        table.add_row(*(Text(_cell(cell), style=COLOURS.get(cell, "")) for cell in cells))
    title = [Text(part.title, style="italic")] if part.title else []
    return Group(*title, table, *_left_out(part, shown))


def _left_out(part: Table, shown: Collection[int]) -> list[Text]:
    missing = [name for at, name in enumerate(part.columns) if at not in shown]
    told = f"not shown, as the terminal is narrow: {', '.join(missing)}"
    return [Text(told, style="dim")] if missing else []


def fitting(part: Table, width: int) -> list[int]:
    """The columns to show: on a narrow terminal the least telling ones go, ids and titles stay."""
    shown = list(range(len(part.columns)))
    for name in EXPENDABLE:
        if sum(_least(part, at) + GAP for at in shown) <= width + GAP:
            break
        shown = [at for at in shown if part.columns[at] != name]
    return shown


def _least(part: Table, at: int) -> int:
    return min(_natural(part, at), SHORTEST if part.columns[at] in SENTENCES else WHOLE)


def widths(natural: Sequence[int], width: int) -> list[int]:
    """How wide columns are that want so much. What is short is never broken, nor is what the
    first column names a row by; the others share what is left and wrap."""
    left = width - GAP * (len(natural) - 1)
    whole = [want <= WHOLE or (at == 0 and want <= left // 2) for at, want in enumerate(natural)]
    rest = [want for want, firm in zip(natural, whole, strict=True) if not firm]
    room = left - sum(natural) + sum(rest)
    if room < LEAST * len(rest):
        return _shared(natural, left)
    shares = iter(_shared(rest, room))
    return [want if firm else next(shares) for want, firm in zip(natural, whole, strict=True)]


def _shared(wanted: Sequence[int], room: int) -> list[int]:
    """Nobody gets more than they want, and whoever wants more than the others get gets as much."""
    given = dict.fromkeys(range(len(wanted)), 0)
    for turn, at in enumerate(sorted(given, key=lambda one: wanted[one])):
        given[at] = max(1, min(wanted[at], (room - sum(given.values())) // (len(wanted) - turn)))
    return list(given.values())


def _natural(part: Table, at: int) -> int:
    """What a column wants in order to break no cell."""
    cells = [_heading(part.columns[at]), *(_cell(row[at]) for row in part.rows)]
    return max(1, *map(cell_len, cells))


def _heading(name: str) -> str:
    return f"{name} UTC" if name in TIMES else name


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
