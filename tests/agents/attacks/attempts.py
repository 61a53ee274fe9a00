"""How an attack is run: a few lines of shell or Python, in a sandbox or in none."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap
from modules.autofix.adapters.sandbox.cgroups import Caps
from modules.autofix.adapters.sandbox.place import Place, Sandbox
from modules.autofix.adapters.sandbox.plain import Plain
from modules.autofix.adapters.sandbox.programs import OWN_PYTHON
from modules.outbound.processes import Finished


def box(held: bool, caps: Caps | None = None) -> Sandbox:
    return Bubblewrap(caps) if held else Plain(caps=caps)


async def sh(sandbox: Sandbox, place: Place, script: str, **more: Any) -> Finished:
    return await _run(sandbox, place, ("/bin/sh", "-c", script), more)


async def python(sandbox: Sandbox, place: Place, code: str, *args: object, **more: Any) -> Finished:
    argv = (str(OWN_PYTHON), "-I", "-S", "-c", code, *map(str, args))
    return await _run(sandbox, place, argv, more)


async def _run(
    sandbox: Sandbox, place: Place, argv: tuple[str, ...], more: dict[str, Any]
) -> Finished:
    env = {"TERM": "dumb", **more.pop("env", {})}
    return await sandbox.run(argv, place, env=env, **{"seconds": 20.0, **more})


def processes(mark: str) -> Iterator[int]:
    """Those on this machine that have the mark among their arguments."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            pid = int(entry.name)
            if mark.encode() in (entry / "cmdline").read_bytes() and pid != os.getpid():
                yield pid
