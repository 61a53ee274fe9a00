"""Locks that processes share: held by an open file, so that a killed process holds none."""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

POLL_S: Final = 0.02


@contextlib.asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """One at a time, among all processes and tasks. The file is made and stays."""
    with _opened(path) as lock:
        while not _taken(lock):  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(POLL_S)
        yield


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Show that somebody lives here, to whoever asks `free`."""
    with _opened(path) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever asks `free` holds it for a moment only
        yield


def free(path: Path) -> bool:
    """Whether nobody holds the lock."""
    if not path.exists():
        return True
    with _opened(path) as lock:
        return _taken(lock)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield lock
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
