"""`sentry-monitor`: argument parsing, and one function per command."""

import argparse
import asyncio
import contextlib
import errno
import gc
import io
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TextIO

from mcp_servers.sentry_monitor.src.server.wire import Wire, can_be_watched, take_wire
from modules.framework.contracts import Category
from modules.framework.errors import InvalidParameters

from . import exit_codes
from .autofix import add_autofix
from .call import add_call, refused
from .doctor import add_doctor
from .exit_codes import USAGE
from .help_format import HelpFormat, Parser
from .lessons import add_lessons
from .logs import log_warnings_to
from .poll import add_poll
from .project_setup import add_project_setup
from .serve import add_serve
from .verify_telemetry import add_verify_telemetry
from .worker import add_worker

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
DESCRIPTION = "Sentry for coding agents, people and pipelines."
EPILOG = """\
examples:
  sentry-monitor local-sentry                      a small Sentry on this machine, to try things
  sentry-monitor call get-recent-issues limit=5    any operation, as tables or with --json
  sentry-monitor mcp                               serve an MCP client over stdio
  sentry-monitor autofix SHOP-1                    from an issue to a proven pull request

Settings are environment variables: SENTRY_AUTH_TOKEN, SENTRY_URL, SENTRY_ORG_SLUG, SENTRY_PROJECT …
"""


def main(argv: Sequence[str] | None = None, *, wire: Wire | None = None) -> int:
    """Run a command; the exit code. Defects end as one line on stderr and code 1.

    `wire`: an MCP client whose opening was answered already.
    """
    log_warnings_to(sys.stderr)
    given = list(sys.argv[1:] if argv is None else argv)
    if sys.stdout is None:  # closed by whoever started us: there is nobody to tell
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as we live
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal of another alphabet ends no call
    try:
        return _written(given, wire)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _let_go(sys.stdout)
        return exit_codes.OK
    except Exception as error:  # noqa: BLE001 - the last boundary: whoever typed a command sees no traceback
        return _defect(error)


def _written(given: Sequence[str], wire: Wire | None) -> int:
    """A command's exit code, once all that it printed is written."""
    try:
        code = _local_sentry(given[1:]) if given[:1] == ["local-sentry"] else _run(given, wire)
    except SystemExit:  # help, or a word that is no argument
        sys.stdout.flush()
        raise
    if not sys.stdout.closed:
        sys.stdout.flush()
    return code


def _let_go(stream: TextIO) -> None:
    """What is left in its buffer has nowhere to go; Python would complain of it at the end."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _defect(error: Exception) -> int:
    """Where it happened, and no word of a message, which may hold anything."""
    if isinstance(error, OSError) and error.errno in FULL:
        _let_go(sys.stdout)
        why = f"cannot write: {error.strerror}; make room, or send the output elsewhere"
        sys.stderr.write(f"sentry-monitor: {why}. What the command did is done.\n")
        return exit_codes.DEFECT
    at = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {Path(at.filename).name}:{at.lineno}"
    sys.stderr.write(f"sentry-monitor: a defect of its own: {where}; please report it\n")
    return exit_codes.DEFECT


def _run(given: Sequence[str], wire: Wire | None) -> int:
    arguments, rest = parser().parse_known_args(given)
    arguments.wire = wire
    strange = [one for one in rest if one.startswith("-") or not hasattr(arguments, "parameters")]
    if strange:
        return _strange(arguments, strange[0])
    if rest:  # parameters that came after an option
        arguments.parameters = [*arguments.parameters, *rest]
    code: int = arguments.run(arguments)
    return code


def _strange(arguments: argparse.Namespace, word: str) -> int:
    if not hasattr(arguments, "parameters"):
        return _refuse(f"unknown argument {word!r}; --help lists what there is")
    name = word.lstrip("-").partition("=")[0]
    why = f"unknown argument {word!r}; a parameter is given as {name}=…"
    recovery = "`sentry-monitor call OPERATION --help` tells the parameters."
    return refused(arguments, InvalidParameters(why, recovery=recovery))


def parser() -> argparse.ArgumentParser:
    """The whole command line; the documentation is generated from it."""
    top = Parser(
        prog="sentry-monitor",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=HelpFormat,
    )
    top.add_argument("--version", action="version", version=version("sentry-monitor"))
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_mcp(commands)
    add_call(commands)
    add_autofix(commands)
    add_worker(commands)
    add_serve(commands)
    add_poll(commands)
    add_lessons(commands)
    add_doctor(commands)
    add_project_setup(commands)
    add_verify_telemetry(commands)
    _add_local_sentry(commands)
    _add_docs(commands)
    return top


def _add_mcp(commands: Any) -> None:
    one = commands.add_parser(
        "mcp",
        help="serve an MCP client (Claude Code and others)",
        description="Serve the operations as MCP tools: over stdio, or with --http over HTTP at "
        "/mcp. Beyond loopback a bearer token is needed: SENTRY_MONITOR_HTTP_TOKEN.",
        formatter_class=HelpFormat,
    )
    one.add_argument("--http", metavar="HOST:PORT", help="streamable HTTP instead of stdio")
    one.add_argument(
        "--allowed-host", action="append", default=[], metavar="NAME", help="further Host header"
    )
    one.add_argument("--read-only", action="store_true", help="only tools that change nothing")
    one.add_argument("--tools", default="", metavar="A,B", help="only these tools")
    one.add_argument("--exclude-tools", default="", metavar="A,B", help="all but these tools")
    one.add_argument(
        "--toolsets",
        default="",
        metavar="A,B",
        help="also these: telemetry; tracker is there where one is chosen",
    )
    one.add_argument(
        "--no-fast-start",
        action="store_true",
        help="answer the opening by the real server, not from the snapshot",
    )
    one.set_defaults(run=_mcp)


def _mcp(arguments: argparse.Namespace) -> int:
    gc.disable()  # what an import makes stays; looking through it takes a fifth of the start
    try:
        server = _server(arguments)
    finally:
        gc.freeze()  # collections need not look at it later, either
        gc.enable()
    if isinstance(server, str):
        return _refuse(server)
    if arguments.http:
        return _mcp_http(server, arguments)
    return _mcp_stdio(server, arguments.wire)


def _server(arguments: argparse.Namespace) -> Any:
    """The server, or why there is none."""
    from mcp_servers.sentry_monitor.src.bootstrap import environment
    from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
    from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
    from mcp_servers.sentry_monitor.src.server.app import build
    from mcp_servers.sentry_monitor.src.server.opening import toolsets
    from mcp_servers.sentry_monitor.src.server.tools import Selection, UnknownTools

    selection = Selection(
        read_only=arguments.read_only,
        only=_names(arguments.tools),
        without=_names(arguments.exclude_tools),
        toolsets=_names(arguments.toolsets) | toolsets(environment()),
    )
    try:
        server = build(SentryErrorMonitorModule(), selection)
    except UnknownTools as error:
        return str(error)
    if not selection.of(OPERATIONS):
        given = (arguments.read_only, arguments.tools, arguments.exclude_tools)
        named = zip(("--read-only", "--tools", "--exclude-tools"), given, strict=True)
        flags = " and ".join(flag for flag, value in named if value)
        return f"no tool is left to offer by {flags}; `sentry-monitor call --help` lists them all"
    return server


def _mcp_stdio(server: Any, wire: Wire | None) -> int:
    if wire is None and can_be_watched():
        wire = take_wire()
    if wire is not None:
        from mcp_servers.sentry_monitor.src.server.event_pipes import serve_pipes

        asyncio.run(serve_pipes(server, wire))
        return exit_codes.OK
    from mcp_servers.sentry_monitor.src.server.transports import serve_stdio

    if sys.stdin.isatty():
        sys.stderr.write("waiting for an MCP client on standard input; Ctrl-C ends\n")
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))  # a thread waits for the terminal
    asyncio.run(serve_stdio(server))
    return exit_codes.OK


def _mcp_http(server: Any, arguments: argparse.Namespace) -> int:
    from mcp_servers.sentry_monitor.src.bootstrap import environment
    from mcp_servers.sentry_monitor.src.server.transports import UnsafeAddress, serve_http
    from mcp_servers.sentry_monitor.src.settings import BadSettings, Settings

    host, _, port = arguments.http.rpartition(":")
    host = host.strip("[]")
    if not host or "/" in host or not port.isdigit() or not 0 <= int(port) <= 65535:
        return _refuse("--http takes HOST:PORT, for example 127.0.0.1:8082")
    try:
        token = Settings.from_environ(environment()).http_token
        serve_http(
            server,
            host,
            int(port),
            token=token.get_secret_value() if token else None,
            allowed_hosts=arguments.allowed_host,
        )
    except (BadSettings, UnsafeAddress) as error:
        _refuse(str(error))
        return exit_codes.BY_CATEGORY[Category.CONFIGURATION]
    except OSError as error:
        why = f"cannot listen on {arguments.http}: {error.strerror}"
        return _refuse(
            f"{why}; choose another port, or {arguments.http.rpartition(':')[0]}:0 for a free one"
        )
    return exit_codes.OK


def _add_local_sentry(commands: Any) -> None:
    """Listed here, parsed by the program itself, which knows its own options."""
    commands.add_parser(
        "local-sentry",
        help="a small Sentry on this machine, to try things without an account",
    )


def _local_sentry(given: Sequence[str]) -> int:
    from modules.local_sentry.__main__ import main as serve

    return serve(list(given))


def _add_docs(commands: Any) -> None:
    one = commands.add_parser(
        "docs",
        help="write or check the generated pages (for contributors)",
        description="Generate docs/operations.md, configuration.md, cli.md, the README's table, "
        "and the snapshot that an MCP client's opening is answered from.",
        formatter_class=HelpFormat,
    )
    how = one.add_mutually_exclusive_group(required=True)
    how.add_argument("--write", action="store_true", help="write them into this folder")
    how.add_argument("--check", action="store_true", help="fail where they differ from the code")
    one.set_defaults(run=_docs)


def _docs(arguments: argparse.Namespace) -> int:
    from mcp_servers.sentry_monitor.src.reference import stale, write

    if not Path("pyproject.toml").exists():
        return _refuse("the pages belong to a checkout of the project: run this in its folder")
    if arguments.write:
        write(generated())
        return exit_codes.OK
    old = stale(generated())
    return _refuse(f"out of date: {', '.join(old)}; run make docs") if old else exit_codes.OK


def generated(root: Path = Path()) -> dict[Path, str]:
    """Every file that is made of the code."""
    from mcp_servers.sentry_monitor.src.reference import pages
    from mcp_servers.sentry_monitor.src.server.recording import recorded_in, snapshot

    return {**pages(every_parser(), root), root / recorded_in(): asyncio.run(snapshot())}


def every_parser() -> list[argparse.ArgumentParser]:
    """Of `sentry-monitor` and of each command."""
    from modules.local_sentry.__main__ import parser as local_sentry

    top = parser()
    commands = next(one for one in top._actions if isinstance(one, argparse._SubParsersAction))
    found = {**commands.choices, "local-sentry": local_sentry()}
    return [top, *found.values()]


def _names(given: str) -> frozenset[str]:
    return frozenset(name.strip() for name in given.split(",") if name.strip())


def _refuse(why: str) -> int:
    sys.stderr.write(f"sentry-monitor: {why}\n")
    return USAGE
