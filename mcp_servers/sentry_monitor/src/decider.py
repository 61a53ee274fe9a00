"""The process that decides about deliveries: `python -m …decider`, begun by `serve` (see deciding).

A line on standard input asks it to decide about what is due; it answers `more` or `done`. Beside it
keeps tracked issues in step. It ends with its standard input, so also when `serve` is killed.
"""

import asyncio
import signal
import sys
from typing import Final

from modules.autofix.tidying import tried

from .bootstrap import Connection, environment, tracking
from .cli.logs import HOWS, How, log_to
from .reporting import report_errors
from .settings import Settings
from .watch import Watch

SLICE_S: Final = 0.5  # then it listens again


def main(log_format: How) -> None:
    # Signals are for whoever began it; a terminal sends them to both.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    log_to(sys.stderr, log_format)
    with asyncio.Runner() as runner:
        runner.run(_decide())


async def _decide() -> None:
    environ = environment()
    connection = Connection(environ)
    settings = Settings.from_environ(environ)
    report_errors(settings)
    workshop, services = connection.opened(settings)
    watch = workshop.watch(services.sentry)
    beside = set[asyncio.Task[None]]()
    if settings.tracker != "off":
        beside.add(asyncio.create_task(tracking(services.tracking())))
    try:
        while await asyncio.to_thread(sys.stdin.buffer.readline):
            more = await _slice(watch)
            sys.stdout.write("more\n" if more else "done\n")
            sys.stdout.flush()
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        watch.inbox.close()
        await connection.aclose()


async def _slice(watch: Watch) -> bool:
    """Whether something was decided, so there may be more."""
    decided = 0

    async def drain() -> None:
        nonlocal decided
        decided = await watch.drain(seconds=SLICE_S)

    await tried("deciding about deliveries", drain)
    return decided > 0


if __name__ == "__main__":
    main(next(how for how in HOWS if how in sys.argv[1:]))
