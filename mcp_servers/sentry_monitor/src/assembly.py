"""The composition of autofix: settings to projects, database, ports and worker. Heavy libraries
are imported when they are first needed, so that reading Sentry costs none of them."""

import asyncio
import shlex
import tomllib
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from modules.autofix.doors import Access
from modules.autofix.job import Job, Outcome
from modules.autofix.project import BadProjects, Budget, Project, Projects, from_line, from_table

from .forges import Forges, app_key
from .operations.services import Autofix
from .settings import Settings

if TYPE_CHECKING:
    import sqlalchemy as sa

    from modules.autofix.adapters.git_worktrees import GitWorktrees
    from modules.autofix.adapters.job_store import JobStore
    from modules.autofix.adapters.lesson_store import LessonStore
    from modules.autofix.adapters.pull_records import PullRecords
    from modules.autofix.following import Following
    from modules.autofix.ports import Ports
    from modules.autofix.work import Work
    from modules.jobs.adapters.run_queue import RunQueue
    from modules.sentry.client import SentryClient

HINT: Final = "get-autofix-job tells how it goes; `sentry-monitor worker` runs the jobs."


class Workshop:
    """Everything that repairs need, opened once for a process at the first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._url = database_url(settings)
        self._home = work_dir(settings)
        self.forges = Forges(settings, self._home)
        self._opened: tuple[sa.Engine, RunQueue, JobStore] | None = None
        self._projects: Projects | None = None

    @property
    def projects(self) -> Projects:
        """Raises BadProjects."""
        if self._projects is None:
            self._projects = self.forges.settled(read_projects(self._settings))
        return self._projects

    def autofix(self) -> Autofix:
        """What front doors see. Raises BadProjects."""
        return Autofix(
            enabled=self._settings.fixer_enabled,
            host=urlsplit(self._settings.url).netloc,
            projects=self.projects,
            jobs=self.jobs,
            pulls=self.forges,
            hints=(HINT,),
        )

    @property
    def jobs(self) -> "JobStore":
        return self._open()[-1]

    async def access(self) -> tuple[Access, ...]:
        """What the GitHub login may do with the mapped repositories. Raises BadProjects, NoLogin."""
        return await self.forges.access(self.projects)

    @property
    def repository(self) -> "GitWorktrees":
        from modules.autofix.adapters.git_worktrees import GitWorktrees

        return GitWorktrees(self._home / "git", login=self.forges.login)

    def _open(self) -> "tuple[sa.Engine, RunQueue, JobStore]":
        if self._opened is None:
            from modules.autofix.adapters.job_store import JobStore
            from modules.autofix.adapters.tables import META
            from modules.jobs.adapters.database import prepared
            from modules.jobs.adapters.run_queue import RunQueue
            from modules.outbound.clock import now

            engine = prepared(self._url, META)
            queue = RunQueue(engine)
            store = JobStore(
                engine,
                queue,
                budget=budget(self._settings),
                now=now,
                executor=uuid.uuid4().hex,
            )
            self._opened = engine, queue, store
        return self._opened

    async def aclose(self) -> None:
        """Threads and connections end; the next use opens them again."""
        await self.forges.aclose()
        if self._opened is not None:
            engine, _, store = self._opened
            store.close()
            engine.dispose()
            self._opened = None

    @asynccontextmanager
    async def worker(
        self, sentry: "SentryClient", *, only: str | None = None, poll_s: float = 0.5
    ) -> AsyncIterator[str]:
        """Work on the queue while the context is open, or on one job of it.

        It tidies up and follows pull requests beside it. Raises WorkerRunning, BadProjects.
        """
        from modules.autofix.following import EVERY_S
        from modules.autofix.tidying import again_and_again, tidy
        from modules.jobs.adapters.dbos_worker import worker
        from modules.outbound.clock import now

        engine, queue, store = self._open()
        async with worker(self._url, engine, self.work(sentry, only), poll_s=poll_s) as executor:
            tidied = partial(tidy, store, queue, self.repository, now=now)
            beside = {asyncio.create_task(again_and_again("tidying up", tidied))}
            if only is None:
                look = again_and_again(
                    "looking at pull requests", self.following().once, every_s=EVERY_S
                )
                beside.add(asyncio.create_task(look))
            try:
                yield executor
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.wait(beside)

    def following(self) -> "Following":
        from modules.autofix.following import Following
        from modules.outbound.clock import now

        return Following(
            self.pull_records,
            review_of=self.forges.of,
            project_of=self.projects.of_key,
            lessons=self.lessons,
            now=now,
        )

    @property
    def pull_records(self) -> "PullRecords":
        from modules.autofix.adapters.pull_records import PullRecords
        from modules.outbound.clock import now

        _, queue, store = self._open()
        return PullRecords(store, queue, budget=budget(self._settings), now=now)

    def named(self, key: str) -> Project:
        """Raises NotMapped, BadProjects."""
        from modules.autofix.errors import NotMapped

        project = self.projects.of_key(key)
        if project is None:
            raise NotMapped
        return project

    @property
    def lessons(self) -> "LessonStore":
        from modules.autofix.adapters.lesson_store import LessonStore
        from modules.outbound.clock import now

        return LessonStore(self.jobs, now=now)

    def work(self, sentry: "SentryClient", only: str | None = None) -> "Work":
        from modules.autofix.learning import taught
        from modules.autofix.work import Work
        from modules.outbound.clock import now

        async def ports_of(job: Job) -> "Ports":
            project = self._project_of(job)
            lessons = taught(await self.lessons.all(), project.key)
            return replace(self.ports(project, sentry), lessons=lessons)

        return Work(self.jobs, ports_of, now=now, only=only)

    def _project_of(self, job: Job) -> Project:
        """Raises Ended: the mapping may have changed since the job was accepted."""
        from modules.autofix.errors import Ended
        from modules.autofix.reasons import sentence

        project = self.projects.of_key(job.project_key)
        if project is None:
            raise Ended(Outcome.DECLINED, "unmapped_project", sentence("unmapped_project"))
        return project

    def ports(self, project: Project, sentry: "SentryClient") -> "Ports":
        from modules.autofix.adapters.command_agent import CommandAgent
        from modules.autofix.adapters.command_checks import CommandChecks
        from modules.autofix.adapters.sentry_issues import SentryIssues
        from modules.autofix.ports import Ports
        from modules.outbound.clock import now

        return Ports(
            issues=SentryIssues(sentry, now=now),
            repository=self.repository,
            forge=self.forges.of(project),
            agent=CommandAgent(),
            checks=CommandChecks(self._home / "checks"),
            ledger=self.jobs,
            now=now,
            project=project,
            instructions=_prompt(project),
            secrets=secrets_of(self._settings),
        )


def database_url(settings: Settings) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return f"sqlite:///{db_path(settings)}"


def db_path(settings: Settings) -> Path:
    if settings.db_path:
        return Path(settings.db_path).expanduser().absolute()
    return Path.home() / ".local/state/sentry-monitor/jobs.db"


def work_dir(settings: Settings) -> Path:
    if settings.work_dir:
        return Path(settings.work_dir).expanduser().absolute()
    return db_path(settings).with_suffix(".work")


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """What no diff and no text may hold."""
    values = (
        settings.auth_token,
        settings.http_token,
        settings.github_token,
        settings.database_url,
    )
    known = tuple(one.get_secret_value() for one in values if one is not None)
    password = urlsplit(known[-1]).password if settings.database_url else None
    key = (app_key(settings),) if settings.github_app_id else ()
    return (*known, password, *key) if password else (*known, *key)


def budget(settings: Settings) -> Budget:
    return Budget(
        runs_a_day=settings.fixer_runs_a_day,
        usd_a_day=settings.fixer_usd_a_day,
        jobs_per_issue_minutes=settings.fixer_rate_limit_minutes,
        dedup_minutes=settings.fixer_dedup_minutes,
    )


def read_projects(settings: Settings) -> Projects:
    """The file goes before the line. Raises BadProjects."""
    if settings.projects_file:
        return from_table(_toml(settings.projects_file), defaults=_defaults(settings))
    return from_line(settings.projects or "", defaults=_defaults(settings))


def _toml(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise BadProjects(f"The projects file cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadProjects(f"The projects file is no TOML: {error}.") from None


def _defaults(settings: Settings) -> dict[str, Any]:
    given: dict[str, Any] = {
        "agent_command": shlex.split(settings.fixer_agent or ""),
        "test_command": shlex.split(settings.fixer_test_command or ""),
        "base_branch": settings.base_branch,
    }
    fixed = {"run_tests": settings.fixer_run_tests, "max_retries": settings.fixer_max_retries}
    return {**fixed, **{name: value for name, value in given.items() if value}}


def _prompt(project: Project) -> str:
    """The operator's file; nothing of the repository is read for it. Raises BadProjects."""
    if not project.prompt_file:
        return ""
    try:
        return Path(project.prompt_file).expanduser().read_text(encoding="utf-8")[:20_000]
    except OSError as error:
        raise BadProjects(
            f"The prompt file of project {project.key!r} cannot be read: {error.strerror}."
        ) from None
