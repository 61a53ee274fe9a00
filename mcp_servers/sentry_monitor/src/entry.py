"""Where the program begins: an MCP client is answered before anything large is imported."""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Final

HERE: Final = "mcp_servers.sentry_monitor.src"
# What a server needs to take over, and what its first call would have to wait for.
SERVER: Final = (f"{HERE}.cli.main", f"{HERE}.server.app", f"{HERE}.server.event_pipes")
INTERRUPTED: Final = 130  # 128 + SIGINT, as shells tell it
FIRST_CALL: Final = ("modules.outbound.http_client", "modules.sentry.client")


def main() -> int:
    """`sentry-monitor`; the exit code."""
    argv = sys.argv[1:]
    wire = None
    if argv[:1] == ["mcp"]:
        from .server.fast_start import begin

        try:
            wire = begin(argv, load=_load)
        except KeyboardInterrupt:
            os._exit(INTERRUPTED)  # an import under way would not let go
    from .cli.main import main as run

    return run(argv, wire=wire)


def _load(loaded: Callable[[], None]) -> None:
    for name in SERVER:
        import_module(name)
    loaded()
    for name in FIRST_CALL:
        import_module(name)
