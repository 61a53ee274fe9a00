"""No walls of our own: an outer container isolates (the operator's word), or nothing does."""

import socket
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Literal

from modules.outbound.dialogue import dialogue
from modules.outbound.processes import (
    PLAIN_PATH,
    Bounds,
    Finished,
    Listener,
    run_guarded,
)

from .bubblewrap import STARTER
from .cgroups import Caps, control_group
from .place import ANSWER, Place, Spoken, View
from .programs import OWN_PYTHON, found
from .room import Room

ANY_PORT: Final = "0"
MEANS: Final[Mapping[str, str]] = {
    "container": "an outer container, on the operator's word",
    "none": "none: it ran as a plain process with an empty environment",
}


class Plain:
    """Implements Sandbox: an environment built from nothing, a home of its own, limits, and an end
    to all that was started. It can read and reach whatever this user can."""

    def __init__(self, name: Literal["container", "none"] = "none", caps: Caps | None = None):
        self.name: str = name
        self.steady: Final = False
        self.means: str = MEANS[name]
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
        cwd = place.tree / place.folder
        program = found(argv[0], place)
        if program is None:
            return Finished(code=127, out=b"", err=b"", seconds=0.0)
        with (
            tempfile.TemporaryDirectory(prefix="agent-", ignore_cleanup_errors=True) as home,
            control_group(self._caps) as groups,
        ):
            written, caps = (*place.written, Path(home)), self._caps
            return await run_guarded(
                started((str(program), *argv[1:]), place, ANY_PORT),
                cwd=cwd,
                env={**_environment(program, Path(home)), **env},
                seconds=seconds,
                feed=feed,
                cap=cap,
                over=over,
                overfull=Room(written, most=caps.room, spare=caps.spare).overfull,
                bounds=Bounds(limits=self._caps.limits(groups), cgroups=groups, passed=passed),
            )

    @asynccontextmanager
    async def dialogue(
        self, argv: Sequence[str], place: Place, *, env: Mapping[str, str]
    ) -> AsyncIterator[Spoken]:
        cwd = place.tree / place.folder
        program = found(argv[0], place)
        if program is None:
            raise FileNotFoundError(argv[0])
        with (
            tempfile.TemporaryDirectory(prefix="agent-", ignore_cleanup_errors=True) as home,
            control_group(self._caps) as groups,
            socket.create_server(("127.0.0.1", 0)) as door,
        ):
            passed = (door.fileno(),) if place.gateway else ()
            address = f"http://127.0.0.1:{door.getsockname()[1]}" if place.gateway else ""
            written, caps = (*place.written, Path(home)), self._caps
            async with dialogue(
                started((str(program), *argv[1:]), place, f"fd={door.fileno()}"),
                cwd=cwd,
                env={**_environment(program, Path(home)), **env},
                bounds=Bounds(limits=caps.limits(groups), cgroups=groups, passed=passed),
                overfull=Room(written, most=caps.room, spare=caps.spare).overfull,
            ) as spoken:
                yield Spoken(dialogue=spoken, gateway=address)


def started(argv: Sequence[str], place: Place, port: str) -> Sequence[str]:
    """Behind the starter's door, where there is a gateway to lead to."""
    if not place.gateway:
        return argv
    return (*(str(OWN_PYTHON), "-I", "-S", str(STARTER), str(place.gateway), port), "--", *argv)


def _environment(program: Path, home: Path) -> dict[str, str]:
    """Built from nothing: none of our variables, a home of its own."""
    temporary = home / "tmp"
    temporary.mkdir()
    path = f"{program.parent}:{PLAIN_PATH}"
    return {"PATH": path, "HOME": str(home), "TMPDIR": str(temporary), "LANG": "C.UTF-8"}
