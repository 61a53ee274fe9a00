"""Telling the caller how far a call is, without passing a callback through every layer."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Progress = Callable[[float, float | None, str], Awaitable[None]]

_listener: ContextVar[Progress | None] = ContextVar("progress_listener", default=None)


async def report_progress(done: float, total: float | None, message: str) -> None:
    """Tell whoever listens; nobody may."""
    listener = _listener.get()
    if listener is not None:
        await listener(done, total, message)


@contextmanager
def listening(listener: Progress | None) -> Iterator[None]:
    """Hear the progress of what runs inside."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)
