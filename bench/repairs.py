"""A repair without its agent and its tests: what our own steps cost on a repository of 5,000 files,
beside the same git commands run bare."""

import asyncio
import re
import sqlite3
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Coroutine, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from mcp_servers.sentry_monitor.src.assembly import Workshop
from mcp_servers.sentry_monitor.src.settings import Settings
from modules.autofix.adapters.local_forge import LocalForge
from modules.autofix.adapters.sandbox.plain import Plain
from modules.autofix.job import CodeFrame, Job, Problem, Report, Status
from modules.autofix.ports import AgentResult, AgentTask, Note, Ports, TestRun, Trees
from modules.autofix.project import Project
from modules.outbound.clock import now
from modules.sentry.client import SentryClient

from .figures import Figure, p99, slowness, took_ms

FILES, REPAIRS, ACCEPTS, RUNNING = 5000, 9, 300, 4
REPAIR_MS, ACCEPT_MS = 1500.0, 50.0
LOOK_S: Final = 0.02  # each look is a query in a thread, and takes from what is measured
ROWS_OF_A_JOB: Final = 4  # the lock's, the job's, its first event's, the run's
SHARED: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
CODE = "def average(xs):\n    return sum(xs) / len(xs)\n"
FIXED = "def average(xs):\n    return sum(xs) / len(xs) if xs else 0\n"
TEST = "def test_empty():\n    assert average([]) == 0\n"


class InstantIssues:
    """A Sentry that answers at once."""

    async def gather(self, job: Job) -> Problem:
        frame = CodeFrame(path=_file(job.sentry_issue_id), function="average", line=2)
        return Problem(
            issue_id=job.sentry_issue_id,
            short_id=f"WEB-{job.sentry_issue_id}",
            title=f"Cannot average the {job.sentry_issue_id} of nothing",
            url="https://sentry.test/issues/1/",
            project_slug=job.project_slug,
            organization_slug="acme",
            level="error",
            status="unresolved",
            type="ZeroDivisionError",
            frames=(frame,),
        )

    async def notes(self, problem: Problem) -> tuple[Note, ...]:
        return ()

    async def change_note(self, problem: Problem, note: Note, text: str) -> bool:
        return True

    async def add_note(self, problem: Problem, text: str) -> bool:
        return True


class InstantAgent:
    """Writes the fix, or holds the job until it is let go."""

    def __init__(self, hold: asyncio.Event | None = None) -> None:
        self._hold = hold

    async def unfit(self, project: Project, tree: Path) -> AgentResult | None:
        return None

    async def run(self, project: Project, task: AgentTask, tree: Path) -> AgentResult:
        if self._hold is not None:
            await self._hold.wait()
        (tree / _file(task.prompt)).write_text(FIXED)
        (tree / "tests/test_empty.py").write_text(TEST)
        report = Report(
            classification="code_fix", root_cause="empty", explanation="empty", confidence=1
        )
        return AgentResult(report=report)


class InstantChecks:
    """The outcome that a right fix has, at once."""

    async def prepare(self, project: Project, base: str, trees: Trees) -> str:
        return ""

    async def together(
        self, one: Coroutine[Any, Any, TestRun], other: Coroutine[Any, Any, TestRun]
    ) -> tuple[TestRun, TestRun]:
        return await asyncio.gather(one, other)  # as in bubblewrap, where each has its own place

    async def run(self, project: Project, tree: Path, *, key: str, base: str = "") -> TestRun:
        fixed = any("if xs" in path.read_text() for path in (tree / "src").glob("*.py"))
        tests = {"tests/test_old.py::test_old": ("passed", "")}
        if (tree / "tests/test_empty.py").exists():
            ended = ("passed", "") if fixed else ("failed", "ZeroDivisionError")
            tests["tests/test_empty.py::test_empty"] = ended
        return TestRun(tests=tests, exit_code=0)


class BenchWorkshop(Workshop):
    """The real one, but for what is not measured."""

    hold: asyncio.Event | None = None

    def ports(self, project: Project, sentry: SentryClient) -> Ports:
        real = super().ports(project, sentry)
        agent = InstantAgent(self.hold)
        return replace(real, issues=InstantIssues(), agent=agent, checks=InstantChecks())


def _file(told: str) -> str:
    """The file that an issue is about, by its name or by a prompt that holds it."""
    found = re.search(r"src/calc_(\w+)\.py", told)
    return f"src/calc_{found[1] if found else told}.py"


async def repairs() -> list[Figure]:
    with in_folder(memory=True) as home, in_folder(memory=False) as database:
        repositories = [repository(home / f"repository-{n}") for n in range(RUNNING + 1)]
        floor_ms = statistics.median(_bare(home, repositories[0], n) for n in range(5))
        workshop = _workshop(home, database, repositories)
        async with workshop.worker(_nobody(), poll_s=0.05):
            await _repaired(workshop, "warm")
            times = [await _repaired(workshop, str(n)) for n in range(REPAIRS)]
            slow = slowness()
            beginning, bare = await _accepts(workshop, database / "jobs.db")
            slow = (slow + slowness()) / 2
            held, _ = await _accepts(workshop, database / "jobs.db", "b")
    what = f"repair without agent and tests, {FILES:,} files (floor: bare git)"
    return [
        Figure(what, statistics.median(times), "ms", REPAIR_MS, floor_ms),
        Figure(f"accept, p99, {RUNNING} jobs running", p99(held), "ms", ACCEPT_MS),
        Figure(
            f"  while all begin ({ACCEPT_MS:.0f} ms x {slow:.1f}; floor: bare SQLite)",
            p99(beginning),
            "ms",
            ACCEPT_MS * slow,
            p99(bare),
        ),
    ]


def _nobody() -> Any:
    """No client: the issues are instant."""
    return None


@contextmanager
def in_folder(*, memory: bool) -> Iterator[Path]:
    """Trees lie in memory, where there is such a file system: making 5,000 files on a busy disk
    takes from 0.2 to 5 s, whoever makes them. The database lies on the disk."""
    place = str(SHARED) if memory and SHARED.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="bench-repairs-", dir=place) as folder:
        yield Path(folder)


def _workshop(home: Path, database: Path, repositories: list[Path]) -> BenchWorkshop:
    (home / "projects.toml").write_text(
        "[defaults.limits]\nruns_a_day = 10000\n"
        + "".join(f'[projects.p{n}]\nrepository = "{p}"\n' for n, p in enumerate(repositories))
    )
    settings = {
        "SENTRY_FIXER_ENABLED": "true",
        "SENTRY_PROJECTS_FILE": str(home / "projects.toml"),
        "SENTRY_DB_PATH": str(database / "jobs.db"),
        "SENTRY_WORK_DIR": str(home / "work"),
        "SENTRY_FIXER_RUNS_A_DAY": "10000",
        "SENTRY_FIXER_USD_A_DAY": "100000",
        "SENTRY_FIXER_TEST_COMMAND": "none",
    }
    workshop = BenchWorkshop(Settings.from_environ(settings))
    workshop.box = Plain()
    return workshop


def _job(issue: str, key: str) -> Job:
    at = now()
    return Job(
        id=uuid.uuid4().hex,
        sentry_issue_id=issue,
        organization_slug="acme",
        project_slug=key,
        project_key=key,
        host="sentry.test",
        created_at=at,
        updated_at=at,
    )


async def _repaired(workshop: BenchWorkshop, issue: str) -> float:
    """Milliseconds from accept to the pull request."""
    project = workshop.projects.projects[0]
    job = _job(issue, project.key)
    started = time.perf_counter()
    await workshop.jobs.accept(job, project)
    while (seen := await workshop.jobs.get(job.id)).status in (Status.QUEUED, Status.RUNNING):
        await asyncio.sleep(LOOK_S)
    if seen.pr_number is None:
        raise SystemExit(f"no pull request: {seen.error_message}")
    took_ms = (time.perf_counter() - started) * 1000
    forge = workshop.forges.of(project)
    if not isinstance(forge, LocalForge):
        raise SystemExit("the repositories of the bench are local")
    await forge.close(project, seen.pr_number)
    return took_ms


async def _accepts(
    workshop: BenchWorkshop, file: Path, name: str = "a"
) -> tuple[list[float], list[float]]:
    """Milliseconds for each of many, while some jobs are under way, the first time also while
    these begin; and, by turns, for a bare transaction of as many rows in the same file, in a
    thread as ours are."""
    workshop.hold = workshop.hold or asyncio.Event()
    projects = workshop.projects.projects[1 : RUNNING + 1]
    for project in projects:  # the second time they are known
        await workshop.jobs.accept(_job(f"held{project.key}", project.key), project)
    while len(await workshop.jobs.list(Status.RUNNING)) < RUNNING:
        await asyncio.sleep(LOOK_S)
    took, floor = [], []
    for number in range(ACCEPTS):
        project = projects[number % RUNNING]
        job = _job(f"{name}{number}", project.key)
        took.append(await took_ms(lambda: workshop.jobs.accept(job, project)))  # noqa: B023 - called at once
        floor.append(await took_ms(lambda: asyncio.to_thread(_bare_rows, file)))
    return took, floor


def _bare_rows(file: Path) -> None:
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=FULL")
        database.execute("BEGIN IMMEDIATE")
        database.execute("CREATE TABLE IF NOT EXISTS bench (told TEXT)")
        for _ in range(ROWS_OF_A_JOB):
            database.execute("INSERT INTO bench VALUES (?)", ("x" * 500,))
        database.execute("COMMIT")


def repository(place: Path) -> Path:
    (place / "src").mkdir(parents=True)
    (place / "tests").mkdir()
    held = (f"heldp{n}" for n in range(RUNNING + 1))
    for issue in ("warm", *held, *map(str, range(REPAIRS))):
        (place / _file(issue)).write_text(CODE)
    (place / "tests/test_old.py").write_text("def test_old():\n    pass\n")
    for number in range(FILES):
        folder = place / f"src/part{number // 100}"
        folder.mkdir(exist_ok=True)
        (folder / f"file{number}.py").write_text(f"VALUE = {number}\n")
    _git(place, "init", "--quiet", "--initial-branch=main")
    _git(place, "add", "--all")
    _git(place, *WHO, "commit", "--quiet", "--message=all")
    return place


WHO: Final = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")


def _git(place: Path, *arguments: str) -> None:
    command = ["git", *arguments]
    subprocess.run(command, cwd=place, check=True, capture_output=True)


def _bare(home: Path, repository: Path, number: int) -> float:
    """What the same git work takes by itself: fetch, a worktree for the agent and for four runs
    of tests, add, commit, push, remove."""
    mirror, forge = home / "floor.git", home / "floor-forge.git"
    if not mirror.exists():
        _git(home, "clone", "--quiet", "--mirror", str(repository), str(mirror))
        _git(home, "init", "--quiet", "--bare", str(forge))
    started = time.perf_counter()
    _git(mirror, "fetch", "--quiet", "origin")
    for turn in range(5):
        tree = home / f"floor-{number}-{turn}"
        _git(mirror, "worktree", "add", "--quiet", "--detach", str(tree), "main")
        if turn == 0:
            (tree / _file("warm")).write_text(FIXED)
            _git(tree, "add", "--all")
            _git(tree, *WHO, "commit", "--quiet", "--message=fix")
            _git(tree, "push", "--quiet", str(forge), f"HEAD:refs/heads/fix-{number}")
        _git(mirror, "worktree", "remove", "--force", str(tree))
    return (time.perf_counter() - started) * 1000
