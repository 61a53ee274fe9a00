"""Which errors the SDK leaves out since it has just reported the same: nothing is lost by them.

An error that a framework logs and raises comes twice, and the SDK counts the second as dropped by
an event processor. It asks for the last error, and notes this one unless it is the same.
"""

from contextvars import ContextVar
from typing import Any, Final

from sentry_sdk.integrations.dedupe import DedupeIntegration

DUPLICATE: Final = "duplicate"
_asked: Final[ContextVar[bool]] = ContextVar("asked", default=False)


class Repeats(DedupeIntegration):
    """The SDK's own, watched."""

    def __init__(self) -> None:
        super().__init__()
        if hasattr(self, "_last_seen"):
            self._last_seen: Any = _Watched(self._last_seen)


class _Watched:
    def __init__(self, last: Any) -> None:
        self._last = last

    def get(self, *default: Any) -> Any:
        _asked.set(True)
        return self._last.get(*default)

    def set(self, error: Any) -> None:
        _asked.set(False)
        self._last.set(error)


def reason_of(told: str) -> str:
    """Why an event is lost, asked while the SDK says so."""
    if told != "event_processor" or not _asked.get():
        return told
    _asked.set(False)
    return DUPLICATE
