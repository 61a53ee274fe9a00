"""How much a program may write into folders of ours: a worktree has no quota of its own, so its
size is watched."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modules.outbound.clock import now

BLOCK: Final = 512  # bytes: what st_blocks counts in
ENTRY: Final = 4096  # bytes that each file, folder or link counts at least
SHARE: Final = 20  # of the time, what one part may go into counting


class Room:
    """Bytes that may be written below `folders` from now on, and bytes that stay free on their
    disks whoever takes the rest: a file that has lost its name is seen by that alone."""

    def __init__(self, folders: Sequence[Path], *, most: int, spare: int) -> None:
        self._folders, self._most, self._spare = tuple(folders), most, spare
        self._since = now().timestamp()
        self._before = sum(disk.used for disk in map(_disk, self._folders))
        self._next = 0.0

    def overfull(self) -> bool:
        """Counts at each look in a small tree, now and then in a large one, and at once where the
        disks have taken as much as may be written here."""
        disks = [_disk(folder) for folder in self._folders]
        if min(disk.free for disk in disks) < self._spare:
            return True
        grown, began = sum(disk.used for disk in disks) - self._before, time.monotonic()
        if grown <= self._most and began < self._next:
            return False
        written, seen_all = _written(self._folders, self._since, self._most)
        ended = time.monotonic()
        self._next = ended + SHARE * (ended - began)
        return written > self._most or (grown > self._most and not seen_all)


@dataclass(frozen=True)
class _Disk:
    used: int
    free: int


def _disk(folder: Path) -> _Disk:
    """Files count as well as bytes: a disk can run out of either."""
    found = os.statvfs(folder)
    files = (found.f_files - found.f_ffree) * ENTRY
    used = (found.f_blocks - found.f_bfree) * found.f_frsize
    return _Disk(used + files, found.f_bavail * found.f_frsize)


def _written(folders: Sequence[Path], since: float, enough: int) -> tuple[int, bool]:
    """Bytes of what was made or changed since then, by the kernel's own time of change, which no
    program can set; and whether all could be looked into: a folder may be closed, or too deep."""
    total, seen_all, rest = 0, True, [str(folder) for folder in folders]
    while rest and total <= enough:
        try:
            with os.scandir(rest.pop()) as entries:
                for entry in entries:
                    found = entry.stat(follow_symlinks=False)
                    if found.st_ctime >= since:
                        total += max(found.st_blocks * BLOCK, ENTRY)
                    if entry.is_dir(follow_symlinks=False):
                        rest.append(entry.path)
        except FileNotFoundError:  # it is gone meanwhile
            continue
        except OSError:
            seen_all = False
    return total, seen_all
