"""Ports that answer from memory, for tests of the steps' decisions. The real ones have suites of
their own (tests/integration/autofix, tests/verdicts)."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from modules.autofix.errors import LostJob
from modules.autofix.job import Job, Problem, Status, Thread
from modules.autofix.notices import USUAL, Kind
from modules.autofix.ports import (
    AgentResult,
    AgentTask,
    Change,
    Note,
    Notifier,
    Ports,
    Proposal,
    PullRequest,
    Remote,
    TestRun,
    Trees,
)
from modules.autofix.project import Project

from .repairs import NOW, problem, report

BASE, FIX = "a" * 40, "b" * 40
CODE = "def average(xs):\n    return sum(xs) / len(xs)\n"
FILES = {"src/calc.py": CODE, "src/app.py": "def main():\n    average([])\n"}


@dataclass
class MemoryIssues:
    told: Problem = field(default_factory=problem)
    error: Exception | None = None
    written: list[str] = field(default_factory=list)
    comments: bool = True

    async def gather(self, job: Job) -> Problem:
        if self.error is not None:
            raise self.error
        return self.told

    async def notes(self, problem: Problem) -> tuple[Note, ...]:
        return tuple(Note(id="1", text=text, mine=True, age_s=0) for text in self.written)

    async def add_note(self, problem: Problem, text: str) -> bool:
        if self.comments:
            self.written.append(text)
        return self.comments

    async def change_note(self, problem: Problem, note: Note, text: str) -> bool:
        self.written[self.written.index(note.text)] = text
        return True


@dataclass
class MemoryRepository:
    changed: tuple[Change, ...] = (
        Change(path="src/calc.py", old_mode="100644", new_mode="100644", status="M", added=1),
        Change(path="tests/test_new.py", old_mode="0", new_mode="100644", status="A", added=3),
    )
    heads: dict[str, str] = field(default_factory=dict)
    committed: str | None = FIX

    async def fetch(self, project: Project) -> str:
        return BASE

    def mirror(self, project: Project) -> Path:
        return Path("/nowhere")

    async def files(self, project: Project, commit: str) -> frozenset[str]:
        return frozenset(FILES)

    async def read(self, project: Project, commit: str, path: str) -> str | None:
        if commit == FIX and path == "tests/test_new.py":
            return "def test_t():\n    assert average([]) == 0\n"
        return FILES.get(path)

    async def resolve(self, project: Project, name: str) -> str | None:
        return None

    @asynccontextmanager
    async def tree(self, project: Project, commit: str) -> AsyncIterator[Path]:
        yield Path(commit)

    @asynccontextmanager
    async def unhurried(self) -> "AsyncIterator[MemoryRepository]":
        yield self

    async def commit(
        self, project: Project, tree: Path, *, base: str, message: str, keep: str
    ) -> str | None:
        return self.committed

    async def overlay(
        self, project: Project, base: str, source: str, paths: tuple[str, ...], *, keep: str
    ) -> str:
        return "c" * 40

    async def changes(self, project: Project, base: str, commit: str) -> tuple[Change, ...]:
        return self.changed

    async def diff(self, project: Project, base: str, commit: str, *, cap: int) -> str:
        return "+the fix\n"

    async def remote_head(self, project: Project, remote: Remote, branch: str) -> str | None:
        return self.heads.get(branch)

    async def push(
        self, project: Project, remote: Remote, branch: str, commit: str, *, expected: str
    ) -> None:
        self.heads[branch] = commit


@dataclass
class MemoryForge:
    pulls: list[PullRequest] = field(default_factory=list)
    changed: dict[int, tuple[str, ...]] = field(default_factory=dict)
    public: bool = False

    async def remote(self, project: Project) -> Remote:
        return Remote(url="memory", public=self.public)

    async def find(self, project: Project, branch: str) -> PullRequest | None:
        return next((pull for pull in self.pulls if pull.head == branch), None)

    async def recent(self, project: Project, *, since: datetime) -> tuple[PullRequest, ...]:
        return tuple(self.pulls)

    async def propose(self, project: Project, proposal: Proposal) -> PullRequest:
        if found := await self.find(project, proposal.head):
            return found
        number = len(self.pulls) + 1
        pull = PullRequest(
            number=number,
            url=f"memory://{number}",
            title=proposal.title,
            body=proposal.body,
            head=proposal.head,
            base=proposal.base,
            draft=proposal.draft,
            labels=proposal.labels,
            files=proposal.files,
        )
        self.pulls.append(pull)
        return pull

    async def files(self, project: Project, pull: PullRequest) -> tuple[str, ...]:
        return self.changed.get(pull.number, pull.files)


@dataclass
class MemoryAgent:
    results: list[AgentResult] = field(default_factory=lambda: [AgentResult(report=report())])
    tasks: list[AgentTask] = field(default_factory=list)

    async def unfit(self, project: Project, tree: Path) -> AgentResult | None:
        return None

    async def run(self, project: Project, task: AgentTask, tree: Path) -> AgentResult:
        self.tasks.append(task)
        return self.results[min(len(self.tasks), len(self.results)) - 1]


def right(commit: str) -> TestRun:
    """What a right fix shows."""
    new = {BASE: {}, "c" * 40: {"tests/test_new.py::t": ("failed", "ZeroDivisionError")}}
    tests = {"tests/test_old.py::t": ("passed", "")}
    return TestRun(
        tests={**tests, **new.get(commit, {"tests/test_new.py::t": ("passed", "")})}, exit_code=0
    )


@dataclass
class MemoryChecks:
    outcome: Callable[[str], TestRun] = right
    unprepared: str = ""

    async def prepare(self, project: Project, base: str, trees: Trees) -> str:
        return self.unprepared

    async def together(
        self, one: Coroutine[Any, Any, TestRun], other: Coroutine[Any, Any, TestRun]
    ) -> tuple[TestRun, TestRun]:
        try:
            return await one, await other
        finally:
            other.close()

    async def run(self, project: Project, tree: Path, *, key: str, base: str = "") -> TestRun:
        return self.outcome(str(tree))


@dataclass
class MemoryLedger:
    jobs: dict[str, Job] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    refusal: str = ""
    pause: str = ""
    earlier: tuple[Job, ...] = ()
    lost: bool = False
    spent: list[float] = field(default_factory=list)

    async def save(self, job: Job) -> Job:
        if self.lost:
            raise LostJob
        self.jobs[job.id] = job
        return job

    async def tell(self, job: Job, message: str) -> None:
        self.history.append(message)

    async def stopped(self) -> str:
        return self.pause

    async def reserve(self, job: Job, project: Project) -> str:
        return self.refusal

    async def agent_starts(self, job: Job) -> None: ...

    async def settle(self, job: Job, *, usd: float) -> None:
        self.spent.append(usd)

    async def others(self, job: Job) -> tuple[Job, ...]:
        return self.earlier

    async def keep_thread(self, job: Job, thread: Thread) -> None:
        self.jobs[job.id] = self.jobs[job.id].model_copy(update={"thread": thread})

    # what a worker asks, beside

    async def take(self, job_id: str, run: int) -> Job | None:
        job = self.jobs.get(job_id)
        return job and job.model_copy(update={"status": Status.RUNNING})

    async def get(self, job_id: str) -> Job:
        return self.jobs[job_id]

    async def again(self, job: Job, *, delay_s: float = 0.0) -> Job:
        later = {"status": Status.QUEUED, "run": job.run + 1}
        self.history.append(f"again in {delay_s:.0f} s")
        return await self.save(job.model_copy(update=later))

    async def watch(self, job_id: str) -> str:
        return "lost" if self.lost else ""


@dataclass
class World:
    """All ports, to be bent by a test."""

    issues: MemoryIssues = field(default_factory=MemoryIssues)
    repository: MemoryRepository = field(default_factory=MemoryRepository)
    forge: MemoryForge = field(default_factory=MemoryForge)
    agent: MemoryAgent = field(default_factory=MemoryAgent)
    checks: MemoryChecks = field(default_factory=MemoryChecks)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    project: Project = field(
        default_factory=lambda: Project(key="web", slug="web", repository="/srv/web")
    )
    secrets: tuple[str, ...] = ()
    notifier: Notifier | None = None
    told_kinds: frozenset[Kind] = USUAL

    @property
    def ports(self) -> Ports:
        return Ports(
            issues=self.issues,
            repository=self.repository,
            forge=self.forge,
            agent=self.agent,
            checks=self.checks,
            ledger=self.ledger,
            now=lambda: NOW,
            project=self.project,
            secrets=self.secrets,
            notifier=self.notifier,
            told_kinds=self.told_kinds,
        )
