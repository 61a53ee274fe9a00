"""`sentry-monitor verify-telemetry`: try whether what is reported to SENTRY_DSN arrives."""

import argparse
import asyncio
import sys
from typing import Any, Final

from modules.framework.contracts import ModuleInput

from .call import printed
from .exit_codes import exit_code
from .help_format import HelpFormat

OPERATION: Final = "verify-telemetry"
FOR_THE_REST_S: Final = 30  # the keys are read before, and an explanation after
MOST_S: Final = 300


def add_verify_telemetry(commands: Any) -> None:
    one = commands.add_parser(
        OPERATION,
        help="send a test error to SENTRY_DSN and find it again in Sentry",
        description="Send a tagged test error and message by the SDK to SENTRY_DSN, and find them "
        "again through the API; says what is wrong where they do not arrive. Needs the extra "
        "`telemetry`. Exit codes as of `call`.",
        formatter_class=HelpFormat,
    )
    one.add_argument("--project", metavar="SLUG", help="the project; SENTRY_PROJECT if left out")
    one.add_argument(
        "--environment",
        metavar="NAME",
        help="the environment of the test events; SENTRY_ENVIRONMENT if left out. One of its own "
        "keeps them out of what is looked at by environment",
    )
    one.add_argument(
        "--wait",
        type=_seconds,
        default=20,
        metavar="SECONDS",
        help=f"time that the events have to arrive, 1 to {MOST_S}; default %(default)s",
    )
    one.add_argument("--json", action="store_true", help="the whole ModuleOutput, as JSON")
    one.set_defaults(run=_verify)


def _seconds(given: str) -> int:
    if not given.isdecimal() or not 1 <= int(given) <= MOST_S:
        raise argparse.ArgumentTypeError(f"must be a whole number, 1 to {MOST_S}")
    return int(given)


def _verify(arguments: argparse.Namespace) -> int:
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule

    given = {"project_slug": arguments.project, "environment": arguments.environment}
    named = {name: value for name, value in given.items() if value}
    request = ModuleInput(
        operation=OPERATION,
        parameters={"wait_seconds": arguments.wait, **named},
        timeout_seconds=arguments.wait + FOR_THE_REST_S,
    )
    async with SentryErrorMonitorModule() as module:
        output = await module.execute(request, progress=_told)
    return exit_code(printed(output, as_json=arguments.json))


async def _told(done: float, total: float | None, message: str) -> None:
    if total:
        sys.stderr.write(f"[{int(done)}/{total:.0f}] {message}\n")
