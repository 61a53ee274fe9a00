"""The reconciling poll: what changed in the mapped projects since the last one, and what of it no
webhook told. Sentry does not try a webhook again, and sends none for some regressions."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from modules.autofix.intake import POLL
from modules.autofix.job import Job
from modules.autofix.project import Project, Projects
from modules.autofix.tidying import again_and_again
from modules.framework.errors import ModuleError
from modules.outbound.tracing import span
from modules.sentry.client import SentryClient
from modules.sentry.errors import NotFound, Unsupported
from modules.sentry.issues import IssueSearch, regressed_at, search_issues
from modules.sentry.locate import IssueRef
from modules.sentry.models import Issue
from modules.sentry.webhooks import Told

from .watch import Watch

if TYPE_CHECKING:
    from modules.jobs.adapters.poll_book import PollBook

log = logging.getLogger(__name__)
PAGE: Final = 100
PAGES: Final = 10  # of a project
FIRST: Final = timedelta(hours=24)  # how far the first poll looks back for what was not delivered
DELAY: Final = timedelta(minutes=1)  # that a webhook may take
LATELY: Final = timedelta(hours=24)
OVERLAP: Final = timedelta(hours=1)  # events may arrive that late; what was found is known


@dataclass(frozen=True, kw_only=True)
class Polled:
    """What one poll came to. `missed` are changes that Sentry did not deliver a webhook for."""

    at: str  # UTC, ISO 8601
    projects: int
    looked: int  # issues that changed since the last poll
    begun: int  # of them, handed on to become jobs
    missed: int
    problems: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Known(Protocol):
    """What is asked of the table of jobs."""

    async def find(self, issue_key: str) -> Job | None:
        """The newest job of an issue."""
        ...


class Poller:
    """One poll at a time; whoever asks meanwhile gets the result of the one under way."""

    def __init__(
        self,
        sentry: SentryClient,
        watch: Watch,
        book: "PollBook",
        jobs: Known,
        *,
        projects: Callable[[], Projects],
        organization: Callable[[], Awaitable[str]],
        webhooks: bool,
        now: Callable[[], datetime],
    ) -> None:
        self._sentry, self._watch, self._book, self._jobs = sentry, watch, book, jobs
        self._projects, self._organization = projects, organization
        self._webhooks, self._now = webhooks, now
        self._running: asyncio.Task[Polled] | None = None

    async def poll(self) -> Polled:
        """Raises ModuleError where nothing can be read at all; a project that cannot be read is
        told in `problems`."""
        if self._running is None:
            self._running = asyncio.create_task(self._poll())
            self._running.add_done_callback(self._over)
        return await asyncio.shield(self._running)

    def _over(self, _: "asyncio.Task[Polled]") -> None:
        self._running = None

    async def again_and_again(self, every_s: float) -> None:
        """Until it is cancelled."""

        async def poll_and_tell() -> None:
            found = await self.poll()
            if found.missed:
                log.warning("Sentry did not deliver %d webhooks", found.missed)

        await again_and_again("the poll", poll_and_tell, every_s=every_s)

    async def forget(self) -> None:
        """The next poll looks at everything again, as if nothing had been found."""
        await self._book.forget()
        await self._watch.inbox.forget(POLL)

    async def aclose(self) -> None:
        """What is under way ends."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    async def missed_lately(self) -> int:
        """How many changes of the last 24 hours no webhook told of."""
        return await self._book.missed(self._now() - LATELY)

    async def recent(self) -> list[dict[str, Any]]:
        """Newest first."""
        return await self._book.recent()

    async def _poll(self) -> Polled:
        with span("poll"):
            return await self._looked()

    async def _looked(self) -> Polled:
        at, (before, seen) = self._now(), await self._book.last()
        org = await self._organization()
        projects = self._projects().projects
        round_ = _Round(since=(before or at - FIRST) - DELAY)
        for project in projects:
            try:
                newest = await self._project(
                    org, project, _moment(seen.get(project.key, "")), round_
                )
            except ModuleError as error:  # its mark stays where it was
                round_.problems.append(f"{project.slug}: {error.message}")
            else:
                seen |= {project.key: newest.isoformat()} if newest is not None else {}
        found = Polled(
            at=at.astimezone(UTC).isoformat(timespec="seconds"),
            projects=len(projects),
            looked=round_.looked,
            begun=round_.begun,
            missed=round_.missed,
            problems=tuple(round_.problems),
        )
        await self._book.add(at, seen, found.to_json())
        return found

    async def _project(
        self, org: str, project: Project, until: datetime | None, round_: "_Round"
    ) -> datetime | None:
        """Newest first, down to a little before the newest of the last poll: where nothing
        changed, one request. The newest that there is."""
        newest, cursor = until, None
        for _ in range(PAGES):
            search = IssueSearch(
                "is:unresolved", project=project.slug, sort="date", limit=PAGE, cursor=cursor
            )
            page = await search_issues(self._sentry, org, search)
            for issue in page.issues:
                at = _moment(issue.last_seen)
                if until is not None and at is not None and at < until - OVERLAP:
                    return newest
                newest = max(filter(None, (newest, at)), default=None)
                round_.looked += until is None or at is None or at > until
                await self._hand_on(org, project, issue, round_)
            cursor = page.next_cursor
            if cursor is None:
                return newest
        round_.problems.append(
            f"{project.slug}: more than {PAGE * PAGES} issues changed; the older ones were not read"
        )
        return newest

    async def _hand_on(self, org: str, project: Project, issue: Issue, round_: "_Round") -> None:
        events = issue.last_24h if issue.last_24h is not None else issue.count
        admitted = project.filters.admit(events=events, level=issue.level, priority=issue.priority)
        if not admitted or issue.category not in ("", "error"):
            return
        told = await self._told(org, project, issue)
        if not await self._watch.found(told):
            return
        round_.begun += 1
        happened = _moment(told.at or issue.first_seen)
        if self._webhooks and happened is not None and happened >= round_.since:
            pushed = await self._watch.inbox.pushed_since(issue.id, happened - DELAY)
            round_.missed += not pushed

    async def _told(self, org: str, project: Project, issue: Issue) -> Told:
        """The issue's last job is a part of it: once that has ended, this is another finding."""
        told = Told(
            resource=POLL,
            action="created",
            issue_id=issue.id,
            organization=org,
            project=project.slug,
            level=issue.level,
        )
        last = await self._jobs.find(self._watch.key(told))
        told = replace(told, last_job=f"{last.id} {last.outcome or ''}" if last else "")
        if issue.substatus != "regressed" or last is None:
            return told
        try:
            at = await regressed_at(self._sentry, org, IssueRef(id=issue.id))
        except (NotFound, Unsupported):  # it counts as the error that it was
            at = ""
        if not at:
            return told
        return replace(told, action="unresolved", substatus="regressed", at=at)


@dataclass(kw_only=True)
class _Round:
    """What one poll has found so far."""

    since: datetime
    looked: int = 0
    begun: int = 0
    missed: int = 0
    problems: list[str] = field(default_factory=list)


def _moment(told: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
