"""The composition of autofix: settings to projects, database, ports and worker. Heavy libraries
are imported when they are first needed, so that reading Sentry costs none of them."""

import asyncio
import shlex
import shutil
import tomllib
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from modules.autofix.job import Job, Outcome
from modules.autofix.project import BadProjects, Budget, Project, Projects, from_line, from_table

from .operations.services import Autofix
from .settings import Settings

if TYPE_CHECKING:
    import sqlalchemy as sa

    from modules.autofix.adapters.git_worktrees import GitWorktrees
    from modules.autofix.adapters.issue_tools import IssueTools
    from modules.autofix.adapters.job_store import JobStore
    from modules.autofix.adapters.local_forge import LocalForge
    from modules.autofix.adapters.model_apis import Access, ModelApi
    from modules.autofix.adapters.sandbox.place import Sandbox
    from modules.autofix.ports import AgentRunner, Ports
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
        self._opened: tuple[sa.Engine, RunQueue, JobStore] | None = None
        self._projects: Projects | None = None
        self.box: Sandbox | None = None  # probed when a worker starts
        self.tools: IssueTools | None = None  # what an agent may ask about its issue

    @property
    def projects(self) -> Projects:
        """Raises BadProjects."""
        if self._projects is None:
            self._projects = read_projects(self._settings)
        return self._projects

    def autofix(self) -> Autofix:
        """What front doors see. Raises BadProjects."""
        return Autofix(
            enabled=self._settings.fixer_enabled,
            host=urlsplit(self._settings.url).netloc,
            projects=self.projects,
            jobs=self.jobs,
            pulls=self.forge,
            hints=(HINT,),
        )

    @property
    def jobs(self) -> "JobStore":
        return self._open()[-1]

    @property
    def forge(self) -> "LocalForge":
        from modules.autofix.adapters.local_forge import LocalForge

        return LocalForge(self._home / "forge")

    @property
    def repository(self) -> "GitWorktrees":
        from modules.autofix.adapters.git_worktrees import GitWorktrees

        return GitWorktrees(self._home / "git")

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

    def close(self) -> None:
        """Threads and connections end; the next use opens them again."""
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

        Raises WorkerRunning, BadProjects, NoSandbox.
        """
        from modules.autofix.adapters.sandbox.choice import sandbox
        from modules.autofix.tidying import tidy
        from modules.jobs.adapters.dbos_worker import worker
        from modules.outbound.clock import now

        self.box = await sandbox(self._settings.fixer_sandbox)
        engine, queue, store = self._open()
        async with worker(self._url, engine, self.work(sentry, only), poll_s=poll_s) as executor:
            tidying = asyncio.create_task(tidy(store, queue, self.repository, now=now))
            try:
                yield executor
            finally:
                tidying.cancel()
                await asyncio.wait({tidying})

    def work(self, sentry: "SentryClient", only: str | None = None) -> "Work":
        from modules.autofix.work import Work
        from modules.outbound.clock import now

        async def ports_of(job: Job) -> "Ports":
            return self.ports(self._project_of(job), sentry)

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
        """Raises NoSandbox."""
        from modules.autofix.adapters.command_checks import CommandChecks
        from modules.autofix.adapters.presets.table import expanded
        from modules.autofix.adapters.sandbox.choice import NoSandbox
        from modules.autofix.adapters.sentry_issues import SentryIssues
        from modules.autofix.ports import Ports
        from modules.outbound.clock import now

        if (box := self.box) is None:
            raise NoSandbox
        project = expanded(project, program)
        return Ports(
            issues=SentryIssues(sentry, now=now),
            repository=self.repository,
            forge=self.forge,
            agent=self._agent(project, box),
            checks=CommandChecks(self._home / "checks", box),
            ledger=self.jobs,
            now=now,
            project=project,
            instructions=_prompt(project),
            secrets=secrets_of(self._settings),
            walls=box.means,
        )

    def _agent(self, project: Project, box: "Sandbox") -> "AgentRunner":
        models = model_access(self._settings)
        if project.agent == "command":
            from modules.autofix.adapters.command_agent import CommandAgent

            return CommandAgent(box, models)
        if project.agent == "acp":
            from modules.autofix.adapters.acp.runner import AcpAgent

            return AcpAgent(box, models, tools=self.tools)
        from modules.autofix.adapters.claude.runner import ClaudeCode, Login

        known = self._settings
        login = Login(
            base_url=known.anthropic_url,
            key=secret(known.anthropic_key),
            plan_token=secret(known.claude_token),
        )
        return ClaudeCode(box, login, program=program(known.claude_bin), tools=self.tools)


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


def model_access(settings: Settings) -> "Mapping[ModelApi, Access]":
    from modules.autofix.adapters.model_apis import GOOGLE_URL, Access

    known = settings
    return {
        "anthropic": Access(base_url=known.anthropic_url, key=secret(known.anthropic_key)),
        "openai": Access(base_url=known.openai_url, key=secret(known.openai_key)),
        "google": Access(base_url=GOOGLE_URL, key=secret(known.gemini_key)),
    }


def program(name: str) -> str:
    """In full, where it can be found: the sandbox has another PATH than the operator."""
    own = str(Path.home() / ".local/bin")
    return shutil.which(name) or shutil.which(name, path=own) or name


def secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value is not None else None


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """What no diff and no text may hold."""
    logins = (
        settings.anthropic_key,
        settings.claude_token,
        settings.openai_key,
        settings.gemini_key,
    )
    values = (settings.auth_token, settings.http_token, *logins, settings.database_url)
    known = tuple(one.get_secret_value() for one in values if one is not None)
    password = urlsplit(known[-1]).password if settings.database_url else None
    return (*known, password) if password else known


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
