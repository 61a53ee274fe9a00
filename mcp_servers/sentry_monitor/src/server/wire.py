"""Standard input and output as the protocol's alone: kept aside, so that nothing else writes there."""

import os
import select
import stat
import sys


class Wire:  # no dataclass: importing that takes as long as everything else before the answer
    """Descriptors of the client's pipes, and what was read or answered before the server came.

    `replay` are lines that the server is told again, `rest` is what was read beyond them;
    the answer to `drop_id` goes nowhere.
    """

    def __init__(self, read: int, write: int) -> None:
        self.read = read
        self.write = write
        self.replay: list[bytes] = []
        self.rest = b""
        self.drop_id: str | None = None


def take_wire() -> Wire:
    """The client's pipes. From now on what is printed goes to standard error, and child processes
    read the end of a file."""
    wire = Wire(os.dup(0), os.dup(1))
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return wire


def write_all(descriptor: int, data: bytes) -> None:
    """Raises BrokenPipeError. Blocking is right with one client: nobody else waits."""
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:  # one socket for both directions
            select.select([], [descriptor], [])


def can_be_watched() -> bool:
    """Whether an event loop can wait for standard input; for a file it cannot, and on Windows."""
    if os.name != "posix" or sys.stdin is None or sys.stdout is None:
        return False
    mode = os.fstat(0).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
