"""The reconciling poll: what changed in the mapped projects since the last one, and what of it no
webhook told. Sentry does not try a webhook again, and sends none for some regressions."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from modules.autofix.intake import POLL
from modules.autofix.project import Project, Projects
from modules.autofix.tidying import again_and_again
from modules.framework.errors import ModuleError
from modules.outbound.tracing import span
from modules.sentry.client import SentryClient
from modules.sentry.issues import IssueSearch, regressed_at, search_issues
from modules.sentry.locate import IssueRef
from modules.sentry.models import Issue
from modules.sentry.webhooks import Told

from .watch import Watch

if TYPE_CHECKING:
    from modules.jobs.adapters.poll_book import PollBook

log = logging.getLogger(__name__)
PAGE: Final = 100
PAGES: Final = 3  # of a project; more changes than these are looked at by the next polls' filters
FIRST: Final = timedelta(hours=24)  # how far the first poll looks back
DELAY: Final = timedelta(minutes=1)  # that a webhook may take
RECENT: Final = timedelta(days=1)  # an older issue that was new then is not missed, but known


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


class Poller:
    """One poll at a time; whoever asks meanwhile gets the result of the one under way."""

    def __init__(
        self,
        sentry: SentryClient,
        watch: Watch,
        book: "PollBook",
        *,
        projects: Callable[[], Projects],
        organization: Callable[[], Awaitable[str]],
        webhooks: bool,
        now: Callable[[], datetime],
    ) -> None:
        self._sentry, self._watch, self._book = sentry, watch, book
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

    async def recent(self) -> list[dict[str, Any]]:
        """Newest first."""
        return await self._book.recent()

    async def _poll(self) -> Polled:
        with span("poll"):
            return await self._looked()

    async def _looked(self) -> Polled:
        at, (before, seen) = self._now(), await self._book.last()
        since = before or at - FIRST
        org = await self._organization()
        looked = begun = missed = 0
        problems: list[str] = []
        projects = self._projects().projects
        for project in projects:
            try:
                async for issue in self._changed(org, project, seen):
                    looked += 1
                    missed += await self._was_missed(issue, since)
                    begun += await self._handed_on(org, project, issue)
            except ModuleError as error:
                problems.append(f"{project.slug}: {error.message}")
        found = Polled(
            at=at.astimezone(UTC).isoformat(timespec="seconds"),
            projects=len(projects),
            looked=looked,
            begun=begun,
            missed=missed,
            problems=tuple(problems),
        )
        await self._book.add(at, seen, found.to_json())
        return found

    async def _changed(
        self, org: str, project: Project, seen: dict[str, str]
    ) -> AsyncIterator[Issue]:
        """Newest first, down to the newest of the last poll: where nothing changed, one request.
        `seen` is brought up to date once all were handed on."""
        until, newest, cursor = seen.get(project.key, ""), "", None
        for _ in range(PAGES):
            search = IssueSearch(
                "is:unresolved", project=project.slug, sort="date", limit=PAGE, cursor=cursor
            )
            page = await search_issues(self._sentry, org, search)
            fresh = [issue for issue in page.issues if issue.last_seen > until]
            for issue in fresh:
                newest = newest or issue.last_seen
                yield issue
            cursor = page.next_cursor
            if cursor is None or len(fresh) < len(page.issues):
                break
        if newest:
            seen[project.key] = newest

    async def _was_missed(self, issue: Issue, since: datetime) -> bool:
        """Whether a webhook should have told of it since the last poll, and none did."""
        first = _moment(issue.first_seen)
        fresh = first is not None and since <= first <= self._now() - DELAY
        if not self._webhooks or not (fresh or issue.substatus in ("regressed", "escalating")):
            return False
        if fresh:
            return not await self._watch.inbox.pushed_since(issue.id, since - DELAY)
        return not await self._watch.inbox.pushed_since(issue.id, self._now() - RECENT)

    async def _handed_on(self, org: str, project: Project, issue: Issue) -> bool:
        events = issue.last_24h if issue.last_24h is not None else issue.count
        admitted = project.filters.admit(events=events, level=issue.level, priority=issue.priority)
        if not admitted or issue.category not in ("", "error"):
            return False
        return await self._watch.found(await self._told(org, project, issue))

    async def _told(self, org: str, project: Project, issue: Issue) -> Told:
        back, at = issue.substatus == "regressed", ""
        if back:
            with suppress(ModuleError):  # then it counts as the error that it was
                at = await regressed_at(self._sentry, org, IssueRef(id=issue.id))
        return Told(
            resource=POLL,
            action="unresolved" if back and at else "created",
            substatus="regressed" if back and at else "",
            issue_id=issue.id,
            organization=org,
            project=project.slug,
            level=issue.level,
            at=at,
        )


def _moment(told: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
