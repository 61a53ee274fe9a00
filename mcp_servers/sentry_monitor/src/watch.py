"""What is pushed or found becomes jobs: webhooks are kept at once and decided after; a poll finds
what webhooks missed and goes the same way."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from modules.autofix.intake import POLL, job_of, regressed, why_not
from modules.autofix.job import Trigger
from modules.autofix.project import Project, Projects
from modules.autofix.spellings import hidden
from modules.autofix.tidying import again_and_again, tried
from modules.jobs.deliveries import Delivery, Settled, State, delivery_id
from modules.outbound.tracing import span
from modules.sentry.webhooks import BadWebhook, Told, parse, read

if TYPE_CHECKING:
    import sqlalchemy as sa

    from modules.autofix.adapters.intake_rows import IntakeRows
    from modules.jobs.adapters.inbox import Foresee, Inbox

log = logging.getLogger(__name__)
LARGE: Final = 64_000  # bytes; a larger body is read in a thread, so that others need not wait
PAUSE_S: Final = 0.02  # between commits: the writers of what arrives want the lock, too
IDLE_S: Final = 5.0
PURGE_S: Final = 600.0
# What may be otherwise after the settings were changed, or an hour later.
PASSING: Final = frozenset({"rate_limited", "disabled", "unmapped_project"})
# How long to wait before looking again, and when to give up.
FULL: Final = (timedelta(minutes=10), timedelta(days=1))
IN_THE_WAY: Final = (timedelta(minutes=30), timedelta(days=14))
DRAIN_S: Final = 20.0
Source = Literal["webhook", "legacy", "service_hook", "poll"]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a sender is told: the delivery is kept; `reason` why it comes to nothing, if it is
    known to."""

    id: str
    reason: str = ""


class Watch:
    """Every method raises DatabaseAway. `organization` gives the slug, and may ask Sentry;
    `secrets` are our own, which what is kept of a body must not hold."""

    def __init__(
        self,
        *,
        enabled: bool,
        host: str,
        projects: Callable[[], Projects],
        organization: Callable[[], Awaitable[str]],
        inbox: "Callable[[Foresee], Inbox]",
        intake: "IntakeRows",
        now: Callable[[], datetime],
        secrets: Sequence[str] = (),
    ) -> None:
        self.enabled, self._host, self._projects = enabled, host, projects
        self._organization, self._org = organization, ""
        self._intake, self._now, self._secrets = intake, now, secrets
        self.inbox = inbox(self.foresee)
        self._wake = asyncio.Event()

    async def take(
        self, source: Source, resource: str, body: bytes, headers: Mapping[str, str]
    ) -> Taken:
        """Kept, and committed, when this returns. Raises BadWebhook, InboxFull."""
        with span("take delivery") as current:
            told = await _read(resource, body)
            delivery = self.delivery(source, told, body, headers)
            reason = await self.inbox.put(delivery)
            current.set_attributes({"delivery": delivery.id, "reason": reason or "enqueued"})
        if not reason:
            self._wake.set()
        return Taken(id=delivery.id, reason=reason)

    def delivery(
        self, source: Source, told: Told, body: bytes, headers: Mapping[str, str]
    ) -> Delivery:
        reason = self.reason(told)
        return Delivery(
            id=delivery_id(source, told.resource, body),
            source=source,
            resource=told.resource,
            action=told.action,
            issue_id=told.issue_id,
            project=told.project or told.project_id,
            told=told.to_json(),
            received_at=self._now(),
            state=State.SKIPPED if reason else State.NEW,
            reason=reason,
            headers=dict(headers),
            body=body,
        )

    def reason(self, told: Told) -> str:
        """Why it begins nothing, by what it says and by the settings."""
        if why := why_not(told):
            return why
        if not self.enabled:
            return "disabled"
        if told.organization and self._org and told.organization != self._org:
            return "other_organization"
        return "" if self._project(told) else "unmapped_project"

    def _project(self, told: Told) -> Project | None:
        return self._projects().of_sentry(told.project, told.project_id)

    def foresee(self, conn: "sa.Connection", deliveries: Sequence[Delivery]) -> list[Settled]:
        """What becomes of each, as far as it is certain. One that came back is decided with its
        history; what is told of it here is for whoever sent it."""
        told = [Told.from_json(one.told) for one in deliveries]
        back = [regressed(one) for one in told]
        keys = [self.key(one) for one in told]
        found = self._intake.foresee(conn, list(zip(keys, back, strict=True)))
        issues = {one.issue_id for one in deliveries}
        waiting = self.inbox.put_off_within(conn, issues, "rate_limited")
        likely = []
        for one, (why, job), returns in zip(deliveries, found, back, strict=True):
            reason = why or ("rate_limited" if one.issue_id in waiting else "")
            state = State.NEW if returns or not reason else State.SKIPPED
            likely.append(Settled(state=state, reason=reason, job_id=job if reason else None))
        return likely

    def key(self, told: Told) -> str:
        """Of its issue, among the jobs."""
        return f"{self._host}/{self._org or told.organization}/{told.issue_id}"

    async def replay(self, delivery_id: str) -> None:
        """Decide about a delivery anew, by its body where that is still there. Raises
        NoSuchDelivery."""
        kept = await self.inbox.get(delivery_id)
        told = kept.told
        if kept.body and kept.source != POLL:
            told = (await _read(kept.resource_header, kept.body)).to_json()
        await self.inbox.replay(delivery_id, told)
        self._wake.set()

    async def run(self, decide: Callable[[], Awaitable[object]] | None = None) -> None:
        """Decide about deliveries as they come, and forget old ones, until it is cancelled.
        `decide` does the first elsewhere."""
        async with asyncio.TaskGroup() as both:  # in a storm, deciding does not come to an end
            both.create_task(self._decide_again(decide or self.drain))
            both.create_task(
                again_and_again("purging the inbox", self.inbox.purge, every_s=PURGE_S)
            )

    async def _decide_again(self, decide: Callable[[], Awaitable[object]]) -> None:
        while True:
            self._wake.clear()
            await tried("deciding about deliveries", decide)
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE_S):
                    await self._wake.wait()

    async def drain(self, *, seconds: float = DRAIN_S) -> int:
        """Decide about those that are due, no longer than this; how many. Raises ModuleError where
        the organization is not known and Sentry does not tell."""
        decided = 0
        if not self.enabled:
            return 0
        await self.know_organization()
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + seconds  # what is left is decided in the next round
        while loop.time() < give_up_at and (some := await self.inbox.drain(self._decide)):
            decided += some
            await asyncio.sleep(PAUSE_S)
        return decided

    async def know_organization(self) -> None:
        """Whose deliveries these are. Raises ModuleError where Sentry does not tell."""
        self._org = self._org or await self._organization()

    def _decide(self, conn: "sa.Connection", delivery: Delivery) -> Settled:
        told = Told.from_json(delivery.told)
        project = self._project(told)
        why = self.reason(told)
        if why or project is None:
            return Settled(state=State.SKIPPED, reason=why or "unmapped_project")
        if delivery.job_id and self._intake.knows(conn, delivery.job_id):
            return Settled(state=State.DONE, reason="queued", job_id=delivery.job_id)
        if self._intake.full(conn, project):
            return self._later(delivery, "rate_limited", FULL)
        return self._begun(conn, delivery, told, project)

    def _begun(
        self, conn: "sa.Connection", delivery: Delivery, told: Told, project: Project
    ) -> Settled:
        back = _came_back(told, delivery)
        job = job_of(
            told,
            project,
            delivery=delivery.id,
            turn=f"{delivery.received_at.timestamp()} {delivery.attempts}",
            trigger=_trigger(delivery),
            payload=self._payload(self.inbox.body_within(conn, delivery.id)),
            host=self._host,
            organization=self._org,
            now=self._now(),
        )
        accepted = self._intake.begin(conn, job, project, regressed_at=back)
        found = accepted.job.id if accepted.job is not None else None
        if accepted.verdict == "queued":
            return Settled(state=State.DONE, reason="queued", job_id=found)
        _, made = self._intake.newest(conn, job.issue_key)
        news = back is not None and made is not None and made < back
        if accepted.verdict != "wont_fix" and news:
            return self._later(delivery, accepted.verdict, IN_THE_WAY)
        return Settled(state=State.SKIPPED, reason=accepted.verdict, job_id=found)

    def _later(
        self, delivery: Delivery, reason: str, bounds: tuple[timedelta, timedelta]
    ) -> Settled:
        """What is in the way goes away: the hour is over, a job ends, a pull request is closed."""
        wait, longest = bounds
        if self._now() - delivery.received_at > longest:
            return Settled(state=State.SKIPPED, reason=reason)
        return Settled(state=State.NEW, reason=reason, later=self._now() + wait)

    def _payload(self, body: bytes) -> dict[str, Any]:
        """An error of a program that has our secrets may quote them."""
        try:
            text = hidden(body.decode(errors="replace"), self._secrets)
            return dict(parse(text.encode())) if body else {}
        except BadWebhook:  # it was read when it came; what is kept since may be cut
            return {}

    async def found(self, told: Told) -> bool:
        """What a poll found goes in as a delivery; whether it was not known."""
        body = json.dumps(told.to_json(), sort_keys=True).encode()
        delivery = self.delivery("poll", told, body, {})
        reason = await self.inbox.put(delivery)
        if reason == "duplicate_delivery":
            fresh = await self.inbox.reopen(delivery.id, PASSING)
        else:
            fresh = not reason
        if fresh:
            self._wake.set()
        return fresh


async def _read(resource: str, body: bytes) -> Told:
    def work() -> Told:
        return read(resource, parse(body))

    return await asyncio.to_thread(work) if len(body) > LARGE else work()


def _trigger(delivery: Delivery) -> Trigger:
    return "poll" if delivery.source == POLL else "webhook"


def _came_back(told: Told, delivery: Delivery) -> datetime | None:
    if not regressed(told):
        return None
    if not told.at:
        return delivery.received_at
    try:
        moment = datetime.fromisoformat(told.at)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
