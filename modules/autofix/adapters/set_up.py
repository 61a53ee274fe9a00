"""The project's set-up command: run once, on the base, before an agent has touched anything, and
mounted from then on. After the agent nothing is installed."""

import asyncio
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import AsyncExitStack
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from modules.autofix.ports import Trees
from modules.autofix.project import Project

from .file_lock import locked
from .said import last_words
from .sandbox.gateway import gateway
from .sandbox.place import Mount, Place, Sandbox

SAID: Final = 500  # characters
KEPT: Final = 10  # set-ups; the oldest ones go
# What installed things depend on; with neither, each commit is set up anew.
INPUTS: Final = (
    *("*.lock", "*-lock.json", "*-lock.y*ml", "npm-shrinkwrap.json", "go.sum", "requirements*.txt"),
    *("package.json", "pyproject.toml", "setup.py", "setup.cfg", "composer.json", "gemfile"),
    *("go.mod", "cargo.toml", ".python-version", ".nvmrc", ".tool-versions", "makefile"),
)
LOCKS: Final = INPUTS[:6]
PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
DONE: Final = "folders.json"


class SetUp:
    """Below `home`: a folder for each set-up with what it made, and for each base which one it is.

    Only whole folders that are new are kept (node_modules, .venv, vendor, …), since a mount holds
    them; they are read-only from then on.
    """

    def __init__(self, home: Path, sandbox: Sandbox) -> None:
        self._home, self._sandbox = home / "set-ups", sandbox

    async def make(self, project: Project, base: str, trees: Trees) -> str:
        """Why it cannot be done, in words; empty when it is there."""
        if not project.setup_command or self.mounts(project, base) is not None:
            return ""
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        async with locked(self._home / ".lock"), trees() as tree:
            key = _key(project, tree, base)
            if not (self._home / key / DONE).exists() and (
                problem := await self._made(project, tree, key)
            ):
                return problem
            await asyncio.to_thread(_point, self._of(project, base), self._home / key)
        return ""

    def mounts(self, project: Project, base: str) -> tuple[Mount, ...] | None:
        """What a worktree of that base is given; None where the set-up was not run."""
        if not project.setup_command:
            return ()
        place = self._of(project, base)
        try:
            names = json.loads((place / DONE).read_text())
        except OSError:
            return None
        root = place.resolve()
        return tuple(Mount(host=root / str(at), inside=name) for at, name in enumerate(names))

    def _of(self, project: Project, base: str) -> Path:
        asked = [project.repository, project.folder, project.setup_command, base]
        return self._home / f"base-{_hash(json.dumps(asked))}"

    async def _made(self, project: Project, tree: Path, key: str) -> str:
        before = set(_folders(tree))
        async with AsyncExitStack() as stack:
            socket = None
            if project.setup_hosts:
                door = gateway((), tunnels=project.setup_hosts)
                socket = await stack.enter_async_context(door)
            place = Place(
                tree=tree,
                folder=project.folder,
                reads=tuple(map(Path, project.reads)),
                gateway=socket,
            )
            env = {"CI": "1", **(dict.fromkeys(PROXIES, "{gateway}") if socket else {})}
            ran = await self._sandbox.run(
                project.setup_command, place, env=env, seconds=project.limits.test_seconds
            )
        if ran.missing:
            return "The program of setup_command cannot be found or run."
        if ran.code != 0 or ran.timed_out:
            how = "did not end in time" if ran.timed_out else f"ended with {ran.code}"
            return f"The set-up {how}: {last_words(ran.out + ran.err, SAID)}"
        await asyncio.to_thread(_store, tree, before, self._home / key)
        await asyncio.to_thread(_prune, self._home)
        return ""


def _key(project: Project, tree: Path, base: str) -> str:
    """The set-up is another when what it depends on is another."""
    asked = [project.repository, project.folder, project.setup_command]
    named = {f"{project.folder}/{word}".lstrip("/") for word in project.setup_command}
    inputs = [
        (path, _hash((tree / path).read_bytes()))
        for path in sorted(_files(tree))
        if _is(path, INPUTS) or path in named
    ]
    if not any(_is(path, LOCKS) for path, _ in inputs):
        inputs.append(("", base))
    return _hash(json.dumps([asked, inputs]))


def _is(path: str, patterns: tuple[str, ...]) -> bool:
    name = path.rpartition("/")[2].casefold()
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _files(tree: Path) -> Iterator[str]:
    for root, _, names in os.walk(tree):
        for name in names:
            path = Path(root) / name
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(tree).as_posix()


def _folders(tree: Path) -> Iterator[str]:
    for root, names, _ in os.walk(tree):
        for name in names:
            yield (Path(root) / name).relative_to(tree).as_posix()


def _store(tree: Path, before: set[str], place: Path) -> None:
    """Whole or not at all."""
    new = set(_folders(tree)) - before
    tops = sorted(path for path in new if not any(str(up) in new for up in Path(path).parents))
    unfinished = place.with_name(f"{place.name}-{secrets.token_hex(4)}")
    unfinished.mkdir(mode=0o700)
    tops = [path for path in tops if not (tree / path).is_symlink()]
    for at, path in enumerate(tops):
        shutil.move(tree / path, unfinished / str(at))
    (unfinished / DONE).write_text(json.dumps(tops))
    shutil.rmtree(place, ignore_errors=True)
    unfinished.rename(place)


def _point(link: Path, place: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(place.name, target_is_directory=True)


def _prune(home: Path) -> None:
    """Those whose bases came last stay."""
    places = [path for path in home.iterdir() if path.is_dir() and not path.is_symlink()]
    for old in sorted(places, key=lambda path: path.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def _hash(told: str | bytes) -> str:
    return hashlib.sha256(told.encode() if isinstance(told, str) else told).hexdigest()[:32]
