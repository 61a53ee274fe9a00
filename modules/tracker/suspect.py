"""From a stack and a repository to what is suspected."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from .correlate import correlate
from .history import Cause, Deployment, History
from .places import Call, CodeMapping, spots_of

MOST: Final = 500  # commits that are looked at


def moment(told: str) -> datetime | None:
    """A time of Sentry's, ISO 8601 with its zone; None where it is none."""
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


async def nothing_to_close() -> None:
    """There is no connection."""


@dataclass(frozen=True, kw_only=True)
class Repository:
    """The code that ran: its history up to there, its files, what the paths of frames begin with,
    and where all this is from."""

    history: History
    files: frozenset[str]
    mappings: tuple[CodeMapping, ...] = ()
    source: str = ""
    aclose: Callable[[], Awaitable[None]] = nothing_to_close


class Repositories(Protocol):
    """Finds a project's repository."""

    async def __call__(self, project: str, release: str) -> Repository | None:
        """By the slug of a project in Sentry; None where none is mapped. Raises ModuleError where
        it cannot be read."""
        ...


async def nowhere(project: str, release: str) -> Repository | None:
    """No project has a repository."""
    return None


async def suspected(
    repository: Repository,
    stacks: Iterable[Sequence[Call]],
    *,
    first_seen: datetime,
    hours: int = 48,
    deployments: Sequence[Deployment] = (),
    mappings: Sequence[CodeMapping] = (),
    message: str = "",
    limit: int = 20,
) -> Cause:
    """The commits of the hours before, likeliest first; `message` is the error's. Raises
    ModuleError."""
    since = first_seen - timedelta(hours=hours)
    spots = spots_of(stacks, repository.files, (*repository.mappings, *mappings))
    paths = tuple(dict.fromkeys(spot.path for spot in spots))
    history = repository.history
    commits = await history.commits(since, first_seen, MOST, paths=paths)
    out = sorted(
        (*deployments, *await history.deployments(since, first_seen)),
        key=lambda one: one.at,
        reverse=True,
    )
    return correlate(
        spots,
        commits,
        since=since,
        first_seen=first_seen,
        deployments=out,
        message=message,
        source=repository.source,
        limit=limit,
    )
