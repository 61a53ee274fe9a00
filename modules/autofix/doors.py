"""What front doors ask of autofix: to take a job in, to look at jobs and pull requests, to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .acceptance import Accepted
from .job import Decision, Job, Status
from .ports import PullRequest
from .project import Project


class JobEvent(Protocol):
    """One line of a job's history."""

    @property
    def at(self) -> datetime: ...
    @property
    def stage(self) -> str: ...
    @property
    def message(self) -> str: ...


class Pulls(Protocol):
    """Pull requests to look at."""

    async def list(self, project: Project) -> tuple[PullRequest, ...]:
        """Newest first."""
        ...


@dataclass(frozen=True, kw_only=True)
class Access:
    """What the login may do with one repository on GitHub; no `reason` where it may push."""

    project: str  # its key
    repository: str  # owner/name
    forge: str  # where its pull requests go: github, local
    reason: str = ""
    message: str = ""


class Jobs(Protocol):
    """What front doors ask of the place where jobs are kept."""

    async def accept(self, job: Job, project: Project, *, force: bool = False) -> Accepted:
        """Dedup, rate limit, row and enqueue in one transaction."""
        ...

    async def get(self, job_id: str) -> Job:
        """Raises NoSuchJob."""
        ...

    async def list(
        self, status: Status | None = None, project: str | None = None, limit: int = 20
    ) -> tuple[Job, ...]:
        """Newest first."""
        ...

    async def events(self, job_id: str) -> Sequence[JobEvent]: ...

    async def decide(self, job_id: str, decision: Decision) -> Job:
        """Raises NoSuchJob, NotWaiting, DiffChanged."""
        ...

    async def stopped(self) -> str: ...
