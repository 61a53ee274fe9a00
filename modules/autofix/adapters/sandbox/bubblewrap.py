"""Bubblewrap round a program: no network, no home, no files but the worktree, no way out but a
gateway. https://github.com/containers/bubblewrap"""

import os
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice
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

from .cgroups import Caps, control_group
from .place import ANSWER, Place, Spoken, View
from .programs import OWN_PYTHON, found, named_files, needs
from .room import Room

PROGRAM: Final = "bwrap"
ROOT: Final = Path("/")
REPO, RESULTS, HOME, SOCKET = "/repo", "/results", "/home/agent", "/run/gw.sock"
PRLIMIT: Final = "/usr/bin/prlimit"  # util-linux
STARTER: Final = Path(__file__).with_name("starter.py")
PORT: Final = "8080"
SYSTEM: Final = (
    *("passwd", "group", "nsswitch.conf", "ld.so.cache", "alternatives", "localtime"),
    *("ssl/certs", "ssl/openssl.cnf", "ca-certificates", "pki/tls/certs"),
)
APART: Final = (
    *("--die-with-parent", "--new-session", "--unshare-all", "--unshare-user", "--disable-userns"),
    *("--uid", "1000", "--gid", "1000", "--cap-drop", "ALL", "--clearenv", "--hostname", "sandbox"),
)
BASE_ENV: Final[Mapping[str, str]] = {"HOME": HOME, "TMPDIR": "/tmp", "LANG": "C.UTF-8"}  # noqa: S108 - of the sandbox
MOUNTS: Final = 200  # a thousand take 6 s, 3,000 are refused; the diff tells about the rest
PROBE_S: Final = 10.0
SCRATCH: Final = Caps().scratch


class Bubblewrap:
    """Implements Sandbox."""

    steady: Final = True
    name: Final = "bubblewrap"
    means: Final = "bubblewrap: no network but the model's API, no files but the repository"

    def __init__(self, caps: Caps | None = None) -> None:
        self._caps = caps or Caps()

    def view(self, place: Place) -> View:
        return View(tree=REPO, results=RESULTS)

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
        try:
            command = self._held(argv, place, env)
        except FileNotFoundError:
            return Finished(code=127, out=b"", err=b"", seconds=0.0)
        room = Room(place.written, most=self._caps.room, spare=self._caps.spare)
        with control_group(self._caps) as groups:
            return await run_guarded(
                command,
                cwd=ROOT,
                env={},  # bwrap is process 1 in there, and /proc/1/environ can be read
                seconds=seconds,
                feed=feed,
                cap=cap,
                over=over,
                overfull=room.overfull,
                bounds=Bounds(limits=self._caps.limits(groups), cgroups=groups, passed=passed),
            )

    @asynccontextmanager
    async def dialogue(
        self, argv: Sequence[str], place: Place, *, env: Mapping[str, str]
    ) -> AsyncIterator[Spoken]:
        command = self._held(argv, place, env)
        address = f"http://127.0.0.1:{PORT}" if place.gateway else ""
        with control_group(self._caps) as groups:
            room = Room(place.written, most=self._caps.room, spare=self._caps.spare)
            bounds = Bounds(limits=self._caps.limits(groups), cgroups=groups)
            async with dialogue(
                command, cwd=ROOT, env={}, bounds=bounds, overfull=room.overfull
            ) as spoken:
                yield Spoken(dialogue=spoken, gateway=address)

    def _held(self, argv: Sequence[str], place: Place, env: Mapping[str, str]) -> tuple[str, ...]:
        """Raises FileNotFoundError."""
        program = found(argv[0], place)
        if program is None:
            raise FileNotFoundError(argv[0])
        inner, outer = _as_seen(program, place), (*needs(program), *named_files(argv[1:]))
        told = {"PATH": _path(inner), **env}
        command = bwrap_argv(place, env=told, reads=outer, scratch=self._caps.scratch)
        return (*command, *_started((str(inner), *argv[1:]), place, self._caps))


async def probe() -> str:
    """Why bubblewrap cannot hold anything here; empty where it can."""
    if shutil.which(PROGRAM, path=PLAIN_PATH) is None:
        return "bubblewrap is not installed"
    argv = (PROGRAM, *APART, *_system(), "--", "/usr/bin/true")
    tried = await run_plain(argv, cwd=ROOT, env={"PATH": PLAIN_PATH}, seconds=PROBE_S)
    if tried.code == 0:
        return ""
    return "bubblewrap cannot make a namespace: user namespaces are blocked here"


def bwrap_argv(
    place: Place, *, env: Mapping[str, str], reads: Sequence[Path] = (), scratch: int = SCRATCH
) -> tuple[str, ...]:
    """Pure but for looking at what is a link: a bound path must not lead elsewhere."""
    argv = [PROGRAM, *APART, *_system(scratch)]
    wanted = (*reads, *place.reads, *(_starter_needs() if place.gateway else ()))
    for path in dict.fromkeys(wanted):
        argv += ["--ro-bind", str(path), str(path)]
    if place.gateway:
        argv += ["--ro-bind", str(place.gateway), SOCKET]
    argv += ["--bind", str(place.tree), REPO]
    for mount in place.mounts:
        argv += ["--ro-bind", str(mount.host), f"{REPO}/{mount.inside}"]
    if place.results:
        argv += ["--bind", str(place.results), RESULTS]
    for name in islice(_unlinked(place.tree, (".git", *place.protected)), MOUNTS):
        argv += ["--ro-bind", f"{place.tree}/{name}", f"{REPO}/{name}"]
    for name, value in {**BASE_ENV, **env}.items():
        argv += ["--setenv", name, value]
    return (*argv, "--chdir", f"{REPO}/{place.folder}".rstrip("/"), "--")


def _system(scratch: int = SCRATCH) -> list[str]:
    argv = ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib64"):
        argv += ["--symlink", f"usr/{name}", f"/{name}"]
    for name in SYSTEM:
        argv += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    argv += ["--proc", "/proc", "--dev", "/dev", "--dir", "/run"]
    for folder in ("tmp", "home"):
        argv += ["--size", str(scratch), "--tmpfs", f"/{folder}"]
    return [*argv, "--dir", HOME]


def _unlinked(tree: Path, paths: Sequence[str]) -> Iterator[str]:
    """Those that are there and that no symbolic link leads away: a repository may hold one, and a
    mount would follow it out of the tree."""
    root = os.path.realpath(tree)
    for path in paths:
        whole = f"{root}/{path}"
        if os.path.lexists(whole) and os.path.realpath(whole) == whole:
            yield path


def _as_seen(program: Path, place: Place) -> Path:
    """A program of the repository, or of its set-up, has another path inside."""
    there = [(mount.host, Path(REPO) / mount.inside) for mount in place.mounts]
    for host, inside in (*there, (place.tree, Path(REPO))):
        if program.is_relative_to(host):
            return inside / program.relative_to(host)
    return program


def _path(program: Path) -> str:
    return f"{program.parent}:{PLAIN_PATH}"


def _starter_needs() -> tuple[Path, ...]:
    return (STARTER, *needs(OWN_PYTHON))


def _started(argv: Sequence[str], place: Place, caps: Caps) -> Sequence[str]:
    """Processes are counted in the sandbox's own user namespace (Linux 5.14), so that limit is set
    inside; outside it would count all that the user runs."""
    argv = (PRLIMIT, f"--nproc={caps.processes}", "--", *argv) if Path(PRLIMIT).exists() else argv
    if not place.gateway:
        return argv
    return (str(OWN_PYTHON), "-I", "-S", str(STARTER), SOCKET, PORT, "--", *argv)
