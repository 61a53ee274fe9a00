"""What an operator, or a collector of logs, reads."""

import io
import json
import logging
import sys
from typing import Any

import pytest

from mcp_servers.sentry_monitor.src.cli.logs import How, JsonLines, TextLines, lines_for

EVIL = "\x1b]0;owned\x07 \u202ereversed password=hunter2secret"
CONTROLS = {"\x1b", "\x07", "\u202e", "\r"}


def logged(formatter: logging.Formatter, error: Exception, **facts: Any) -> str:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    try:
        raise error
    except ValueError:
        what = logging.LogRecord(
            "a.test", logging.ERROR, "", 1, f"failed: {EVIL}", (), sys.exc_info()
        )
    vars(what).update(facts)
    handler.emit(what)
    return out.getvalue()


def test_a_traceback_keeps_its_shape_and_loses_what_an_exception_repeats() -> None:
    told = logged(TextLines(), ValueError(EVIL))

    assert 'File "' in told
    assert "\n    raise error\n" in told
    assert "ValueError: reversed password=[redacted:password]" in told
    assert "hunter2secret" not in told
    assert not CONTROLS & set(told)


@pytest.mark.parametrize(
    "broken", ["one\nCRITICAL two\rERROR three", "one\u2028ERROR two\n\nINFO x"]
)
def test_a_line_break_in_a_message_begins_no_record_of_its_own(broken: str) -> None:
    told = logged(TextLines(), ValueError(broken)).splitlines()

    assert told[0].startswith("ERROR failed: ")
    assert all(line.startswith("  ") for line in told[1:])


def test_json_is_one_line_with_the_same_care() -> None:
    told = logged(JsonLines(), ValueError(f"one\nCRITICAL two {EVIL}"), job="j1", stage="fix\x07")

    record = json.loads(told)
    assert told.count("\n") == 1
    assert (record["level"], record["logger"]) == ("error", "a.test")
    assert (record["job"], record["stage"]) == ("j1", "fix")
    assert record["message"] == "failed: reversed password=[redacted:password]"
    assert record["exception"][0] == "Traceback (most recent call last):"
    assert "    raise error" in record["exception"]
    assert record["time"].endswith("Z")
    assert "hunter2secret" not in told
    assert not CONTROLS & set(told)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "how", "lines"),
    [
        (Terminal(), "auto", TextLines),
        (io.StringIO(), "auto", JsonLines),
        (Terminal(), "json", JsonLines),
        (io.StringIO(), "text", TextLines),
    ],
)
def test_a_terminal_gets_text_and_a_collector_json(
    stream: io.StringIO, how: How, lines: type[logging.Formatter]
) -> None:
    assert isinstance(lines_for(stream, how), lines)


@pytest.mark.parametrize("lines", [TextLines(), JsonLines()])
def test_values_that_do_not_fit_their_text_are_not_printed(lines: logging.Formatter) -> None:
    what = logging.LogRecord("a.test", logging.INFO, "", 1, "%s and %s", ("hunter2secret",), None)

    told = lines.format(what)

    assert "%s and %s" in told
    assert "hunter2secret" not in told


def test_a_record_without_an_exception_has_none_and_no_empty_facts() -> None:
    what = logging.LogRecord("a.test", logging.INFO, "", 1, "it is %s", ("well",), None)

    record = json.loads(JsonLines().format(what))

    assert set(record) == {"time", "level", "logger", "message"}
    assert record["message"] == "it is well"
