"""`sentry-monitor worker`: the jobs of the queue, until it is stopped."""

import argparse
import asyncio
import logging
import signal
import sys
from typing import TYPE_CHECKING, Any

from mcp_servers.sentry_monitor.src.bootstrap import environment, working
from modules.framework.errors import ModuleError, in_full

from .exit_codes import BY_CATEGORY, OK
from .help_format import HelpFormat
from .logs import HOWS, log_to

if TYPE_CHECKING:
    from mcp_servers.sentry_monitor.src.server.one_issue import OneIssue

logger = logging.getLogger(__name__)


def add_worker(commands: Any) -> None:
    one = commands.add_parser(
        "worker",
        help="run the jobs of the queue until it is stopped",
        description="Run jobs until SIGTERM or Ctrl-C; what is under way goes back to the queue. "
        "One worker to a SQLite file; as many as wanted on PostgreSQL (SENTRY_DATABASE_URL).",
        formatter_class=HelpFormat,
    )
    add_log_format(one)
    one.set_defaults(run=_worker)


def add_log_format(command: argparse.ArgumentParser) -> None:
    """Of commands that run long."""
    command.add_argument(
        "--log-format",
        choices=HOWS,
        default="auto",
        help="of the log on stderr; auto: text on a terminal, JSON lines elsewhere",
    )


def _worker(arguments: argparse.Namespace) -> int:
    log_to(sys.stderr, arguments.log_format)
    try:
        return asyncio.run(_work())
    except ModuleError as error:
        logger.error("%s", in_full(error))  # noqa: TRY400 - whoever starts it wants no traceback
        return BY_CATEGORY[error.category]


async def _work() -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with working(environment(), tools=issue_tools()):
        logger.info("working; SIGTERM or Ctrl-C stops it")
        await stop.wait()
        logger.info("stopping; what is under way goes back to the queue")
    return OK


def issue_tools() -> "OneIssue":
    """What an agent may ask about the issue that it works on."""
    from mcp_servers.sentry_monitor.src.server.one_issue import OneIssue

    return OneIssue(environment())
