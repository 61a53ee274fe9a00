"""Points in time as the API writes and reads them; inside, a moment is seconds since the epoch."""

import re
from datetime import UTC, datetime
from typing import Any, Final

from .errors import BadRequest

SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SPAN: Final = re.compile(r"(\d{1,6})([smhdw])")
_LATEST: Final = 253_402_300_799.0  # the end of year 9999: datetime ends there


def iso(moment: float) -> str:
    """ISO 8601 in UTC, with microseconds and a `Z`."""
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


def iso_or_none(moment: float | None) -> str | None:
    return None if moment is None else iso(moment)


def moment(value: Any) -> float | None:
    """Read ISO 8601 (no zone means UTC) or seconds since the epoch; None if it is neither."""
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return _from_iso(value) if isinstance(value, str) else None
    return seconds if 0 <= seconds <= _LATEST else None


def _from_iso(text: str) -> float | None:
    try:
        parsed = datetime.fromisoformat(text)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def span_s(text: str) -> int | None:
    """Seconds of `14d`, `24h`, `30m`, `2w`; None for anything else."""
    match = _SPAN.fullmatch(text)
    return int(match[1]) * SECONDS[match[2]] if match else None


def window(
    period: str | None, start: str | None, end: str | None, *, now: float
) -> tuple[float, float]:
    """The time range of `statsPeriod` or of `start` and `end`; 90 days unless told."""
    if start or end:
        first, last = moment(start), moment(end)
        if first is None or last is None:
            raise BadRequest("start and end are both required, in ISO 8601")
        if last < first:
            raise BadRequest("start must be before end")
        return first, last
    length = span_s(period or "90d")
    if length is None:
        raise BadRequest(f"Invalid statsPeriod: {period!r}")
    return now - length, now
