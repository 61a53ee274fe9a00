"""Files below a folder that a hostile program has written in: every step by a descriptor of the
folder before, so that no symbolic link leads elsewhere."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without waiting: opening a pipe must not hang.
FILE: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def write_below(root: Path, path: str, content: bytes) -> None:
    """Make or replace a regular file; its mode stays. Raises OSError, also for a link on the way,
    for a file that has a second name and for what is no file."""
    with _parent(root, path, make=True) as (folder, name):
        flags = os.O_WRONLY | os.O_CREAT | FILE
        with os.fdopen(os.open(name, flags, 0o644, dir_fd=folder), "wb") as file:
            _regular(file.fileno(), alone=True)
            file.truncate(0)
            file.write(content)


def delete_below(root: Path, path: str) -> None:
    """Delete a file or a link; what is not there is deleted already. Raises OSError."""
    with contextlib.suppress(FileNotFoundError), _parent(root, path) as (folder, name):
        os.unlink(name, dir_fd=folder)


def read_below(root: Path, path: str, cap: int) -> bytes:
    """The bytes of a regular file. Raises FileNotFoundError, and OSError for a link on the way,
    for what is no file and for more than `cap` bytes."""
    with _parent(root, path) as (folder, name):
        descriptor = os.open(name, os.O_RDONLY | FILE, dir_fd=folder)
        with os.fdopen(descriptor, "rb") as file:
            _regular(descriptor)
            data = file.read(cap + 1)
    if len(data) > cap:
        raise OSError("the file is too big")
    return data


@contextlib.contextmanager
def _parent(root: Path, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """The folder that a path's last part is in, as a descriptor."""
    *folders, name = path.split("/")
    at = os.open(root, FOLDER)
    try:
        for folder in folders:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(folder, dir_fd=at)
            below = os.open(folder, FOLDER, dir_fd=at)
            os.close(at)
            at = below
        yield at, name
    finally:
        os.close(at)


def _regular(descriptor: int, *, alone: bool = False) -> None:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise OSError("not a regular file")
    if alone and found.st_nlink > 1:
        raise OSError("the file has a second name elsewhere")
