"""`sentry-monitor serve` in a process that was forked where everything is imported already."""

import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from mcp_servers.sentry_monitor.src import watch
from mcp_servers.sentry_monitor.src.cli.main import main
from modules.jobs.adapters import inbox


def receiver(
    environ: Mapping[str, str],
    arguments: Sequence[str],
    log: Path,
    keep: tuple[int, int] | None = None,
) -> None:
    """With `keep`, so many bodies and rows stay, and what is more goes at once."""
    if keep is not None:
        setattr(inbox, "Inbox", partial(inbox.Inbox, keep=keep))  # noqa: B010 - there is no setting
        setattr(watch, "PURGE_S", 0.5)  # noqa: B010
    os.environ.clear()
    os.environ.update(environ)
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.exit(main(["serve", "--port", "0", "--no-worker", *arguments]))
