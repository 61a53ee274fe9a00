"""`sentry-monitor doctor`: everything that must work, tried, with what to do where it does not."""

import argparse
import asyncio
import json
import sys
from typing import Any

from mcp_servers.sentry_monitor.src.bootstrap import environment
from mcp_servers.sentry_monitor.src.checkup import Finding, checkup
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import Category, ModuleInput
from modules.safetext.sinks import for_line

from .exit_codes import BY_CATEGORY, OK
from .help_format import HelpFormat

LINE = 600  # characters
MARKS = {True: ("✗", "\x1b[31m"), False: ("✓", "\x1b[32m")}


def add_doctor(commands: Any) -> None:
    one = commands.add_parser(
        "doctor",
        help="try everything that must work, and say what to do where it does not",
        description="Try the connection to Sentry and what repairs need: sandbox, database, "
        "repositories, agents, tests, GitHub, notifications. Nothing is changed and nothing is "
        "spent, but repositories are fetched. Exit code 0 when all is well, else 11.",
        formatter_class=HelpFormat,
    )
    one.add_argument("--json", action="store_true", help="one list of findings, as JSON")
    one.set_defaults(run=_doctor)


def _doctor(arguments: argparse.Namespace) -> int:
    found = asyncio.run(_tried(quiet=arguments.json))
    if arguments.json:
        sys.stdout.write(f"{json.dumps([vars(one) for one in found], indent=1)}\n")
    bad = any(one.reason for one in found)
    return BY_CATEGORY[Category.CONFIGURATION] if bad else OK


async def _tried(*, quiet: bool) -> list[Finding]:
    """Told as they come: some take seconds."""
    found = [await _sentry()]
    if not quiet:
        _tell(found[0])
    async for finding in checkup(environment()):
        found.append(finding)
        if not quiet:
            _tell(finding)
    return found


async def _sentry() -> Finding:
    async with SentryErrorMonitorModule() as module:
        output = await module.execute(ModuleInput(operation="check-connection"))
    if output.error is not None:
        told = f"{output.error.message} {output.error.recovery_suggestion or ''}".strip()
        return Finding("sentry", for_line(told, LINE), output.error.code)
    data = output.data or {}
    lacking = [name for name, state in data["operations"].items() if state != "ok"]
    told = f"{data['server']}, organization {data['organization']}"
    if lacking:
        told += f"; scopes are missing for: {', '.join(lacking)}"
    return Finding("sentry", told, "scopes" if lacking else "")


def _tell(finding: Finding) -> None:
    mark, colour = MARKS[bool(finding.reason)]
    if sys.stdout.isatty():
        mark = f"{colour}{mark}\x1b[0m"
    why = f" [{finding.reason}]" if finding.reason else ""
    sys.stdout.write(f"{mark} {finding.what}: {for_line(finding.told, LINE)}{why}\n")
    sys.stdout.flush()
