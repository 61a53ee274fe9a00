"""What the steps of a repair need from the world. Each port is small; adapters/ fills them."""

from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from .job import Job, Problem, Report, Thread
from .notices import Kind, Notice
from .project import Project


@dataclass(frozen=True, kw_only=True)
class Note:
    """A comment on the issue in Sentry."""

    id: str
    text: str
    mine: bool  # written by our own user
    age_s: float | None  # by the server's clock; None where it cannot be told


class Issues(Protocol):
    """The issue in Sentry. Every failure is a ModuleError."""

    async def gather(self, job: Job) -> Problem: ...

    async def notes(self, problem: Problem) -> tuple[Note, ...]:
        """Empty where the server has no comments or refuses them."""
        ...

    async def add_note(self, problem: Problem, text: str) -> bool:
        """Whether it stands there now; False where comments cannot be had."""
        ...

    async def change_note(self, problem: Problem, note: Note, text: str) -> bool:
        """Whether a note of ours has that text now."""
        ...


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of a raw diff. `added` and `deleted` are lines; None for a binary file."""

    path: str
    old_mode: str
    new_mode: str
    status: str  # A, D, M or T
    added: int | None = 0
    deleted: int | None = 0
    readable: bool = True  # the path is UTF-8


@dataclass(frozen=True, kw_only=True)
class Remote:
    """Where a branch is pushed to; `env` carries the login, which is in no argument."""

    url: str
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    public: bool = False  # anybody may read what is put there


class Repository(Protocol):
    """One project's repository: our mirror of it, worktrees, commits. The user's is only read."""

    async def fetch(self, project: Project) -> str:
        """The commit of the base branch, after fetching. Raises Ended: repository_missing,
        base_branch_missing."""
        ...

    def mirror(self, project: Project) -> Path:
        """What the git of a worktree is part of: whoever runs git there must be able to read it."""
        ...

    async def files(self, project: Project, commit: str) -> frozenset[str]: ...

    async def read(self, project: Project, commit: str, path: str) -> str | None:
        """The text of a file, None where there is none or it is no text."""
        ...

    async def resolve(self, project: Project, name: str) -> str | None:
        """The commit of a tag, release or sha; None where the repository does not know it."""
        ...

    def tree(self, project: Project, commit: str) -> AbstractAsyncContextManager[Path]:
        """A fresh worktree, removed afterwards whatever happened in it."""
        ...

    def unhurried(self) -> "AbstractAsyncContextManager[Repository]":
        """The same repository, whose worktrees are removed while the work goes on; at its end all
        of them are."""
        ...

    async def commit(
        self, project: Project, tree: Path, *, base: str, message: str, keep: str
    ) -> str | None:
        """All of a worktree as one commit on the base, kept by the ref `refs/autofix/<keep>`.
        None where nothing changed."""
        ...

    async def overlay(
        self, project: Project, base: str, source: str, paths: tuple[str, ...], *, keep: str
    ) -> str:
        """A commit of `base` with `paths` as they are in `source` (absent there: absent)."""
        ...

    async def changes(self, project: Project, base: str, commit: str) -> tuple[Change, ...]: ...

    async def diff(self, project: Project, base: str, commit: str, *, cap: int) -> str: ...

    async def remote_head(self, project: Project, remote: Remote, branch: str) -> str | None: ...

    async def push(
        self, project: Project, remote: Remote, branch: str, commit: str, *, expected: str
    ) -> None:
        """`expected` is the head that was seen, empty for none. Pushing what is there already is
        no error. Raises Ended(error, branch_moved), Ended(error, push_refused)."""
        ...


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """A pull request, or a merge request. `title` and `body` may be strangers' text."""

    number: int
    url: str
    title: str
    body: str
    head: str
    base: str
    draft: bool = False
    state: str = "open"  # open, closed, merged
    labels: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    created_at: datetime | None = None
    closed_at: datetime | None = None
    ours: bool = True  # its head is in the base repository, so no fork made it


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """The pull request that should be there."""

    title: str
    body: str
    head: str
    base: str
    draft: bool
    labels: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class Forge(Protocol):
    """Where pull requests are. There is no merge here, on purpose. What happens to one that is
    open is asked of `review.Review`."""

    async def remote(self, project: Project) -> Remote: ...

    async def find(self, project: Project, branch: str) -> PullRequest | None:
        """The newest pull request of exactly that head, open or not."""
        ...

    async def recent(self, project: Project, *, since: datetime) -> tuple[PullRequest, ...]:
        """Those that are open, and those that were closed since; perhaps without their files."""
        ...

    async def files(self, project: Project, pull: PullRequest) -> tuple[str, ...]:
        """The files that it changes."""
        ...

    async def propose(self, project: Project, proposal: Proposal) -> PullRequest:
        """Make it, or bring the open one of that head up to date: never two. One that a person
        closed or merged comes back as it is."""
        ...


@dataclass(frozen=True, kw_only=True)
class AgentTask:
    """What an agent is asked to do in a worktree."""

    job: str
    prompt: str
    previous_failure: str | None
    turns: int
    usd: float
    seconds: float
    plan_only: bool = False
    base: str = ""  # the commit that the worktree is of
    issue_ids: tuple[str, ...] = ()  # the names of the one issue that it may read more of
    reads: tuple[Path, ...] = ()  # what the worktree's git is part of
    protected: tuple[str, ...] = ()  # paths that it may only read
    guide: str = ""  # the repository's own words for agents, at the base


@dataclass(frozen=True, kw_only=True)
class AgentResult:
    """What came back. `failure` is empty, or a reason of docs/autofix.md with its sentence."""

    report: Report | None = None
    usd: float = 0.0
    turns: int = 0
    seconds: float = 0.0
    log: str = ""
    failure: str = ""
    message: str = ""
    until: datetime | None = None  # when a usage limit ends


class AgentRunner(Protocol):
    """A coding agent, or any program that acts as one."""

    async def unfit(self, project: Project, tree: Path) -> AgentResult | None:
        """Why it cannot run here: its program, its version, its login. Costs nothing."""
        ...

    async def run(self, project: Project, task: AgentTask, tree: Path) -> AgentResult:
        """Ends the program and its children when it is cancelled."""
        ...


@dataclass(frozen=True, kw_only=True)
class TestRun:
    """One run of the project's tests: `file::name` -> (passed | failed | error | skipped, text).

    `tests` is None where no usable report came; `problem` says why.
    """

    __test__ = False  # for test collectors: this is no test

    tests: Mapping[str, tuple[str, str]] | None
    exit_code: int | None
    output: str = ""
    seconds: float = 0.0
    problem: str = ""  # "", test_command_missing, folder_missing, timeout, disk_quota, no_report


Trees = Callable[[], AbstractAsyncContextManager[Path]]


class Checks(Protocol):
    """The project's own set-up and tests, run in a worktree."""

    async def prepare(self, project: Project, base: str, trees: Trees) -> str:
        """Set up what the base needs, in a fresh worktree of it from `trees`, if that was not done
        before. Why it cannot be done, in words; empty when it is there."""
        ...

    async def run(self, project: Project, tree: Path, *, key: str, base: str = "") -> TestRun:
        """`key` names the code that is tested: runs of the base are kept by it. `base` is the
        commit that was prepared."""
        ...

    async def together(
        self, one: Coroutine[Any, Any, TestRun], other: Coroutine[Any, Any, TestRun]
    ) -> tuple[TestRun, TestRun]:
        """Both, side by side where they cannot disturb each other, else one after the other."""
        ...


class Ledger(Protocol):
    """Where jobs are kept, and what they may spend."""

    async def save(self, job: Job) -> Job:
        """Raises LostJob when it was cancelled or is another worker's."""
        ...

    async def tell(self, job: Job, message: str) -> None:
        """One line of the job's history."""
        ...

    async def stopped(self) -> str:
        """Why nothing may run now (the kill switch); empty when it may."""
        ...

    async def reserve(self, job: Job, project: Project) -> str:
        """Set the cap of a run aside before it starts. The reason why not; empty when done.
        Safe to repeat for the same attempt; where that was begun already, it was cut off, and what
        was set aside for it is spent."""
        ...

    async def agent_starts(self, job: Job) -> None:
        """The agent starts on what was set aside."""
        ...

    async def settle(self, job: Job, *, usd: float) -> None:
        """Put the real cost of the last attempt in the place of its reservation."""
        ...

    async def others(self, job: Job) -> tuple[Job, ...]:
        """The other jobs of the issue, of every generation, newest first."""
        ...

    async def keep_thread(self, job: Job, thread: Thread) -> None:
        """Remember where the job is talked about, whatever became of it meanwhile."""
        ...


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of a notice in one place: it arrived, or a reason of docs/autofix-reasons.md."""

    place: str
    reason: str = ""
    thread: Thread | None = None


class Notifier(Protocol):
    """Whoever tells people. It raises nothing and ends in time, whatever a place does."""

    async def tell(self, notice: Notice) -> tuple[Receipt, ...]: ...


class Suspects(Protocol):
    """Who knows which commits may have caused a problem."""

    async def __call__(self, project: Project, problem: Problem) -> str:
        """A few lines, in which committers wrote; empty where nothing is suspected. The repository
        was fetched before. Raises ModuleError."""
        ...


@dataclass(frozen=True, kw_only=True)
class Ports:
    """All of them, for one worker."""

    issues: Issues
    repository: Repository
    forge: Forge
    agent: AgentRunner
    checks: Checks
    ledger: Ledger
    now: "Clock"
    project: Project
    instructions: str = ""  # the project's prompt file
    walls: str = "none"  # what held agent and tests, for the pull request
    lessons: tuple[str, ...] = ()  # that the operator approved
    secrets: tuple[str, ...] = field(default=(), repr=False)  # ours: in no diff, in no text
    notifier: Notifier | None = None
    suspects: Suspects | None = None
    told_kinds: frozenset[Kind] = frozenset()


class Clock(Protocol):
    def __call__(self) -> datetime: ...
