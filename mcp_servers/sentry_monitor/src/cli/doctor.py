"""`sentry-monitor doctor`: everything that must work, tried, with what to do where it does not."""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

from mcp_servers.sentry_monitor.src.bootstrap import environment
from mcp_servers.sentry_monitor.src.checkup.everything import checkup
from mcp_servers.sentry_monitor.src.checkup.finding import Finding
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from mcp_servers.sentry_monitor.src.settings import BadSettings
from modules.framework.contracts import Category, ModuleInput
from modules.framework.errors import in_full
from modules.safetext.sinks import for_line

from .exit_codes import BY_CATEGORY, OK
from .help_format import HelpFormat

LINE = 600  # characters
WELL, WARNS, BAD = ("✓", "\x1b[32m"), ("!", "\x1b[33m"), ("✗", "\x1b[31m")


def add_doctor(commands: Any) -> None:
    one = commands.add_parser(
        "doctor",
        help="try everything that must work, and say what to do where it does not",
        description="Try the connection to Sentry, the clock, the webhook's secret and what repairs "
        "need: git, room on the disk, sandbox, database, repositories, agents, tests, GitHub, "
        "notifications. Nothing is changed and nothing is spent, but repositories are fetched. "
        "Exit code 0 when nothing fails (! only warns), else 11.",
        formatter_class=HelpFormat,
    )
    one.add_argument("--json", action="store_true", help="one list of findings, as JSON")
    one.set_defaults(run=_doctor)


def _doctor(arguments: argparse.Namespace) -> int:
    found = asyncio.run(_tried(quiet=arguments.json))
    if arguments.json:
        sys.stdout.write(f"{json.dumps([vars(one) for one in found], indent=1)}\n")
    bad = any(one.reason and not one.warns for one in found)
    return BY_CATEGORY[Category.CONFIGURATION] if bad else OK


async def _tried(*, quiet: bool) -> list[Finding]:
    """Told as they come: some take seconds."""
    found: list[Finding] = []
    async for finding in _all():
        found.append(finding)
        if not quiet:
            _tell(finding)
    return found


async def _all() -> AsyncIterator[Finding]:
    sentry = await _sentry()
    if sentry.reason != BadSettings.code:  # else the checkup tells it, as what it is
        yield sentry
    async for finding in checkup(environment()):
        yield finding


async def _sentry() -> Finding:
    async with SentryErrorMonitorModule() as module:
        output = await module.execute(ModuleInput(operation="check-connection"))
    if output.error is not None:
        return Finding("sentry", for_line(in_full(output.error), LINE), output.error.code)
    data = output.data or {}
    lacking = [name for name, state in data["operations"].items() if state != "ok"]
    told = f"{data['server']}, organization {data['organization']}"
    if lacking:
        told += f"; scopes are missing for: {', '.join(lacking)}"
    return Finding("sentry", told, "scopes" if lacking else "")


def _tell(finding: Finding) -> None:
    mark, colour = WELL if not finding.reason else WARNS if finding.warns else BAD
    if sys.stdout.isatty():
        mark = f"{colour}{mark}\x1b[0m"
    why = f" [{finding.reason}]" if finding.reason else ""
    sys.stdout.write(f"{mark} {finding.what}: {for_line(finding.told, LINE)}{why}\n")
    sys.stdout.flush()
