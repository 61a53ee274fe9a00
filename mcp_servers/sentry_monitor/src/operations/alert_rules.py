"""Operations on alert rules: what Sentry has beside what the file asks for, and bringing it there."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import Field

from modules.framework.contracts import Answer
from modules.framework.errors import ModuleError
from modules.framework.operation import Parameters, operation
from modules.outbound.deadline import part_of_the_time
from modules.sentry.models import Project
from modules.sentry.projects import find_project
from modules.telemetry.adapters.channel_lookup import check_environments, find_targets
from modules.telemetry.adapters.choose import alert_api, check_scopes
from modules.telemetry.alerting.apply import Course, Work, apply, prunable, prune
from modules.telemetry.alerting.errors import RulesDiffer
from modules.telemetry.alerting.plan import Plan, Present

from . import alert_views
from .alert_facts import drift, is_on, plan_facts, present_facts, said_there, warnings
from .alert_outcomes import Outcome, explained
from .services import Services

READ = ("alerts:read", "org:read", "org:write", "org:admin")
WRITE = ("alerts:write", "org:write", "org:admin")
TASK_S: Final = 1.0  # between two looks at a task of Sentry's
MEMBERS: Final = "members of the organization"
Slug = Field(None, description="SENTRY_PROJECT if absent.", max_length=100)


@dataclass(frozen=True)
class Place:
    """The project in question, and what is wanted of it."""

    org: str
    project: Project
    work: Work


class EnsureAlertRules(Parameters):
    project_slug: str | None = Slug
    apply: bool = Field(False, description="Change Sentry; else only show what would change.")
    prune: bool = Field(
        False, description="Also delete rules that sentry-monitor made and the file has no longer."
    )


@operation(
    view=alert_views.ensured,
    read_only=False,
    scopes=WRITE,
    destructive=True,
    toolset="telemetry",
    whole=True,
)
async def ensure_alert_rules(services: Services, params: EnsureAlertRules) -> Answer:
    """Bring a project's alert rules in step with SENTRY_ALERT_RULES_FILE; shows the plan unless
    apply=true. Deletes only with prune=true; rules of others are never touched."""
    place = await _place(services, params.project_slug)
    before = await place.work.look()
    doomed = prunable(before, place.work.api) if params.prune else ()
    if not params.apply or not (before.open or doomed):
        data = _data(services, place, before, doomed)
        return Answer(data=data, warnings=warnings(before, place.work, doomed))
    kinds = {one.wanted.kind for one in before.open} | {one.kind for one in doomed}
    await check_scopes(services.sentry, place.work.api, kinds)
    course = Course()
    try:
        async with part_of_the_time(0.7):  # afterwards it is read back what was applied
            await apply(place.work, course)
            if doomed:
                await prune(place.work, course, doomed)
    except ModuleError as error:
        course.error = error
    return await _applied(services, place, before, doomed, course)


class CheckAlertRules(Parameters):
    project_slug: str | None = Slug
    fail_on_drift: bool = Field(
        False, description="Fail (exit code 10) where anything differs or is left over."
    )


@operation(view=alert_views.checked, read_only=True, scopes=READ, toolset="telemetry")
async def check_alert_rules(services: Services, params: CheckAlertRules) -> Answer:
    """Tell where a project's alert rules in Sentry differ from SENTRY_ALERT_RULES_FILE."""
    place = await _place(services, params.project_slug)
    found = await place.work.look()
    if params.fail_on_drift and (found.drifted or found.left_over):
        raise drift(found, place.project.slug)
    data = _data(services, place, found)
    return Answer(
        data=data,
        warnings=warnings(found, place.work),
        recommendations=(RulesDiffer.recovery,) if found.open else (),
    )


class ListAlertRules(Parameters):
    project_slug: str | None = Slug


@operation(view=alert_views.listed, read_only=True, scopes=READ, toolset="telemetry")
async def list_alert_rules(services: Services, params: ListAlertRules) -> Answer:
    """List a project's alert rules in Sentry: those of the file (by key) and those of others."""
    sentry = services.sentry
    org = await sentry.organization()
    project = await find_project(sentry, org, services.project_slug(params.project_slug))
    api = await alert_api(sentry, org, project)
    present = [one for one in await api.present() if not one.given]
    rows = [present_facts(one) | {"on": is_on(one)} for one in present]
    names = [{"name": one.name, "says": said_there(one)} for one in present]
    data = {
        "project": project.slug,
        "generation": api.generation,
        "rules": rows,
        "untrusted": services.outside(names, origin="sentry alerts", writers=MEMBERS),
    }
    return Answer(data=data)


async def _place(services: Services, given: str | None) -> Place:
    """Everything that can be found wrong before the first write: the file, the project, the
    generation, channels, environments.

    Raises BadAlertRules, NoSuchChannel, SentryError, OutboundError.
    """
    sentry = services.sentry
    rules = services.alert_rules()
    org = await sentry.organization()
    project = await find_project(sentry, org, services.project_slug(given))
    api = await alert_api(sentry, org, project)
    targets = await find_targets(sentry, org, rules.channels)
    await check_environments(sentry, org, rules)
    return Place(org, project, Work(api, rules, targets))


async def _applied(
    services: Services, place: Place, before: Plan, doomed: Sequence[Present], course: Course
) -> Answer:
    """What was written, read back; what was not, and why.

    Raises the error of the first write where nothing was applied.
    """
    after, unread = await _read_back(place)
    came = Outcome(work=place.work, before=before, doomed=doomed, course=course, after=after)
    if course.error is not None and came.nothing_applied:
        raise explained(course.error, course, place.work)
    stands = await _tasks(place, course)
    if after is not None and "success" in stands.values():
        after, unread = await _read_back(place)
    came = replace(came, after=after, stands=stands)
    told = {
        "applied": True,
        "in_step": after is not None and not after.drifted and came.all_pruned,
        "rules": came.rules(),
        "left_over": came.left_over(),
    }
    where = f"of project {place.project.slug} on {services.sentry.base_url}"
    return Answer(
        data=_data(services, place, before, doomed) | told,
        side_effects=came.effects(where),
        gaps=(*unread, *came.gaps()),
        warnings=warnings(after or before, place.work),
    )


async def _read_back(place: Place) -> tuple[Plan | None, tuple[str, ...]]:
    try:
        async with part_of_the_time(0.7):
            return await place.work.look(), ()
    except ModuleError as error:
        return None, (f"What is there now could not be read back: {error.message}",)


async def _tasks(place: Place, course: Course) -> dict[str, str]:
    """How Sentry's tasks stand by now, by rule."""
    found: dict[str, str] = {}
    for key, task in course.pending.items():
        found[key] = "pending"
        with suppress(ModuleError):
            async with part_of_the_time(0.5):
                found[key] = await _ended(place.work, task)
    return found


async def _ended(work: Work, task: str) -> str:
    """How a task of Sentry's ends; it mostly takes seconds. `pending` where that is not told."""
    state = await work.api.task(task)
    if state != "pending":
        return state or "pending"
    await asyncio.sleep(TASK_S)
    return await _ended(work, task)


def _data(
    services: Services, place: Place, found: Plan, doomed: Sequence[Present] = ()
) -> dict[str, Any]:
    facts, told = plan_facts(found, place.work, doomed)
    return {
        "project": place.project.slug,
        "organization": place.org,
        "generation": place.work.api.generation,
        "applied": False,
        "rules_from": place.work.rules.source,
        "in_step": not found.drifted and not doomed,
        **facts,
        "untrusted": services.outside(told, origin="sentry alerts", writers=MEMBERS),
    }
