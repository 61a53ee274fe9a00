"""The issue in Sentry: read once, with its secrets redacted before anything keeps them."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from modules.autofix.job import CodeFrame, Job, Problem
from modules.autofix.ports import Note
from modules.framework.errors import ModuleError
from modules.outbound.errors import OutcomeUnknown
from modules.safetext.policy import STRICT, Policy
from modules.safetext.sinks import for_data, for_line
from modules.sentry.client import SentryClient
from modules.sentry.errors import Forbidden, NotFound, Rejected, Unsupported
from modules.sentry.events import get_event
from modules.sentry.issues import Comment, add_note, change_note, get_issue, list_comments
from modules.sentry.locate import IssueRef, locate_issue
from modules.sentry.models import Event, Frame, Issue
from modules.sentry.projects import my_user_id

NO_COMMENTS: Final = (Forbidden, NotFound, Unsupported, Rejected)
EVENT_ID: Final = re.compile("[0-9a-f-]{32,36}")
FRAMES: Final = 60
BREADCRUMBS: Final = 30
RELEASE: Final = Policy(addresses=True)  # 1.2.3.4 is a version here, but not within other text
ONE_WORD: Final = re.compile(r"[\w.@+/-]{1,200}")


class SentryIssues:
    """The port Issues over one client. Servers without comments, and tokens that may not write
    them, are no failure: the job table and the branch keep work from being done twice."""

    def __init__(
        self, client: SentryClient, *, now: Callable[[], datetime], policy: Policy = STRICT
    ) -> None:
        self._client, self._now, self._policy = client, now, policy

    async def gather(self, job: Job) -> Problem:
        """Raises SentryError, OutboundError."""
        ref = locate_issue(job.sentry_issue_id, base_url=self._client.base_url)
        org = job.organization_slug
        issue = await get_issue(self._client, org, ref)
        own = IssueRef(id=issue.id or ref.id)
        event = await get_event(self._client, org, own, job.sentry_event_id or "recommended")
        return _problem(issue, event, org=org, base_url=self._client.base_url, policy=self._policy)

    async def notes(self, problem: Problem) -> tuple[Note, ...]:
        try:
            comments = await list_comments(self._client, problem.organization_slug, _ref(problem))
            me = await my_user_id(self._client)
        except NO_COMMENTS:
            return ()
        return tuple(self._note(one, me) for one in comments)

    async def add_note(self, problem: Problem, text: str) -> bool:
        org, ref = problem.organization_slug, _ref(problem)
        try:
            await add_note(self._client, org, ref, text)
        except (OutcomeUnknown, *NO_COMMENTS):
            return await self._is_there(problem, text)
        return True

    async def change_note(self, problem: Problem, note: Note, text: str) -> bool:
        org, ref = problem.organization_slug, _ref(problem)
        try:
            await change_note(self._client, org, ref, note.id, text)
        except (OutcomeUnknown, *NO_COMMENTS):
            return False
        return True

    async def _is_there(self, problem: Problem, text: str) -> bool:
        """An answer that was lost, or Sentry's refusal of a text that it has already."""
        try:
            return any(text.strip() == one.text.strip() for one in await self.notes(problem))
        except ModuleError:
            return False

    def _note(self, comment: Comment, me: str) -> Note:
        return Note(
            id=comment.id,
            text=comment.text,
            mine=bool(me) and comment.author == me,
            age_s=_age_s(comment.at, self._now()),
        )


def _ref(problem: Problem) -> IssueRef:
    return IssueRef(id=problem.issue_id)


def _age_s(at: str, now: datetime) -> float | None:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (now - moment).total_seconds() if moment.tzinfo is not None else None


def _problem(issue: Issue, event: Event, *, org: str, base_url: str, policy: Policy) -> Problem:
    raised = event.raised[-1] if event.raised else None
    told = {
        "title": issue.title,
        "type": raised.type if raised else issue.type,
        "value": raised.value if raised else issue.value,
        "culprit": issue.culprit,
        "category": issue.category,
        "first_seen": issue.first_seen,
        "environment": event.environment,
        "release": event.release,
        "frames": [_frame(one) for one in (raised.frames if raised else ())[-FRAMES:]],
        "event": _rest(event),
    }
    safe: dict[str, Any] = for_data(told, origin="sentry event", policy=policy)["data"]
    return Problem(
        issue_id=issue.id,
        short_id=issue.short_id,
        url=_url(issue, org, base_url),
        project_slug=issue.project.slug,
        organization_slug=org,
        level=issue.level,
        priority=issue.priority,
        status=issue.status,
        category=str(safe.get("category", "")),
        count=issue.count,
        events_last_day=issue.last_24h,
        user_count=issue.user_count,
        first_seen=str(safe.get("first_seen", "")),
        event_id=event.id if EVENT_ID.fullmatch(event.id) else None,
        title=str(safe.get("title", "")),
        type=str(safe.get("type", "")),
        value=str(safe.get("value", "")),
        culprit=str(safe.get("culprit", "")),
        environment=safe.get("environment") or None,
        release=release_told(event.release),
        frames=tuple(_code_frame(one) for one in safe.get("frames", ()) if isinstance(one, dict)),
        event=safe.get("event", {}),
    )


def release_told(told: str) -> str | None:
    """As it may be kept."""
    return for_line(told, 200, RELEASE if ONE_WORD.fullmatch(told) else STRICT) or None


def _url(issue: Issue, org: str, base_url: str) -> str:
    """Made by us: a permalink is the server's word for where its pages are."""
    return f"{base_url}/organizations/{org}/issues/{issue.id}/"


def _frame(frame: Frame) -> dict[str, Any]:
    return {
        "path": frame.filename or frame.module,
        "function": frame.function,
        "line": frame.line,
        "context": frame.source,
        "in_app": frame.in_app,
    }


def _code_frame(safe: dict[str, Any]) -> CodeFrame:
    line = safe.get("line")
    return CodeFrame(
        path=str(safe.get("path", "")),
        function=str(safe.get("function", "")),
        line=line if isinstance(line, int) else 0,
        context=str(safe.get("context", "")),
        in_app=safe.get("in_app") is True,
    )


def _rest(event: Event) -> dict[str, Any]:
    """What helps to find a cause, beside the stack of the exception."""
    crumbs = [
        {"category": one.category, "message": one.message, "data": dict(one.data)}
        for one in event.breadcrumbs[-BREADCRUMBS:]
    ]
    variables = [
        {"at": f"{one.filename}:{one.line}", "locals": dict(one.variables)}
        for raised in event.raised
        for one in raised.frames
        if one.in_app and one.variables
    ][-8:]
    chain = [{"type": one.type, "value": one.value} for one in event.raised]
    parts: dict[str, Any] = {
        "exceptions": chain,
        "locals": variables,
        "breadcrumbs": crumbs,
        "request": {name: event.request.get(name) for name in ("method", "url", "query", "data")},
        "tags": dict(event.tags),
        "contexts": dict(event.contexts),
        "extra": dict(event.extra),
    }
    return {name: part for name, part in parts.items() if part}
