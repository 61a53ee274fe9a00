"""The composition of autofix: settings to projects, database, ports and worker. Heavy libraries
are imported when they are first needed, so that reading Sentry costs none of them."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from modules.autofix.doors import Access
from modules.autofix.job import Job, Outcome
from modules.autofix.notices import Kind
from modules.autofix.project import Project, Projects

from . import trackers, tracking
from .arrangements import (
    budget,
    database_url,
    db_path,
    mapped,
    model_access,
    places_of,
    program,
    prompt_of,
    read_projects,
    secret,
    secrets_of,
    work_dir,
)
from .forges import Forges
from .histories import Histories
from .operations.services import Autofix
from .settings import Settings

if TYPE_CHECKING:
    import sqlalchemy as sa

    from modules.autofix.adapters.agent_place import Mounts
    from modules.autofix.adapters.git_worktrees import GitWorktrees
    from modules.autofix.adapters.intake_rows import IntakeRows
    from modules.autofix.adapters.issue_tools import IssueTools
    from modules.autofix.adapters.job_figures import JobFigures
    from modules.autofix.adapters.job_store import JobStore
    from modules.autofix.adapters.lesson_store import LessonStore
    from modules.autofix.adapters.notifications import Notifications
    from modules.autofix.adapters.pull_records import PullRecords
    from modules.autofix.adapters.sandbox.place import Sandbox
    from modules.autofix.following import Following
    from modules.autofix.ports import AgentRunner, Ports
    from modules.autofix.work import Work
    from modules.jobs.adapters.inbox import Foresee, Inbox
    from modules.jobs.adapters.run_queue import RunQueue
    from modules.sentry.client import SentryClient
    from modules.tracker.bridge import Bridge

    from .poll import Poller
    from .watch import Watch

logger = logging.getLogger(__name__)
HINT: Final = (
    "get-autofix-job tells how it goes; `sentry-monitor serve`, or `worker`, runs the jobs."
)


class Workshop:
    """Everything that repairs need, opened once for a process at the first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._url = database_url(settings)
        self._home = work_dir(settings)
        self.forges = Forges(settings, self._home)
        self._opened: tuple[sa.Engine, RunQueue, JobStore] | None = None
        self._elsewhere = trackers.Opened(settings)
        self._projects: Projects | None = None
        self.box: Sandbox | None = None  # probed when a worker starts
        self.tools: IssueTools | None = None  # what an agent may ask about its issue

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

    @property
    def histories(self) -> Histories:
        return Histories(
            self._settings, projects=lambda: self.projects, repository=lambda: self.repository
        )

    def _open(self) -> "tuple[sa.Engine, RunQueue, JobStore]":
        if self._opened is None:
            from modules.autofix.adapters.job_store import JobStore
            from modules.autofix.adapters.tables import META
            from modules.jobs.adapters.database import prepared
            from modules.jobs.adapters.inbox_tables import META as INBOX
            from modules.jobs.adapters.run_queue import RunQueue
            from modules.outbound.clock import now
            from modules.tracker.adapters.tracker_tables import META as TRACKER

            engine = prepared(self._url, META, INBOX, TRACKER)
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
        await self._elsewhere.aclose()
        if self._opened is not None:
            engine, _, store = self._opened
            store.close()
            engine.dispose()
            self._opened = None

    def watch(self, sentry: "SentryClient") -> "Watch":
        """What is pushed becomes jobs by way of an inbox in the same database."""
        from modules.outbound.clock import now

        from .watch import Watch

        return Watch(
            enabled=self._settings.fixer_enabled,
            host=urlsplit(self._settings.url).netloc,
            projects=lambda: self.projects,
            organization=lambda: sentry.organization(self._settings.org),
            inbox=self._inbox,
            intake=self.intake,
            now=now,
            secrets=secrets_of(self._settings),
        )

    def _inbox(self, foresee: "Foresee") -> "Inbox":
        from modules.jobs.adapters.inbox import Inbox
        from modules.outbound.clock import now

        engine, _, _ = self._open()
        return Inbox(engine, now=now, foresee=foresee, hand_on=tracking.hand_on(self._settings))

    def bridge(
        self, sentry: "SentryClient", suspects: "tracking.Suspects | None" = None
    ) -> "Bridge":
        """Raises TrackerOff, TrackerRefused, BadProjects, BadRules."""
        return tracking.bridge(
            self._settings,
            sentry,
            lambda: self.jobs.within,
            elsewhere=self._elsewhere,
            suspects=suspects,
        )

    def poller(self, sentry: "SentryClient", watch: "Watch") -> "Poller":
        from modules.jobs.adapters.poll_book import PollBook
        from modules.outbound.clock import now

        from .poll import Poller

        return Poller(
            sentry,
            watch,
            PollBook(self.jobs.within),
            self.jobs,
            projects=lambda: self.projects,
            organization=lambda: sentry.organization(self._settings.org),
            webhooks=bool(self._settings.webhook_secrets),
            now=now,
        )

    @property
    def intake(self) -> "IntakeRows":
        from modules.autofix.adapters.intake_rows import IntakeRows
        from modules.outbound.clock import now

        return IntakeRows(self.jobs, budget=budget(self._settings), now=now)

    @property
    def figures(self) -> "JobFigures":
        from modules.autofix.adapters.job_figures import JobFigures
        from modules.outbound.clock import now

        return JobFigures(self.jobs, now=now)

    @asynccontextmanager
    async def worker(
        self, sentry: "SentryClient", *, only: Collection[str] | None = None, poll_s: float = 0.5
    ) -> AsyncIterator[str]:
        """Work on the queue while the context is open, or on some jobs of it.

        It tidies up and follows pull requests beside it. Raises WorkerRunning,
        BadProjects, NoSandbox.
        """
        from modules.autofix.following import EVERY_S
        from modules.autofix.tidying import again_and_again, tidy
        from modules.jobs.adapters.dbos_worker import worker
        from modules.outbound.clock import now

        await self.chosen_sandbox()
        engine, queue, store = self._open()
        async with worker(self._url, engine, self.work(sentry, only), poll_s=poll_s) as executor:
            tidied = partial(tidy, store, queue, self.repository, now=now)
            beside = {asyncio.create_task(again_and_again("tidying up", tidied))}
            if only is None:
                level = logging.INFO if self.projects.projects else logging.WARNING
                logger.log(level, "%s", mapped(self.projects))
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

    async def chosen_sandbox(self) -> "Sandbox":
        """Tried, and used from then on. Raises NoSandbox."""
        from modules.autofix.adapters.sandbox.choice import sandbox

        self.box = await sandbox(self._settings.fixer_sandbox)
        return self.box

    def agent(self, project: Project) -> "AgentRunner":
        """Raises NoSandbox."""
        from modules.autofix.adapters.agent_place import nothing

        return self._agent(project, self._walls(), nothing)

    @property
    def where_jobs_are(self) -> str:
        if self._settings.database_url is not None:
            return "PostgreSQL, for several workers"
        return f"SQLite, for one worker: {db_path(self._settings)}"

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

    def work(self, sentry: "SentryClient", only: Collection[str] | None = None) -> "Work":
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
        """Raises NoSandbox."""
        from modules.autofix.adapters.command_checks import CommandChecks
        from modules.autofix.adapters.presets.table import expanded
        from modules.autofix.adapters.sentry_issues import SentryIssues
        from modules.autofix.ports import Ports
        from modules.outbound.clock import now

        box = self._walls()
        checks = CommandChecks(self._home / "checks", box)
        project = expanded(project, program)
        return Ports(
            issues=SentryIssues(sentry, now=now),
            repository=self.repository,
            forge=self.forges.of(project),
            agent=self._agent(project, box, checks.mounts),
            checks=checks,
            ledger=self.jobs,
            now=now,
            project=project,
            instructions=prompt_of(project),
            secrets=secrets_of(self._settings),
            walls=box.means,
            notifier=self.notifications,
            told_kinds=frozenset(map(Kind, self._settings.notify_kinds)),
            suspects=self.histories.suspects,
        )

    def _walls(self) -> "Sandbox":
        from modules.autofix.adapters.sandbox.choice import NoSandbox

        if self.box is None:
            raise NoSandbox
        return self.box

    def _agent(self, project: Project, box: "Sandbox", mounts: "Mounts") -> "AgentRunner":
        models = model_access(self._settings)
        if project.agent == "command":
            from modules.autofix.adapters.command_agent import CommandAgent

            return CommandAgent(box, models, mounts)
        if project.agent == "acp":
            from modules.autofix.adapters.acp.runner import AcpAgent

            return AcpAgent(box, models, tools=self.tools, mounts=mounts)
        from modules.autofix.adapters.claude.runner import ClaudeCode, Login

        known = self._settings
        login = Login(
            base_url=known.anthropic_url,
            key=secret(known.anthropic_key),
            plan_token=secret(known.claude_token),
        )
        named = program(known.claude_bin)
        return ClaudeCode(box, login, program=named, tools=self.tools, mounts=mounts)

    @property
    def notifications(self) -> "Notifications | None":
        """None where nobody is to be told."""
        places = places_of(self._settings)
        if not places:
            return None
        from modules.autofix.adapters.notifications import Notifications

        return Notifications(places)

    async def how_notifications_stand(self) -> tuple[tuple[str, str], ...]:
        notifications = self.notifications
        return await notifications.check() if notifications is not None else ()
