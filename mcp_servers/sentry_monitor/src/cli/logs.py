"""What is logged, as a terminal or a collector of logs may take it: an exception may repeat what a
stranger wrote."""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO

How = Literal["auto", "text", "json"]
HOWS: Final[tuple[How, ...]] = ("auto", "text", "json")
LONGEST: Final = 500  # characters of a line
INDENT: Final = 2  # least of what belongs to the record above it
FACTS: Final = ("job", "issue", "project", "stage")  # of a record's `extra`
OURS: Final = ("modules", "mcp_servers")  # whose records tell what a service does


class TextLines(logging.Formatter):
    """A line for a record. An exception's lines stand below it, further in, so that no message
    can pretend to be a record. No controls, no secrets."""

    def format(self, record: logging.LogRecord) -> str:
        lines = [f"{record.levelname} {_message(record)}"]
        return "\n".join([*lines, *(_indented(line) for line in _exception(self, record))])


class JsonLines(logging.Formatter):
    """A JSON object on one line for a record: `time` (ISO 8601, UTC), `level`, `logger`,
    `message`, the facts that it carries, and `exception`, a list of lines. No controls, no
    secrets."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told: dict[str, Any] = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        facts = {name: getattr(record, name, None) for name in FACTS}
        told |= {name: _safe(str(fact)) for name, fact in facts.items() if fact is not None}
        if lines := _exception(self, record):
            told["exception"] = [_kept(line) for line in lines]
        return json.dumps(told, ensure_ascii=False)


def log_to(stream: TextIO, how: How = "auto") -> None:
    """Of a command that runs long: what it does, and the warnings of everybody."""
    _log_to(stream, lines_for(stream, how))
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)


def lines_for(stream: TextIO, how: How) -> logging.Formatter:
    """`auto` is text on a terminal and JSON lines elsewhere."""
    as_json = how == "json" or (how == "auto" and not stream.isatty())
    return JsonLines() if as_json else TextLines()


def log_warnings_to(stream: TextIO) -> None:
    """Of a command that ends by itself: warnings and worse, as text."""
    _log_to(stream, TextLines())


def _log_to(stream: TextIO, formatter: logging.Formatter) -> None:
    """A second call changes how; where somebody else set up logging, it is left to them."""
    root = logging.getLogger()
    for handler in root.handlers:
        if isinstance(handler.formatter, TextLines | JsonLines):
            handler.setFormatter(formatter)
            return
    ours = logging.StreamHandler(stream)
    ours.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[ours])


def _message(record: logging.LogRecord) -> str:
    """Where text and values do not fit together, the text: else logging itself would print the
    values, whatever they hold."""
    try:
        return _safe(record.getMessage())
    except (KeyError, TypeError, ValueError):
        return _safe(str(record.msg))


def _exception(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    told = formatter.formatException(record.exc_info) if record.exc_info else ""
    return [line for line in told.splitlines() if line.strip()]


def _indented(line: str) -> str:
    kept = _kept(line)
    return kept if kept.startswith(" " * INDENT) else " " * INDENT + kept


def _kept(line: str) -> str:
    """A traceback keeps its shape."""
    return " " * min(len(line) - len(line.lstrip(" ")), 20) + _safe(line)


def _safe(line: str) -> str:
    from modules.safetext.sinks import for_line  # most runs log nothing

    return for_line(line, LONGEST)
