"""Jobs and pull requests in memory, behind the ports that front doors ask."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from mcp_servers.sentry_monitor.src.operations.services import Autofix
from modules.autofix.acceptance import Accepted, judge
from modules.autofix.decisions import decided
from modules.autofix.errors import NoSuchJob
from modules.autofix.job import Decision, Job, Status
from modules.autofix.ports import PullRequest
from modules.autofix.project import Budget, Project, Projects

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SHOP = Project(key="web", slug="shop", repository="/srv/shop", test_command=("pytest",))


@dataclass(frozen=True, kw_only=True)
class Told:
    """One line of a job's history."""

    message: str
    stage: str = "fix"
    at: datetime = NOW


@dataclass
class FakeJobs:
    """The real rules on a dictionary."""

    jobs: dict[str, Job] = field(default_factory=dict)
    history: tuple[Told, ...] = ()
    off: str = ""
    now: datetime = NOW

    async def accept(self, job: Job, project: Project, *, force: bool = False) -> Accepted:
        others = [one for one in await self.list(limit=1000) if one.issue_key == job.issue_key]
        accepted = judge(job, others, Budget(), self.now, force=force)
        if accepted.verdict == "queued":
            self.jobs[job.id] = job
        return accepted

    async def get(self, job_id: str) -> Job:
        if job_id not in self.jobs:
            raise NoSuchJob
        return self.jobs[job_id]

    async def list(
        self, status: Status | None = None, project: str | None = None, limit: int = 20
    ) -> tuple[Job, ...]:
        newest = sorted(self.jobs.values(), key=lambda one: one.created_at, reverse=True)
        kept = [
            one
            for one in newest
            if status in (None, one.status) and project in (None, one.project_key)
        ]
        return tuple(kept[:limit])

    async def events(self, job_id: str) -> tuple[Told, ...]:
        await self.get(job_id)
        return self.history

    async def decide(self, job_id: str, decision: Decision) -> Job:
        self.jobs[job_id] = decided(await self.get(job_id), decision, self.now)
        return self.jobs[job_id]

    async def stopped(self) -> str:
        return self.off


@dataclass
class FakePulls:
    """The pull requests of every project, or those of one by its key."""

    pulls: tuple[PullRequest, ...] = ()
    of: dict[str, tuple[PullRequest, ...]] = field(default_factory=dict)

    async def list(self, project: Project) -> tuple[PullRequest, ...]:
        return self.of.get(project.key, self.pulls)


def a_pull(**more: object) -> PullRequest:
    plain = PullRequest(
        number=1,
        url="local://shop/pulls/1",
        title="fix(SHOP-1A): ValueError in total",
        body="what and why",
        head="sentry-autofix/shop-1a-0a1b2c-g1",
        base="main",
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def an_autofix(
    jobs: FakeJobs | None = None,
    pulls: Iterable[PullRequest] = (),
    *,
    enabled: bool = True,
    projects: tuple[Project, ...] = (SHOP,),
) -> Autofix:
    return Autofix(
        enabled=enabled,
        host="sentry.test",
        projects=Projects(projects=projects),
        jobs=jobs or FakeJobs(),
        pulls=FakePulls(tuple(pulls)),
        hints=("a worker runs the jobs",),
    )
