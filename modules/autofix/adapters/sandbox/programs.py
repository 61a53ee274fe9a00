"""Which files of this machine a program needs in order to start: itself, and what it is part of."""

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from modules.outbound.processes import PLAIN_PATH

SYSTEM: Final = Path("/usr")
VENV: Final = "pyvenv.cfg"
OWN_PYTHON: Final = Path(getattr(sys, "_base_executable", None) or sys.executable)


def found(program: str, tree: Path) -> Path | None:
    """The file that a command's first word names; None where there is none."""
    if "/" in program:
        path = Path(program) if program.startswith("/") else tree / program
        return path if path.exists() else None
    there = shutil.which(program, path=PLAIN_PATH)
    return Path(there) if there else None


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
