"""Landlock and seccomp round a program, where user namespaces are blocked: with sandlock (extra
`landlock`, Linux 6.12 or newer). https://docs.kernel.org/userspace-api/landlock.html"""

import json
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from modules.outbound.dialogue import dialogue
from modules.outbound.processes import (
    PLAIN_PATH,
    Bounds,
    Finished,
    Listener,
    run_guarded,
    run_plain,
)

from .bubblewrap import ROOT, SYSTEM
from .cgroups import Caps, control_group
from .place import ANSWER, Place, Spoken, View
from .plain import ANY_PORT, started
from .programs import found, named_files, needs
from .room import Room

WALLS: Final = Path(__file__).with_name("landlocked.py")
HOLE: Final = "{gateway}"
READS: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/proc")
DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/full")
PROBE_S: Final = 20.0


class Landlock:
    """Implements Sandbox. Paths are those of the machine; processes of others can be seen by their
    number, and by nothing else. Paths that are closed to repairs can be written: the look at the
    diff stops that."""

    steady: Final = False
    name: Final = "landlock"
    means: Final = (
        "Landlock and seccomp: no network but the model's API, no files but the repository"
    )

    def __init__(self, caps: Caps | None = None) -> None:
        self._caps = caps or Caps()

    def view(self, place: Place) -> View:
        return View(tree=str(place.tree), results=str(place.results or ""))

    async def run(
        self,
        argv: Sequence[str],
        place: Place,
        *,
        env: Mapping[str, str],
        seconds: float,
        feed: bytes = b"",
        cap: int = ANSWER,
        over: Listener | None = None,
        passed: Sequence[int] = (),
    ) -> Finished:
        program = found(argv[0], place)
        if program is None:
            return Finished(code=127, out=b"", err=b"", seconds=0.0)
        reads = (*needs(program), *named_files(argv[1:]), *place.reads)
        with (
            tempfile.TemporaryDirectory(prefix="agent-", ignore_cleanup_errors=True) as home,
            control_group(self._caps) as groups,
        ):
            own, caps = _environment(program, Path(home)), self._caps
            room = Room((*place.written, Path(home)), most=caps.room, spare=caps.spare)
            policy = _policy(place, reads, Path(home), {**own, **env}, self._caps)
            walls = (sys.executable, "-I", str(WALLS), policy, "--", str(program), *argv[1:])
            return await run_guarded(
                started(walls, place, ANY_PORT),
                cwd=ROOT,
                env={"PATH": PLAIN_PATH},
                seconds=seconds,
                feed=feed,
                cap=cap,
                over=over,
                overfull=room.overfull,
                bounds=Bounds(limits=caps.limits(groups), cgroups=groups, passed=passed),
            )

    @asynccontextmanager
    async def dialogue(
        self, argv: Sequence[str], place: Place, *, env: Mapping[str, str]
    ) -> AsyncIterator[Spoken]:
        program = found(argv[0], place)
        if program is None:
            raise FileNotFoundError(argv[0])
        with (
            tempfile.TemporaryDirectory(prefix="agent-", ignore_cleanup_errors=True) as home,
            control_group(self._caps) as groups,
            socket.create_server(("127.0.0.1", 0)) as door,
        ):
            own, caps = _environment(program, Path(home)), self._caps
            reads = (*needs(program), *named_files(argv[1:]), *place.reads)
            policy = _policy(place, reads, Path(home), {**own, **env}, caps)
            walls = (sys.executable, "-I", str(WALLS), policy, "--", str(program), *argv[1:])
            room = Room((*place.written, Path(home)), most=caps.room, spare=caps.spare)
            passed = (door.fileno(),) if place.gateway else ()
            address = f"http://127.0.0.1:{door.getsockname()[1]}" if place.gateway else ""
            async with dialogue(
                started(walls, place, f"fd={door.fileno()}"),
                cwd=ROOT,
                env={"PATH": PLAIN_PATH},
                bounds=Bounds(limits=caps.limits(groups), cgroups=groups, passed=passed),
                overfull=room.overfull,
            ) as spoken:
                yield Spoken(dialogue=spoken, gateway=address)


async def probe() -> str:
    """Why Landlock cannot hold anything here; empty where it can."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(tree=Path(folder))
        policy = _policy(place, (), place.tree, {"PATH": PLAIN_PATH}, Caps())
        argv = (sys.executable, "-I", str(WALLS), policy, "--", "/bin/ls", "/")
        tried = await run_plain(argv, cwd=ROOT, env={"PATH": PLAIN_PATH}, seconds=PROBE_S)
    if b"No module named 'sandlock'" in tried.err:
        return "sandlock is not installed (the extra `landlock`)"
    held = tried.code not in (0, 126) and b"Permission denied" in tried.err
    return "" if held else "this Linux has no Landlock that sandlock can use"


def _policy(
    place: Place, reads: Sequence[Path], home: Path, env: Mapping[str, str], caps: Caps
) -> str:
    readable = [*READS, *(f"/etc/{name}" for name in SYSTEM), *map(str, reads)]
    writable = [
        str(place.tree),
        str(home),
        *DEVICES,
        *([str(place.results)] if place.results else []),
    ]
    return json.dumps(
        {
            "reads": [path for path in readable if Path(path).exists()],
            "writes": [path for path in writable if Path(path).exists()],
            "cwd": str(place.tree / place.folder),
            "env": dict(env),
            "gateway": HOLE if place.gateway else "",
            "processes": caps.processes,
        }
    )


def _environment(program: Path, home: Path) -> dict[str, str]:
    (home / "tmp").mkdir(exist_ok=True)
    path = f"{program.parent}:{PLAIN_PATH}"
    return {"PATH": path, "HOME": str(home), "TMPDIR": str(home / "tmp"), "LANG": "C.UTF-8"}
