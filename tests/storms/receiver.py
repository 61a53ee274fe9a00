"""`sentry-monitor serve` in a process that was forked where everything is imported already."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from mcp_servers.sentry_monitor.src.cli.main import main


def receiver(environ: Mapping[str, str], arguments: Sequence[str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environ)
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.exit(main(["serve", "--port", "0", "--no-worker", *arguments]))
