"""The engine's log, made short: it logs a traceback for each run that fails, and 150 lines a
second while a database is away."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

REPEAT_S: Final = 30.0
LENGTH: Final = 300
OUR_OWN_DOING: Final = "Asyncio task cancelled for"  # a worker that stops puts its runs back
REMEMBERED: Final = 200


class OneLine(logging.Filter):
    """One line for each record, without its traceback; the same line once in half a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        line = (record.getMessage().splitlines() or [""])[0][:LENGTH]
        if line.startswith(OUR_OWN_DOING):
            return False
        if record.exc_info and record.exc_info[0]:
            line = f"{line} {record.exc_info[0].__name__}"  # its text may be anybody's
        record.msg, record.args = line, ()
        record.exc_info = record.exc_text = record.stack_info = None
        moment = time.monotonic()
        if moment - self._seen.get(line, -REPEAT_S) < REPEAT_S:
            return False
        if len(self._seen) >= REMEMBERED:
            self._seen.clear()
        self._seen[line] = moment
        return True


@contextmanager
def quietened(name: str) -> Iterator[None]:
    logger, short = logging.getLogger(name), OneLine()
    if not logger.handlers:  # else the engine writes to the terminal by itself, past our own log
        logger.addHandler(logging.NullHandler())
    logger.addFilter(short)
    try:
        yield
    finally:
        logger.removeFilter(short)
