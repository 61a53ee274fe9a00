"""Operations on alert rules: what Sentry has beside what the file asks for, and bringing it there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import Field

from modules.framework.contracts import Answer
from modules.framework.errors import ModuleError, in_full
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
from .alert_facts import (
    WRITTEN,
    deletion_of,
    effect_of,
    explained,
    left_over_facts,
    left_over_warnings,
    nothing_applied,
    outcome_facts,
    plan_facts,
    present_facts,
)
from .facts import many
from .services import Services

READ = ("alerts:read", "org:read", "org:write", "org:admin")
WRITE = ("alerts:write", "org:write", "org:admin")
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
    toolset="telemetry",
)
async def ensure_alert_rules(services: Services, params: EnsureAlertRules) -> Answer:
    """Bring a project's alert rules in step with SENTRY_ALERT_RULES_FILE; shows the plan unless
    apply=true. Rules of others are never touched."""
    place = await _place(services, params.project_slug)
    before = await place.work.look()
    doomed = prunable(before, place.work.api) if params.prune else ()
    if not params.apply or not (before.open or doomed):
        data = _data(services, place, before, doomed)
        warnings = () if doomed else left_over_warnings(before, place.work)
        return Answer(data=data, warnings=warnings)
    kinds = {one.wanted.kind for one in before.open} | {one.kind for one in doomed}
    await check_scopes(services.sentry, place.work.api, kinds)
    course = Course()
    try:
        async with part_of_the_time(0.7):  # afterwards it is read back what was applied
            await apply(place.work, course)
            if doomed:
                await prune(place.work, course)
    except ModuleError as error:
        course.error = error
    return await _applied(services, place, before, doomed, course)


class CheckAlertRules(Parameters):
    project_slug: str | None = Slug
    fail_on_drift: bool = Field(False, description="Fail (exit code 10) where anything differs.")


@operation(view=alert_views.checked, read_only=True, scopes=READ, toolset="telemetry")
async def check_alert_rules(services: Services, params: CheckAlertRules) -> Answer:
    """Tell where a project's alert rules in Sentry differ from SENTRY_ALERT_RULES_FILE."""
    place = await _place(services, params.project_slug)
    found = await place.work.look()
    if found.open and params.fail_on_drift:
        keys = sorted({one.wanted.key for one in found.open})
        raise RulesDiffer(
            f"{many(len(keys), 'alert rule')} of project {place.project.slug!r} differ from the "
            f"file: {', '.join(keys)}.",
            details={"rules": keys},
        )
    data = _data(services, place, found)
    return Answer(data=data, warnings=left_over_warnings(found, place.work))


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
    rows = [present_facts(one) for one in present]
    names = [{"name": one.name} for one in present]
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
    if course.error is not None and nothing_applied(before, course, after):
        raise explained(course.error, course, place.work)
    stands = await _tasks(place, course)
    if after is not None and "success" in stands.values():
        after, unread = await _read_back(place)
    data = _data(services, place, before, doomed) | {"applied": True}
    data["left_over"] = left_over_facts(before, doomed, course, after)
    data["rules"] = outcome_facts(before, course, stands, after)
    gaps = list(unread)
    if course.error is not None:
        at = course.writing.wanted if course.writing else course.deleting
        what = f"at {at.kind} {at.key}" if at else "while looking"
        why = in_full(explained(course.error, course, place.work))
        gaps.append(f"Stopped {what}: {why} Run ensure-alert-rules apply=true again for the rest.")
    gaps += _shortfall(course, stands, after)
    where = f"of project {place.project.slug} on {services.sentry.base_url}"
    steps = zip(before.steps, data["rules"], strict=True)
    pruned = zip(before.left_over, data["left_over"], strict=True)
    return Answer(
        data=data,
        side_effects=(
            *(effect_of(one, after, where) for one, row in steps if row["state"] in WRITTEN),
            *(deletion_of(one, where) for one, row in pruned if row["state"] == "deleted"),
        ),
        gaps=tuple(gaps),
        warnings=left_over_warnings(after or before, place.work),
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
        try:
            async with part_of_the_time(0.5):
                found[key] = await place.work.api.task(task) or "pending"
        except ModuleError:
            found[key] = "pending"
    return found


def _shortfall(course: Course, stands: dict[str, str], after: Plan | None) -> list[str]:
    """What was written and does not read back as wanted."""
    gaps: list[str] = []
    for key, state in stands.items():
        if state == "failed":
            gaps.append(f"Sentry could not make {key}: it did not find a channel of it.")
        elif state == "pending":
            gaps.append(
                f"{key} is pending: Sentry still looks for a channel; check-alert-rules tells "
                "later whether it is there. Do not apply again before."
            )
    still = {(one.wanted.kind, one.wanted.key) for one in after.open} if after else set()
    for one in course.written:
        at = (one.wanted.kind, one.wanted.key)
        if at in still and one.wanted.key not in stands:
            gaps.append(f"Sentry accepted {at[0]} {at[1]}, and it reads back otherwise.")
    return gaps


def _data(
    services: Services, place: Place, found: Plan, doomed: Sequence[Present] = ()
) -> dict[str, Any]:
    facts, told = plan_facts(found)
    return {
        "project": place.project.slug,
        "organization": place.org,
        "generation": place.work.api.generation,
        "applied": False,
        "in_step": not found.open and not doomed,
        **facts,
        "left_over": left_over_facts(found, doomed),
        "untrusted": services.outside(told, origin="sentry alerts", writers=MEMBERS),
    }
