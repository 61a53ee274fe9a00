"""The jobs, one job with all that is known of it, and what a person decides about it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, get_args

from pydantic import Field
from starlette.requests import Request

from mcp_servers.sentry_monitor.src.service import Service
from modules.autofix.decisions import decided, diff_sha256
from modules.autofix.doors import JobEvent
from modules.autofix.errors import NotWaiting
from modules.autofix.job import ACTIVE, Decision, Job, Outcome, Stage, Status
from modules.jobs.deliveries import State

from .answers import Refused
from .endpoints import Asked, checked
from .handlers import Back, Page
from .v1 import id_of

LIMIT: Final = 30  # jobs of a page
TEXT: Final = 1000  # characters of guidance
Kind = Literal["approve", "guide", "wont_fix", "cancel", "retry"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
WORK: Final = tuple(stage for stage in Stage if stage is not Stage.DONE)
TRIGGERS: Final[Mapping[str, str]] = {
    "request": "A person or an agent asked for it.",
    "webhook": "A webhook of Sentry.",
    "poll": "A poll found it: Sentry had delivered no webhook.",
}


class Filters(Asked):
    """Of the list. What a form leaves empty filters nothing."""

    status: Status | None = None
    project: str = Field("", max_length=64)
    text: str = Field("", max_length=200)
    before: str = Field("", pattern="^[0-9A-Za-z-]{0,64}$")
    said: str = ""


class JobPages:
    """Handlers raise Refused and ModuleError for what does not fit."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def list(self, request: Request) -> Page:
        """Newest first, a page at a time."""
        given = {name: value for name, value in request.query_params.items() if value}
        wanted = checked(Filters, given, "query")
        found = await self._service.figures.page(
            status=wanted.status,
            project=wanted.project or None,
            text=wanted.text,
            before=wanted.before,
            limit=LIMIT + 1,
        )
        values = {
            "jobs": found[:LIMIT],
            "older": found[LIMIT - 1].id if len(found) > LIMIT else "",
            "wanted": wanted,
            "statuses": tuple(Status),
            "keys": [one.key for one in self._service.autofix.projects.projects],
        }
        return Page("jobs.html", values)

    async def one(self, request: Request) -> Page:
        """All of it."""
        job = await self._service.autofix.jobs.get(id_of(request))
        history = await self._service.autofix.jobs.events(job.id)
        begun = await self._service.watch.inbox.list(state=State.DONE, issue_id=job.sentry_issue_id)
        told = told_of(job, history, self._service.services.now())
        told["deliveries"] = [one for one in begun if one.job_id == job.id]
        return Page("job.html", told)

    async def decide(self, request: Request, given: Mapping[str, str]) -> Back:
        """Raises Refused, NoSuchJob, NotWaiting, DiffChanged."""
        kind, text = given.get("decision", ""), given.get("text", "").strip()
        if kind not in KINDS:
            raise Refused(400, "bad_form", "There is no such decision.")
        if kind == "guide" and not text:
            raise Refused(400, "bad_form", "Say what the agent is to do differently.")
        if len(text) > TEXT:
            raise Refused(400, "bad_form", f"Guidance has at most {TEXT:,} characters.")
        decision = Decision(
            kind=kind,
            at=self._service.services.now(),
            text=text,
            diff_sha256=given.get("diff_sha256"),
        )
        job = await self._service.autofix.jobs.decide(id_of(request), decision)
        return Back(f"/jobs/{job.id}", kind)


def told_of(job: Job, history: Sequence[JobEvent], now: datetime) -> dict[str, Any]:
    """What the page of a job shows, but the deliveries."""
    return {
        "job": job,
        "active": job.status in ACTIVE,
        "history": history,
        "stages": stages(job, history),
        "fitting": fitting(job, now),
        "diff_sha256": diff_sha256(job),
        "trigger": TRIGGERS[job.trigger],
        "longest": TEXT,
    }


def fitting(job: Job, now: datetime) -> tuple[Kind, ...]:
    """The decisions that the job takes as it stands."""
    return tuple(kind for kind in KINDS if _fits(job, kind, now))


def _fits(job: Job, kind: Kind, now: datetime) -> bool:
    try:
        # As complete as whoever decides will make it.
        decided(job, Decision(kind=kind, at=now, text="…", diff_sha256=diff_sha256(job)), now)
    except NotWaiting:
        return False
    return True


def stages(job: Job, history: Sequence[JobEvent]) -> list[tuple[Stage, str]]:
    """Each step of the work: `over`, `now`, or `ahead`. A job that ended early has none ahead, but
    steps that it never came to."""
    if job.status in ACTIVE:
        at = WORK.index(job.stage) if job.stage in WORK else len(WORK)
        words = ("over",) * at + ("now",) + ("ahead",) * len(WORK)
        return list(zip(WORK, words, strict=False))
    whole = job.outcome in (Outcome.FIXED, Outcome.DRAFT)
    done = {event.message for event in history}
    return [(stage, "over" if whole or f"{stage} done" in done else "never") for stage in WORK]
