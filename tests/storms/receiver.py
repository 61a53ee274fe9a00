"""`sentry-monitor serve` in a process that was forked where everything is imported already."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from mcp_servers.sentry_monitor.src import watch
from mcp_servers.sentry_monitor.src.cli.main import main
from modules.jobs.adapters import inbox
from modules.jobs.adapters.inbox_rows import Bounds
from modules.sentry.webhooks import parse, read

Prepare = Callable[[], None]
LATER: Final[set[asyncio.Task[str]]] = set()


def receiver(
    environ: Mapping[str, str], arguments: Sequence[str], log: Path, prepare: Prepare | None = None
) -> None:
    """`prepare` changes a part of it first."""
    if prepare is not None:
        prepare()
    os.environ.clear()
    os.environ.update(environ)
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.exit(main(["serve", "--port", "0", "--no-worker", *arguments]))


def keeping(bodies: int, rows: int) -> None:
    """So many stay, and what is more goes at once. There is no setting for it."""
    setattr(inbox, "Inbox", partial(inbox.Inbox, keep=Bounds(bodies, rows)))  # noqa: B010
    setattr(watch, "PURGE_S", 0.5)  # noqa: B010


def careless() -> None:
    """It acknowledges what it has not kept yet."""

    async def take(
        self: watch.Watch, source: watch.Source, resource: str, body: bytes, headers: Any
    ) -> watch.Taken:
        delivery = self.delivery(source, read(resource, parse(body)), body, headers)
        later = asyncio.create_task(self.inbox.put(delivery))
        LATER.add(later)
        later.add_done_callback(LATER.discard)
        return watch.Taken(id=delivery.id)

    setattr(watch.Watch, "take", take)  # noqa: B010
