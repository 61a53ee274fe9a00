"""The clock. Whoever decides by time is given a time; this file reads it."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)
