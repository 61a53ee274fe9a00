"""What a program that is not ours is let reach, and the port of whatever holds it there."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from modules.outbound.dialogue import Dialogue
from modules.outbound.processes import MB, Finished, Listener

ANSWER: Final = 8 * MB


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A folder of this machine that stands in the tree, to be read: what the set-up made."""

    host: Path
    inside: str  # from the top of the tree


@dataclass(frozen=True, kw_only=True)
class Place:
    """A worktree and little else: what is not named here is not there."""

    tree: Path
    folder: str = ""  # where in the tree the program starts
    results: Path | None = None  # a folder of ours outside of the tree that it may write to
    reads: tuple[Path, ...] = ()  # further files and folders of this machine, to be read
    mounts: tuple[Mount, ...] = ()
    protected: tuple[str, ...] = ()  # paths of the tree that it may only read
    gateway: Path | None = None  # the socket that is its one way out

    @property
    def written(self) -> tuple[Path, ...]:
        """Where it may write on a disk of ours."""
        return (self.tree, self.results) if self.results else (self.tree,)


@dataclass(frozen=True, kw_only=True)
class View:
    """How a place looks to the program in it."""

    tree: str
    results: str


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A program in a place that is spoken with. `gateway` is the gateway's address as it sees it,
    empty where there is none."""

    dialogue: Dialogue
    gateway: str


class Sandbox(Protocol):
    """Holds a program in a place. `name` and `means` are told in pull requests."""

    @property
    def steady(self) -> bool:
        """Whether every worktree has the same path inside, so that mounts fit into each."""
        ...

    @property
    def name(self) -> str: ...

    @property
    def means(self) -> str: ...

    def view(self, place: Place) -> View: ...

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
        """To its end, as processes.run_guarded does. `{gateway}` in a value of `env` becomes the
        address of the gateway. Nothing secret may be in `argv` or `env`: `ps` shows both."""
        ...

    def dialogue(
        self, argv: Sequence[str], place: Place, *, env: Mapping[str, str]
    ) -> AbstractAsyncContextManager[Spoken]:
        """While the context is open, as dialogue.dialogue does. Raises FileNotFoundError."""
        ...
