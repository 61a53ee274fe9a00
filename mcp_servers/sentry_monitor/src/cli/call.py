"""`sentry-monitor call OPERATION key=value …`: any operation, in this process."""

import argparse
import asyncio
import sys
from typing import Any

from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from modules.framework.contracts import ModuleInput, ModuleOutput
from modules.framework.operation import Operation

from .exit_codes import OK, USAGE, exit_code
from .help_format import HelpFormat


def add_call(commands: Any) -> None:
    listed = "\n".join(f"  {one.name:<24}{one.summary}" for one in OPERATIONS)
    one = commands.add_parser(
        "call",
        help="run one operation and print its answer",
        description="Run one operation. Exit codes: 0 success, 1 defect, 2 wrong parameters, "
        "3 authentication, 4 permission, 5 not found, 6 rate limit, 7 timeout, 8 upstream, "
        "9 network, 10 conflict, 11 configuration, 12 unsupported.",
        epilog=f"operations:\n{listed}\n\n`call OPERATION --help` tells its parameters.",
        formatter_class=HelpFormat,
        add_help=False,
    )
    one.add_argument("operation", nargs="?", metavar="OPERATION", help="its name, as listed below")
    one.add_argument("parameters", nargs="*", metavar="key=value", help="its parameters")
    one.add_argument("--json", action="store_true", help="the whole ModuleOutput, as JSON")
    one.add_argument("-h", "--help", action="store_true", help="show this help and exit")
    one.set_defaults(run=_call, parser=one)


def _call(arguments: argparse.Namespace) -> int:
    name = arguments.operation
    if name is None or (arguments.help and name not in OPERATIONS.names):
        arguments.parser.print_help(sys.stdout)
        return OK if arguments.help else USAGE
    if arguments.help:
        sys.stdout.write(operation_help(OPERATIONS.find(name)))
        return OK
    parameters = {}
    for one in arguments.parameters:
        key, equals, value = one.partition("=")
        if not equals:
            sys.stderr.write(f"sentry-monitor: {one!r} is no key=value\n")
            return USAGE
        parameters[key.replace("-", "_")] = value
    request = ModuleInput(operation=name, parameters=parameters)
    return asyncio.run(_run(request, as_json=arguments.json))


def operation_help(one: Operation[Any]) -> str:
    """What an operation does and takes."""
    lines = [f"{one.name}: {one.description}", "", "parameters:"]
    for name, field in one.parameters.model_fields.items():
        needed = "required" if field.is_required() else f"default {field.default!r}"
        lines.append(f"  {name:<18}{field.description or ''} ({needed})")
    lines.append(f"\ntoken scopes, any of: {', '.join(one.scopes)}")
    return "\n".join(lines) + "\n"


async def _run(request: ModuleInput, *, as_json: bool) -> int:
    from rich.console import Console

    from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule

    async with SentryErrorMonitorModule() as module:
        with Console(stderr=True).status(f"{request.operation} …"):
            output = await module.execute(request)
    if as_json:
        sys.stdout.write(output.model_dump_json(indent=2, exclude_none=True) + "\n")
    else:
        _print(output)
    return exit_code(output)


def _print(output: ModuleOutput) -> None:
    """Tables and colours on a terminal; elsewhere the text that an agent gets, marks included."""
    from rich.console import Console

    from mcp_servers.sentry_monitor.src.page_text import agent_text

    from .terminal import show

    known = output.operation in OPERATIONS.names
    view = OPERATIONS.find(output.operation).view if known else next(iter(OPERATIONS)).view
    if sys.stdout.isatty():
        show(output, view, Console(highlight=False))
    else:
        sys.stdout.write(agent_text(output, view) + "\n")
