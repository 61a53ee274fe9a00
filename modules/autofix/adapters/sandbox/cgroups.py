"""Control groups, where this machine lets us make some: they bound memory and processes, which
resource limits do not. https://docs.kernel.org/admin-guide/cgroup-v2.html"""

import contextlib
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOUNT: Final = Path("/sys/fs/cgroup")
OWN: Final = Path("/proc/self/cgroup")
MB: Final = 1 << 20
MEMORY: Final = ("memory.max", "memory.limit_in_bytes")


@dataclass(frozen=True, kw_only=True)
class Caps:
    """What one program and all it starts may take."""

    memory: int = 4096 * MB  # bytes
    processes: int = 512
    file_size: int = 1024 * MB  # bytes, of one file
    open_files: int = 4096
    room: int = 4096 * MB  # bytes that it may write into the worktree
    spare: int = 512 * MB  # bytes of the disk that it must leave free
    scratch: int = 512 * MB  # bytes of /tmp and of /home, each, where these are its own

    def limits(self, groups: Sequence[Path]) -> dict[str, int]:
        """Resource limits of each process. Where none of its groups holds the memory of all, each
        is held by itself: less, but not nothing."""
        held = any((group / name).exists() for group in groups for name in MEMORY)
        memory = {} if held else {"DATA": self.memory}
        return {"FSIZE": self.file_size, "NOFILE": self.open_files, "CORE": 0, **memory}


@contextlib.contextmanager
def control_group(caps: Caps) -> Iterator[tuple[Path, ...]]:
    """Folders of fresh groups with these caps; none where we may make none. Nobody may be left in
    them at the end."""
    made: list[Path] = []
    try:
        for parent, values in _places(caps):
            group = parent / f"sentry-monitor-{secrets.token_hex(6)}"
            with contextlib.suppress(OSError):
                group.mkdir()
                made.append(group)
                _set(group, values)
        yield tuple(made)
    finally:
        for group in made:
            with contextlib.suppress(OSError):
                group.rmdir()


def _set(group: Path, values: dict[str, str]) -> None:
    for name, value in values.items():
        with contextlib.suppress(FileNotFoundError):  # swap is not accounted for everywhere
            (group / name).write_text(value)


def _places(caps: Caps) -> Iterator[tuple[Path, dict[str, str]]]:
    """Where groups can be made, and what is written into them."""
    memory, processes = str(caps.memory), str(caps.processes)
    for line in _own():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            place = MOUNT / path.lstrip("/")
            if {"memory", "pids"} <= _delegated(place):
                yield place, {"memory.max": memory, "memory.swap.max": "0", "pids.max": processes}
        elif "pids" in controllers.split(","):
            yield _v1("pids", path), {"pids.max": processes}
        elif "memory" in controllers.split(","):
            limits = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")
            yield _v1("memory", path), dict.fromkeys(limits, memory)


def _own() -> list[str]:
    try:
        return OWN.read_text().splitlines()
    except OSError:
        return []


def _v1(controller: str, path: str) -> Path:
    place = MOUNT / controller / path.lstrip("/")
    return place if place.is_dir() else MOUNT / controller


def _delegated(place: Path) -> set[str]:
    """Controllers that a group below may use, if we may make one. A group that has processes of its
    own gives its controllers to none below."""
    if not os.access(place, os.W_OK):
        return set()
    try:
        return set((place / "cgroup.subtree_control").read_text().split())
    except OSError:
        return set()
