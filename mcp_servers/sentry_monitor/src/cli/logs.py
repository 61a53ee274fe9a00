"""What is logged, as a terminal may show it: an exception may repeat what a stranger wrote."""

import logging
from typing import Final, TextIO

LONGEST: Final = 500  # characters of a line


class SafeFormatter(logging.Formatter):
    """Every line of a record without controls and secrets, each on its own line still."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(_safe(line) for line in super().format(record).split("\n"))


def _safe(line: str) -> str:
    from modules.safetext.sinks import for_line  # most runs log nothing

    indent = min(len(line) - len(line.lstrip(" ")), 20)
    return " " * indent + for_line(line, LONGEST)


def log_to(stream: TextIO) -> None:
    """Warnings and worse, to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(SafeFormatter("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
