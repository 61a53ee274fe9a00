"""Which files of this machine a program needs in order to start: itself, and what it is part of."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from modules.outbound.processes import PLAIN_PATH

from .place import Place

SYSTEM: Final = Path("/usr")
VENV: Final = "pyvenv.cfg"
OWN_PYTHON: Final = Path(getattr(sys, "_base_executable", None) or sys.executable)


def found(program: str, place: Place) -> Path | None:
    """The file on this machine that a command's first word names; None where there is none."""
    if program.startswith("/"):
        return Path(program) if Path(program).exists() else None
    if "/" in program:
        inside = PurePosixPath(place.folder) / program
        for mount in place.mounts:
            if inside.is_relative_to(mount.inside):
                path = mount.host / inside.relative_to(mount.inside)
                return path if os.path.lexists(path) else None
        path = place.tree / inside
        return path if path.exists() else None
    there = shutil.which(program, path=PLAIN_PATH)
    return Path(there) if there else None


def is_inside(program: Path, place: Place) -> bool:
    """Whether it is the repository's own, or of its set-up."""
    hosts = (place.tree, *(mount.host for mount in place.mounts))
    return any(program.is_relative_to(host) for host in hosts)


def needs(program: Path) -> tuple[Path, ...]:
    """The program, a virtual environment it stands in, and the libraries of its interpreter; never
    a home, never more than that. What lies in /usr is there anyway."""
    return tuple(dict.fromkeys(path for path in _needs(program) if not _is_system(path)))


def named_files(arguments: Sequence[str]) -> tuple[Path, ...]:
    """Files that an operator's command names in full: a script, a configuration."""
    return tuple(Path(one) for one in arguments if one.startswith("/") and Path(one).is_file())


def _needs(program: Path) -> Iterator[Path]:
    real = program.resolve()
    root = program.parent.parent
    if (root / VENV).is_file():
        yield root
        yield from _needs(_interpreter_of(root))
        return
    yield program
    yield real
    if real.parent.name == "bin" and (real.parent.parent / "lib").is_dir():
        yield real.parent
        yield from _libraries(real)


def _interpreter_of(root: Path) -> Path:
    """PEP 405: `home` is the folder that the environment was made from."""
    for line in (root / VENV).read_text(encoding="utf-8", errors="replace").splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "home":
            return Path(value.strip()) / "python3"
    return OWN_PYTHON


def _libraries(real: Path) -> Iterator[Path]:
    """`lib` beside `bin`; in a home's own folder only what belongs to the interpreter."""
    lib = real.parent.parent / "lib"
    if real.parent.parent.name == ".local":
        yield from (path for path in lib.glob("python3*") if path.is_dir())
        return
    yield lib


def _is_system(path: Path) -> bool:
    """Also by way of /bin, which is a link into it."""
    there = path.parent.resolve()
    return there.is_relative_to(SYSTEM) or path.parent == Path("/")
