"""`sentry-monitor poll`: what changed in Sentry and no webhook told, now."""

import argparse
import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

from mcp_servers.sentry_monitor.src.bootstrap import environment, poll_once
from modules.framework.contracts import Category
from modules.framework.errors import ModuleError, in_full
from modules.safetext.sinks import for_line

from .exit_codes import BY_CATEGORY, OK
from .help_format import HelpFormat

if TYPE_CHECKING:
    from mcp_servers.sentry_monitor.src.poll import Polled

LINE = 300  # characters


def add_poll(commands: Any) -> None:
    one = commands.add_parser(
        "poll",
        help="look once for what webhooks missed, and begin repairs of it",
        description="Read the mapped projects once, from where the last poll stopped, and begin a "
        "repair of each new, regressed or frequent error that has none. Jobs are only put into the "
        "queue: `serve` or `worker` runs them. Exit code 0 when all projects could be read, else 8.",
        formatter_class=HelpFormat,
    )
    one.add_argument("--json", action="store_true", help="what was found, as JSON")
    one.set_defaults(run=_poll)


def _poll(arguments: argparse.Namespace) -> int:
    try:
        found = asyncio.run(poll_once(environment()))
    except ModuleError as error:
        sys.stderr.write(f"sentry-monitor: {in_full(error)}\n")
        return BY_CATEGORY[error.category]
    if arguments.json:
        sys.stdout.write(f"{json.dumps(found.to_json())}\n")
    else:
        _tell(found)
    return BY_CATEGORY[Category.UPSTREAM] if found.problems else OK


def _tell(found: "Polled") -> None:
    looked = f"{_many(found.looked, 'issue')} changed since the last poll"
    begun = f"{found.begun} handed on to become jobs"
    sys.stdout.write(f"{_many(found.projects, 'project')}: {looked}, {begun}\n")
    if found.missed:
        sys.stdout.write(f"Sentry did not deliver {_many(found.missed, 'webhook')}\n")
    for problem in found.problems:
        sys.stdout.write(f"not read: {for_line(problem, LINE)}\n")


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
