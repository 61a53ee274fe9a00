"""`sentry-monitor call OPERATION key=value …`: any operation, in this process."""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo

from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from modules.framework.contracts import ModuleInput, ModuleOutput, Status
from modules.framework.errors import InvalidParameters, ModuleError, UnknownOperation
from modules.framework.module import viewed
from modules.framework.operation import Operation, allowed, spelled

from .exit_codes import OK, USAGE, exit_code
from .help_format import HelpFormat


def add_call(commands: Any) -> None:
    listed = "\n".join(f"  {one.name:<28}{one.summary}" for one in OPERATIONS)
    one = commands.add_parser(
        "call",
        help="run one operation and print its answer",
        description="Run one operation. Exit codes: 0 success, 1 defect or full disk, 2 wrong "
        "parameters, 3 authentication, 4 permission, 5 not found, 6 rate limit, 7 timeout, 8 upstream, "
        "9 network, 10 conflict, 11 configuration, 12 unsupported, 14 done in part, 130 interrupted. "
        "Answers go to standard output, errors to standard error; with --json both to standard output.",
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
    if name is None:
        arguments.parser.print_help(sys.stdout if arguments.help else sys.stderr)
        return OK if arguments.help else USAGE
    try:
        known = OPERATIONS.find(name)
        if arguments.help:
            sys.stdout.write(operation_help(known))
            return OK
        parameters = _parameters(known, arguments.parameters)
    except (UnknownOperation, InvalidParameters) as error:
        return refused(arguments, error)
    request = ModuleInput(operation=name, parameters=parameters)
    return asyncio.run(_run(request, as_json=arguments.json))


def refused(arguments: argparse.Namespace, error: ModuleError) -> int:
    """A call that was typed wrong ends like one that was refused: as JSON where that was asked."""
    output = ModuleOutput(
        status=Status.FAILURE, operation=(arguments.operation or "")[:64], error=error.detail()
    )
    return exit_code(printed(output, as_json=arguments.json))


def _parameters(known: Operation[Any], words: list[str]) -> dict[str, str]:
    """Raises InvalidParameters for what is no `key=value`, or names its key a second time."""
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        key = key.replace("-", "_")
        if not equals:
            guess = _first_missing(known, found)
            raise _misspelled(known, f"{word!r} is no key=value; did you mean {guess}={word}?")
        if key in found:
            raise _misspelled(known, f"{word!r} names its parameter a second time.")
        found[key] = value
    return found


def _misspelled(known: Operation[Any], why: str) -> InvalidParameters:
    recovery = f"Parameters of {known.name}: {known.signature() or 'none'}."
    return InvalidParameters(f"{known.name}: {why}", recovery=recovery)


def _first_missing(known: Operation[Any], given: Mapping[str, str]) -> str:
    """The parameter that a bare word most likely is: the first that is needed, else the first."""
    fields = known.parameters.model_fields
    open_ones = [key for key in fields if key not in given]
    needed = [key for key in open_ones if fields[key].is_required()]
    return next(iter([*needed, *open_ones]), "key")


def operation_help(one: Operation[Any]) -> str:
    """What an operation does and takes."""
    lines = [f"{one.name}: {one.description}", "", "parameters:"]
    schema = one.parameters.model_json_schema()["properties"] if one.parameters.model_fields else {}
    for name, field in one.parameters.model_fields.items():
        told = [(field.description or "").rstrip("."), allowed(schema[name]), _needed(field)]
        lines.append(f"  {name:<18}{'; '.join(part for part in told if part)}")
    if not schema:
        lines.append("  none")
    lines.append(f"\ntoken scopes, any of: {', '.join(one.scopes)}")
    return "\n".join(lines) + "\n"


def _needed(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = spelled(field.default)
    return f"default {default}" if default else ""


async def _run(request: ModuleInput, *, as_json: bool) -> int:
    from rich.console import Console

    from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule

    async with SentryErrorMonitorModule() as module:
        with Console(stderr=True).status(f"{request.operation} …"):
            output = await module.execute(request)
    return exit_code(printed(output, as_json=as_json))


def printed(output: ModuleOutput, *, as_json: bool) -> ModuleOutput:
    """Print an outcome, an error to standard error unless as JSON; the outcome as it is then."""
    if not as_json:
        return _print(output)
    sys.stdout.write(output.model_dump_json(indent=2, exclude_none=True) + "\n")
    return output


def _print(output: ModuleOutput) -> ModuleOutput:
    """Tables and colours on a terminal; elsewhere the text that an agent gets, marks included."""
    from rich.console import Console

    from mcp_servers.sentry_monitor.src.page_text import agent_text

    from .terminal import show

    known = output.operation in OPERATIONS.names
    view = OPERATIONS.find(output.operation).view if known else next(iter(OPERATIONS)).view
    output, page = viewed(output, view)
    stream = sys.stdout if output.error is None else sys.stderr
    if stream.isatty():
        show(output, page, Console(file=stream, highlight=False))
    else:
        stream.write(agent_text(output, page) + "\n")
    return output
