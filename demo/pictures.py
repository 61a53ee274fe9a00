"""Draw docs/pictures/*.svg from real answers: python -m demo.pictures, with port 9000 free."""

import asyncio
import io
import re
import sys
from typing import Any, Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from mcp_servers.sentry_monitor.src.cli.terminal import show
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ModuleInput
from modules.framework.module import viewed

from .processes import HERE, LocalSentry, bare, local_sentry, run_intruder, run_shop
from .repairs import workplace
from .story import NEW, OLD
from .transcript import coloured

PICTURES: Final = HERE.parent / "docs/pictures"
# Nothing is loaded from elsewhere: a viewer's own fixed-width font is stretched to fit.
FONTS: Final = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'
SVG: Final = (
    re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    .replace("Fira Code, monospace", FONTS)
    .replace("<svg ", '<svg xml:space="preserve" ')
)
DARK: Final = TerminalTheme(
    (30, 32, 40),
    (214, 218, 228),
    [
        (60, 64, 78),
        (240, 113, 120),
        (166, 218, 149),
        (238, 200, 120),
        (125, 174, 255),
        (210, 150, 235),
        (120, 210, 215),
        (214, 218, 228),
    ],
)


async def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with local_sentry(port=9000) as sentry:
        await fill(sentry)
        async with SentryErrorMonitorModule(sentry.settings) as module:
            await draw(module, "issues", "get-recent-issues", {"limit": 10}, width=100)
            await draw(module, "stats", "get-project-stats", {"period": "24h"}, width=100)
            await draw(module, "statistics", "get-error-statistics", {}, width=100)
            await draw(module, "alerts", "ensure-alert-rules", {}, width=120)
        await draw_repair(sentry)
        await draw_piped(sentry, "disarmed", ("get-issue-details", "issue_id=SHOP-6"), width=100)


async def fill(sentry: LocalSentry) -> None:
    """The shop of the demonstration, with its regression and its liar."""
    await run_shop(sentry, OLD, "orders", "noise", "close")
    await run_intruder(sentry, OLD)
    async with SentryErrorMonitorModule(sentry.settings) as module:
        parameters = {"issue_id": "SHOP-1", "in_next_release": True}
        await module.execute(ModuleInput(operation="resolve-issue", parameters=parameters))
    await run_shop(sentry, NEW, "orders")


async def draw(
    module: SentryErrorMonitorModule, name: str, operation: str, given: dict[str, Any], width: int
) -> None:
    """The answer as a terminal shows it."""
    output = await module.execute(ModuleInput(operation=operation, parameters=given))
    words = (operation, *(f"{key}={value}" for key, value in given.items()))
    console = _terminal(words, "", width=width)
    show(*viewed(output, module.operations.find(operation).view), console)
    _save(name, console)


async def draw_piped(sentry: LocalSentry, name: str, words: tuple[str, ...], *, width: int) -> None:
    """The answer as a pipe gets it, which is how an agent gets it too."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "mcp_servers.sentry_monitor", "call", *words),
        cwd=HERE.parent,
        env=bare(**sentry.settings),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    console = _terminal(words, " | cat", width=width)
    console.print(coloured(said.decode().rstrip()))
    _save(name, console)


async def draw_repair(sentry: LocalSentry) -> None:
    """A repair that waits for a person, by the replayed agent of the demonstration."""
    async with workplace(sentry.project) as place:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "mcp_servers.sentry_monitor", "autofix", "SHOP-1", "--stop-at", "diff"),
            cwd=HERE.parent,
            env=bare(**sentry.settings, **place.settings),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, told = await process.communicate()
    console = _terminal(("SHOP-1", "--stop-at", "diff"), "", width=100, command="autofix")
    console.print(Text(told.decode().rstrip(), style="dim"))
    console.print(coloured(said.decode().rstrip()))
    _save("repair", console)


def _terminal(words: tuple[str, ...], rest: str, *, width: int, command: str = "call") -> Console:
    """A terminal that remembers, with the command typed."""
    console = Console(
        record=True,
        width=width,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
    )
    typed = f"sentry-monitor {command} {' '.join(words)}{rest}"
    console.print(Text.assemble(("$ ", "green"), (typed, "bold")))
    return console


def _save(name: str, console: Console) -> None:
    console.print()  # the last line would lose what hangs below it
    svg = console.export_svg(title="", theme=DARK, code_format=SVG, unique_id=name)
    (PICTURES / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
