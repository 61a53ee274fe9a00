"""What happens to a pull request once it is open: the port that following it needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from .project import Project

Light = Literal["pending", "green", "red"]


@dataclass(frozen=True, kw_only=True)
class CheckRun:
    """One check of a commit. `told` is its output: strangers' text."""

    name: str
    light: Light
    told: str = ""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a pull request stands. `head` is the commit that its branch has on the forge."""

    state: str  # open, closed, merged
    head: str
    merge_sha: str | None = None  # of what was merged
    closed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What somebody wrote there. `writer`: somebody with write access to the repository."""

    text: str
    mine: bool = False
    bot: bool = False
    writer: bool = False
    at: datetime | None = None


class Review(Protocol):
    """One pull request among people and checks. There is no merge here, either."""

    async def standing(self, project: Project, number: int) -> Standing: ...

    async def remarks(self, project: Project, number: int) -> tuple[Remark, ...]:
        """Comments and reviews, oldest first of each kind."""
        ...

    async def checks(self, project: Project, commit: str) -> tuple[CheckRun, ...]:
        """What was run on a commit, the last run of each; empty where nothing runs."""
        ...

    async def comment(self, project: Project, number: int, text: str) -> None:
        """Once: a comment of ours with the same marker (describe.comment_key) is it already."""
        ...


def light(runs: Iterable[CheckRun]) -> Light | None:
    """Of all together; None where there are none."""
    lights = {run.light for run in runs}
    return next((one for one in ("pending", "red", "green") if one in lights), None)
