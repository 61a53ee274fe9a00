"""An outcome as the text that an agent reads: our words, then one marked block, then our words."""

from typing import Final

from modules.framework.contracts import ErrorDetail, ModuleOutput, SideEffect
from modules.framework.page import Page, Part, Table
from modules.safetext.sinks import marked

MOST_CHARACTERS: Final = 40_000


def agent_text(output: ModuleOutput, page: Page) -> str:
    """What the model sees of an outcome and its page (`framework.module.viewed`). Never longer
    than about MOST_CHARACTERS."""
    if output.error is not None:
        return error_text(output.error)
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
    """As much as the cap allows, the last line in part, and how many lines were cut."""
    left = MOST_CHARACTERS
    for at, line in enumerate(lines):
        if len(line) >= left:
            rest = len(lines) - at - 1
            cut = f"… {rest} lines cut: ask for a smaller limit, or one event by event_id"
            return "\n".join([*lines[:at], f"{line[:left]}…", cut])
        left -= len(line) + 1
    return "\n".join(lines)


def _effect(effect: SideEffect) -> str:
    what = f"{effect.action} on {effect.target}"
    return f"{what}; undo: {effect.undo}" if effect.undo else what
