"""`sentry-monitor serve`: webhooks, poller, API, pages, MCP and worker by one command."""

import argparse
import asyncio
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from mcp_servers.sentry_monitor.src.bootstrap import environment, serving
from mcp_servers.sentry_monitor.src.deciding import Decider
from mcp_servers.sentry_monitor.src.setting_values import BEARER_FORM, LOOPBACK
from modules.framework.contracts import Category
from modules.framework.errors import ModuleError, in_full

from .exit_codes import BY_CATEGORY, OK, USAGE
from .help_format import HelpFormat
from .logs import log_to
from .worker import add_log_format, issue_tools

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from mcp_servers.sentry_monitor.src.service import Service

logger = logging.getLogger(__name__)
PORT: Final = 8081


def add_serve(commands: Any) -> None:
    one = commands.add_parser(
        "serve",
        help="the service: webhooks, polls, jobs, API and pages",
        description="Take webhooks, look for what they missed, run repairs, and show it all, "
        "with no server to install. With PostgreSQL (--database) and --no-worker it "
        "runs beside any number of `sentry-monitor worker`. Beyond loopback a token is needed: "
        "SENTRY_MONITOR_HTTP_TOKEN.",
        formatter_class=HelpFormat,
    )
    one.add_argument("--host", default="127.0.0.1", help="address to listen at; 127.0.0.1")
    one.add_argument("--port", type=int, default=PORT, help=f"port, {PORT}; 0 for a free one")
    one.add_argument("--database", metavar="URL", help="postgresql://…, as SENTRY_DATABASE_URL")
    one.add_argument("--no-worker", action="store_true", help="run no jobs in this process")
    one.add_argument(
        "--allowed-host", action="append", default=[], metavar="NAME", help="further Host header"
    )
    add_log_format(one)
    one.set_defaults(run=_serve)


def _serve(arguments: argparse.Namespace) -> int:
    log_to(sys.stderr, arguments.log_format)
    environ = dict(environment())
    if arguments.database:
        environ["SENTRY_DATABASE_URL"] = arguments.database
    if not 0 <= arguments.port <= 65535:
        sys.stderr.write("sentry-monitor: --port takes a number from 0 to 65535\n")
        return USAGE
    try:
        return asyncio.run(_run(arguments, environ))
    except ModuleError as error:
        logger.error("%s", in_full(error))  # noqa: TRY400 - whoever starts it wants no traceback
        return BY_CATEGORY[error.category]


async def _run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from mcp_servers.sentry_monitor.src.server.opening import toolsets
    from mcp_servers.sentry_monitor.src.server.transports import listen
    from mcp_servers.sentry_monitor.src.settings import Settings
    from mcp_servers.sentry_monitor.src.web.app import create_app
    from mcp_servers.sentry_monitor.src.web.serving import serve

    settings = Settings.from_environ(environ)
    token = settings.http_token.get_secret_value() if settings.http_token else None
    if arguments.host not in LOOPBACK and token is None:
        sys.stderr.write(
            f"sentry-monitor: {arguments.host} can be reached from other machines and there is no "
            f"token: SENTRY_MONITOR_HTTP_TOKEN {BEARER_FORM} (or use 127.0.0.1)\n"
        )
        return BY_CATEGORY[Category.CONFIGURATION]
    if arguments.host not in LOOPBACK and settings.webhook_unsigned:
        sys.stderr.write(
            "sentry-monitor: SENTRY_WEBHOOK_ALLOW_UNSIGNED is for this machine alone: leave it "
            "out, or use 127.0.0.1\n"
        )
        return BY_CATEGORY[Category.CONFIGURATION]
    try:
        opened = listen(arguments.host, arguments.port)
    except OSError as error:
        why = f"cannot listen at {arguments.host}:{arguments.port}: {error.strerror}"
        sys.stderr.write(f"sentry-monitor: {why}; choose another --port, or 0 for a free one\n")
        return USAGE
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    own = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    decider = Decider(environ, log_format=arguments.log_format)
    with opened as listener:
        async with (
            serving(
                environ, works=not arguments.no_worker, tools=issue_tools(), decider=decider
            ) as service,
            _mcp(service, toolsets(environ)) as mcp,
        ):
            hosts = (own, *arguments.allowed_host)
            web = create_app(service, token=token, hosts=hosts, mcp=mcp)
            _greet(service, listener, arguments.host)
            await serve(web, listener, stop)
        logger.info("stopped; jobs under way went back to the queue")
    return OK


@asynccontextmanager
async def _mcp(service: "Service", asked: frozenset[str]) -> "AsyncIterator[ASGIApp]":
    from mcp_servers.sentry_monitor.src.server.app import build
    from mcp_servers.sentry_monitor.src.server.tools import Selection

    server = build(service.module, Selection(toolsets=asked))
    from mcp.server.transport_security import TransportSecuritySettings

    checked = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # by the door
    app = server.streamable_http_app(stateless_http=True, transport_security=checked)
    async with app.router.lifespan_context(app):
        yield app


def _greet(service: "Service", listener: socket.socket, host: str) -> None:
    shown = f"[{host}]" if ":" in host else host
    at = f"http://{shown}:{listener.getsockname()[1]}"
    known = service.settings
    lines = [f"listening at {at} (pages), {at}/mcp (agents), {at}/webhooks/sentry"]
    if not service.watch.enabled:
        lines.append("repairs are off: SENTRY_FIXER_ENABLED=true switches them on")
    elif not service.works:
        lines.append("runs no jobs: start `sentry-monitor worker`")
    if not known.webhook_secrets:
        lines.append("takes no webhooks: SENTRY_WEBHOOK_SECRET is not set")
    lines.append(f"jobs are kept in {service.where}")
    for one in lines:
        logger.info("%s", one)
