"""What an operator reads in the log."""

import io
import logging
import sys

from mcp_servers.sentry_monitor.src.cli.logs import SafeFormatter

EVIL = "\x1b]0;owned\x07 \u202ereversed password=hunter2secret"


def logged(error: Exception) -> str:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(SafeFormatter("%(levelname)s %(message)s"))
    try:
        raise error
    except ValueError:
        what = logging.LogRecord(
            "a test", logging.ERROR, "", 1, f"failed: {EVIL}", (), sys.exc_info()
        )
    handler.emit(what)
    return out.getvalue()


def test_a_traceback_keeps_its_shape_and_loses_what_an_exception_repeats() -> None:
    told = logged(ValueError(EVIL))

    assert 'File "' in told
    assert "\n    raise error\n" in told
    assert "ValueError: reversed password=[redacted:password]" in told
    assert "hunter2secret" not in told
    assert not {"\x1b", "\x07", "\u202e"} & set(told)


def test_a_line_break_in_a_message_begins_no_record_of_its_own() -> None:
    told = logged(ValueError("one\nCRITICAL two\rERROR three"))

    assert "\r" not in told
