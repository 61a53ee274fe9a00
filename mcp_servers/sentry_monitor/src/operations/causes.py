"""The operation that names the commits an error may come from."""

import asyncio
from collections.abc import Awaitable
from contextlib import aclosing
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import Field

from modules.framework.contracts import Answer
from modules.framework.errors import ModuleError
from modules.framework.operation import Parameters, operation
from modules.outbound.deadline import part_of_the_time
from modules.sentry.commits import (
    Deploy,
    Mapping,
    SuspectCommit,
    code_mappings,
    release_deploys,
    suspect_commits,
)
from modules.sentry.events import get_event
from modules.sentry.issues import get_issue, regressed_at
from modules.sentry.locate import IssueRef, is_slug, locate_issue
from modules.sentry.models import Event, Issue
from modules.tracker.cause_text import SHA
from modules.tracker.history import Cause, Deployment, Suspicion
from modules.tracker.places import Call, CodeMapping
from modules.tracker.suspect import moment as time_of
from modules.tracker.suspect import suspected

from . import cause_views
from .facts import issue_facts, moment, name_of, present
from .issues import READ, IssueId
from .services import Services

FILES: Final = 10
MOST: Final = 20  # commits that a filed issue is told of
WRITERS: Final = "whoever may commit"
UNMAPPED: Final = (
    "No repository is mapped to this project, so only Sentry's own suspects are told: set "
    "SENTRY_PROJECTS or SENTRY_PROJECTS_FILE (docs/suspected-cause.md)."
)
Found = TypeVar("Found")


class FindSuspectedCause(Parameters):
    issue_id: IssueId
    hours: int = Field(48, ge=1, le=720, description="Before it came up.")
    limit: int = Field(20, ge=1, le=50)


@operation(view=cause_views.cause, read_only=True, scopes=READ)
async def find_suspected_cause(services: Services, params: FindSuspectedCause) -> Answer:
    """Name the commits that an error may come from, likeliest first, and why."""
    sentry = services.sentry
    ref = locate_issue(params.issue_id, base_url=sentry.base_url)
    org = await sentry.organization(ref.org, likely=ref.likely_org)
    issue, event = await asyncio.gather(
        get_issue(sentry, org, ref), get_event(sentry, org, ref, "recommended")
    )
    known = await _from_sentry(services, org, issue, event)
    cause, problem = await _from_history(services, params, issue, event, known)
    suspects = known.suspects
    facts = issue_facts(issue, sentry.base_url)
    data = {
        "issue": name_of(facts),
        "hours": params.hours,
        "before": f"{known.began:%Y-%m-%dT%H:%MZ}",
        "looked_at": cause.looked_at,
        "source": cause.source,
        "commits": [_commit_facts(one) for one in cause.suspicions],
        "sentry_suspects": [
            present({"sha": _sha(one.sha), "at": moment(one.at)}) for one in suspects
        ],
        "deployments": [{"at": f"{one.at:%Y-%m-%dT%H:%MZ}"} for one in cause.deployments],
        "untrusted": services.outside(
            _told(cause, suspects), origin="git history", writers=WRITERS
        ),
    }
    return Answer(data=data, gaps=known.gaps, warnings=(problem,) if problem else ())


async def cause_of(services: Services, org: str, issue_id: str, *, hours: int) -> Cause:
    """The same for whoever files the issue. Raises SentryError."""
    params = FindSuspectedCause(issue_id=issue_id, hours=hours, limit=MOST)
    sentry, ref = services.sentry, IssueRef(id=issue_id)
    issue, event = await asyncio.gather(
        get_issue(sentry, org, ref), get_event(sentry, org, ref, "recommended")
    )
    known = await _from_sentry(services, org, issue, event)
    cause, _ = await _from_history(services, params, issue, event, known)
    return cause


class _Known:
    """What Sentry tells, and what it could not be asked for."""

    def __init__(self, began: datetime) -> None:
        self.began = began
        self.suspects: tuple[SuspectCommit, ...] = ()
        self.deployments: tuple[Deployment, ...] = ()
        self.mappings: tuple[CodeMapping, ...] = ()
        self.gaps: tuple[str, ...] = ()


async def _from_sentry(services: Services, org: str, issue: Issue, event: Event) -> _Known:
    """All at once. A server without any of it is no reason not to answer."""
    sentry, known = services.sentry, _Known(time_of(issue.first_seen) or services.now())
    gaps: list[str] = []
    slug, number = issue.project.slug, issue.project.id
    suspects, deploys, mappings, again = await asyncio.gather(
        _or(gaps, (), suspect_commits(sentry, org, slug, event.id)) if slug else _none(),
        _or(gaps, (), release_deploys(sentry, org, event.release)) if event.release else _none(),
        _or(gaps, (), code_mappings(sentry, org, number)) if number else _none(),
        _or(gaps, "", regressed_at(sentry, org, IssueRef(id=issue.id)))
        if issue.substatus == "regressed"
        else _nothing(),
    )
    known.began = time_of(again) or known.began
    known.suspects, known.mappings = suspects, tuple(map(_mapping, mappings))
    known.deployments = tuple(_deployments(deploys, event.release))
    known.gaps = tuple(gaps)
    return known


async def _none() -> tuple[Any, ...]:
    return ()


async def _nothing() -> str:
    return ""


async def _or(gaps: list[str], otherwise: Found, asked: Awaitable[Found]) -> Found:
    try:
        async with part_of_the_time(0.5):
            return await asked
    except ModuleError as error:
        gaps.append(error.message)
        return otherwise


def _mapping(one: Mapping) -> CodeMapping:
    return CodeMapping(one.stack_root, one.source_root)


def _deployments(deploys: tuple[Deploy, ...], release: str) -> list[Deployment]:
    timed = [(one, time_of(one.at)) for one in deploys]
    return [
        Deployment(at=at, environment=one.environment, release=release)
        for one, at in timed
        if at is not None
    ]


async def _from_history(
    services: Services, params: FindSuspectedCause, issue: Issue, event: Event, known: _Known
) -> tuple[Cause, str]:
    """What the repository's history tells, and why it tells nothing where it does not."""
    nothing = Cause(deployments=known.deployments, source="Sentry")
    try:
        async with part_of_the_time(0.8):
            slug = issue.project.slug if is_slug(issue.project.slug) else ""
            repository = await services.repositories(slug, event.release)
            if repository is None:
                return nothing, UNMAPPED
            async with aclosing(repository):
                cause = await suspected(
                    repository,
                    _stacks(event),
                    first_seen=known.began,
                    hours=params.hours,
                    deployments=known.deployments,
                    mappings=known.mappings,
                    message=issue.value or issue.title,
                    limit=params.limit,
                )
    except ModuleError as error:
        return nothing, f"The repository's history cannot be read: {error.message}"
    return cause, "" if cause.suspicions else _why_none(cause)


def _why_none(cause: Cause) -> str:
    if not cause.looked_at:
        return "No commit was made in these hours: give more of them with hours."
    return "No commit of these hours changes a file of the stack: give more with hours."


def _stacks(event: Event) -> list[list[Call]]:
    return [
        [
            Call(
                path=one.filename or one.module,
                line=one.line,
                in_app=one.in_app,
                function=one.function,
                source=one.source,
            )
            for one in raised.frames
        ]
        for raised in event.raised
    ]


def _sha(text: str) -> str:
    return text if SHA.fullmatch(text) else ""


def _commit_facts(one: Suspicion) -> dict[str, Any]:
    commit = one.commit
    return present(
        {
            "sha": _sha(commit.sha),
            "at": f"{commit.at:%Y-%m-%dT%H:%MZ}",
            "score": one.score,
            "pull_request": commit.pull,
        }
    )


def _told(cause: Cause, suspects: tuple[SuspectCommit, ...]) -> dict[str, Any]:
    """In the order of the facts beside it."""
    return {
        "commits": [_commit_told(one) for one in cause.suspicions],
        "sentry_suspects": [
            {"title": one.title, "author": one.author, "how": one.how} for one in suspects
        ],
        "deployments": [
            {"environment": one.environment, "release": one.release} for one in cause.deployments
        ],
        "recently_changed": list(cause.recently_changed),
    }


def _commit_told(one: Suspicion) -> dict[str, Any]:
    return {
        "title": one.commit.title,
        "author": one.commit.author,
        "reasons": list(one.reasons),
        "files": [file.path for file in one.commit.files[:FILES]],
    }
