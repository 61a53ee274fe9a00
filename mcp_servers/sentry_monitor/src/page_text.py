"""An outcome as the text that an agent reads: our words, then one marked block, then our words."""

from typing import Final

from modules.framework.contracts import ErrorDetail, ModuleOutput
from modules.framework.operation import View
from modules.framework.page import Page, Part, Table
from modules.safetext.sinks import marked

MOST_CHARACTERS: Final = 40_000


def agent_text(output: ModuleOutput, view: View) -> str:
    """What the model sees. Never longer than about MOST_CHARACTERS."""
    if output.error is not None:
        return error_text(output.error)
    page = view(output.data or {})
    body = block(page)
    notes = [f"warning: {one}" for one in output.warnings]
    notes += [f"changed: {_effect(one)}" for one in output.side_effects]
    notes += [f"next: {one}" for one in output.recommendations]
    return "\n".join([*page.head, *([body] if body else []), *page.tail, *notes])


def error_text(error: ErrorDetail) -> str:
    """Complete in itself: clients drop the structured form of an error."""
    lines = [f"{error.code}: {error.message}"]
    if error.recovery_suggestion:
        lines.append(f"next: {error.recovery_suggestion}")
    if error.retry_after_seconds is not None:
        lines.append(f"retry after {error.retry_after_seconds:g} s")
    elif not error.retryable:
        lines.append("repeating the same call will not help")
    return "\n".join(lines)


def block(page: Page) -> str:
    """The part that others wrote, in one block; empty if there is none. Every cell was made safe
    when the answer was made; here it is only marked."""
    lines = [line for part in page.outside for line in part_lines(part)]
    if not lines:
        return ""
    return marked(_fit(lines), origin=page.origin, writers=page.writers)


def part_lines(part: Part) -> list[str]:
    """A section or a table as lines."""
    title = [f"[{part.title}]"] if part.title else []
    if isinstance(part, Table):
        return [*title, " | ".join(part.columns), *(_row(row) for row in part.rows)]
    return [*title, *part.lines]


def _row(cells: tuple[str, ...]) -> str:
    return " | ".join(" ".join(cell.split()) for cell in cells)


def _fit(lines: list[str]) -> str:
    """As many lines as the cap allows, and how many were cut."""
    left, kept = MOST_CHARACTERS, 0
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            break
        kept += 1
    if kept == len(lines):
        return "\n".join(lines)
    cut = f"… {len(lines) - kept} lines cut: ask for a smaller limit, or one event by event_id"
    return "\n".join([*lines[:kept], cut])


def _effect(effect: object) -> str:
    undo = getattr(effect, "undo", None)
    what = f"{getattr(effect, 'action', '')} on {getattr(effect, 'target', '')}"
    return f"{what}; undo: {undo}" if undo else what
