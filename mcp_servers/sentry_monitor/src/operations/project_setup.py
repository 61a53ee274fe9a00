"""Operations on how a project is set up: check it, and mend what is safe."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from modules.framework.contracts import Answer, Category
from modules.framework.errors import ModuleError
from modules.framework.operation import Parameters, operation
from modules.sentry.errors import Unsupported
from modules.sentry.models import Project
from modules.sentry.projects import find_project
from modules.telemetry.setup_findings import (
    RETENTION_DAYS,
    SENSITIVE_FIELDS,
    Finding,
    Fix,
    Seen,
    Unread,
    Wanted,
    all_fixes,
    plan_of,
)
from modules.telemetry.setup_rules import judge

from . import setup_views
from .facts import word
from .issues import ProjectSlug
from .services import Services
from .setup_fixing import PlanChanged, apply_fix
from .setup_reading import look

READ = ("project:read", "project:write", "project:admin")
WRITE = ("project:write", "project:admin")
Days = Annotated[int, Field(ge=1, le=3650, description="How long events should be kept.")]


def _joined(given: object) -> object:
    """Agents send names as a list, too."""
    if not isinstance(given, list | tuple):
        return given
    if not all(isinstance(one, str) for one in given):
        raise ValueError("must be names, separated by commas")
    return ",".join(given)


Names = Annotated[
    str,
    BeforeValidator(_joined),
    Field(
        description="Names to scrub besides the usual, separated by commas: badge_number,visa_id",
        pattern=r"^([A-Za-z0-9_.-]{3,60}(, ?[A-Za-z0-9_.-]{3,60}){0,49})?$",
        max_length=4000,
    ),
]


class ProjectSetup(Parameters):
    project_slug: ProjectSlug = None
    sensitive_fields: Names = ""
    retention_days: Days = RETENTION_DAYS
    scrub_ip_addresses: bool = Field(
        False, description="Store no IP addresses: those of new events are gone for good."
    )

    def wanted(self) -> Wanted:
        more = [one.strip() for one in self.sensitive_fields.split(",") if one.strip()]
        return Wanted(
            sensitive_fields=(*SENSITIVE_FIELDS, *more),
            retention_days=self.retention_days,
            scrub_ip_addresses=self.scrub_ip_addresses,
        )


class CheckProjectSetup(ProjectSetup):
    fail_on_wanting: bool = Field(
        False, description="Fail (exit code 10) where anything is wanting or could not be read."
    )


class FixProjectSetup(ProjectSetup):
    plan: str = Field(description="From check-project-setup.", pattern=r"^[0-9a-f]{8}$")


class SetupWanting(ModuleError):
    """A project's set-up is not what is wanted."""

    code = "project_setup_wanting"
    category = Category.CONFLICT
    recovery = "check-project-setup without fail_on_wanting tells the remedy of each."


@operation(view=setup_views.check, read_only=True, scopes=READ, toolset="telemetry")
async def check_project_setup(services: Services, params: CheckProjectSetup) -> Answer:
    """Check a project's set-up: scrubbing, filters, rate limits, environments, releases, source
    maps, code mappings, retention, ownership; with remedies, and what fix-project-setup would do."""
    org, project, seen = await _seen(services, params)
    findings = judge(seen, params.wanted(), now=services.now())
    fix = all_fixes(findings)
    advice = (_call(project, params, fix),) if fix else ()
    data = {"organization": word(org), **_facts(services, project, seen, findings)}
    if params.fail_on_wanting and (wanting := shortcoming(data)):
        raise wanting
    return Answer(data=data, gaps=_unread(seen), recommendations=advice)


@operation(view=setup_views.fixed, read_only=False, scopes=WRITE, toolset="telemetry", whole=True)
async def fix_project_setup(services: Services, params: FixProjectSetup) -> Answer:
    """Apply the plan that check-project-setup showed: scrubbing and filters on, sensitive fields
    added. Changes nothing else: retention, rate limits, ownership stay with people."""
    if await services.sentry.is_glitchtip():
        raise Unsupported(
            "GlitchTip's settings cannot be changed from here.",
            recovery="Change them in its own pages; check-project-setup tells what is wanting.",
        )
    org, project, seen = await _seen(services, params)
    fix = all_fixes(judge(seen, params.wanted(), now=services.now()))
    if fix and plan_of(fix) != params.plan:
        raise PlanChanged
    done = await apply_fix(services, org, project, seen, fix)
    findings = judge(done.after, params.wanted(), now=services.now())
    data = {
        "organization": word(org),
        "changed": len(done.side_effects),
        **_facts(services, project, done.after, findings),
    }
    return Answer(
        data=data,
        side_effects=done.side_effects,
        gaps=done.gaps,
        warnings=(*done.warnings, *_unread(done.after)),
    )


def shortcoming(data: Mapping[str, Any]) -> SetupWanting | None:
    """What a gate refuses in an answer: what is wanting, and what could not be read, as it may be."""
    found = [one for one in data["findings"] if one["state"] == "wanting"]
    told = [f"{one['name']} ({one['there']})" for one in found]
    told += [f"not read: {one}" for one in data["unread"]]
    if not told:
        return None
    how = "is wanting" if found else "could not be read whole"
    return SetupWanting(
        f"The set-up of project {data['project']!r} {how}: {'; '.join(told)}",
        details={"wanting": [one["name"] for one in found]},
    )


async def _seen(services: Services, params: ProjectSetup) -> tuple[str, Project, Seen]:
    org = await services.sentry.organization()
    slug = services.project_slug(params.project_slug)
    found = await find_project(services.sentry, org, slug)
    project = replace(found, slug=slug)  # as it was given: what the server calls it is its own word
    return org, project, await look(services.sentry, org, project)


def _facts(
    services: Services, project: Project, seen: Seen, findings: tuple[Finding, ...]
) -> dict[str, Any]:
    fix = all_fixes(findings)
    names = {one.name: list(one.names) for one in findings if one.names}
    return {
        "project": word(project.slug),
        "server": seen.kind,
        "findings": [_finding(one) for one in findings],
        "plan": plan_of(fix) if fix else None,
        "would_change": setup_views.changes(fix),
        "unread": list(_unread(seen)),
        "untrusted": services.outside(names, origin="sentry project settings"),
    }


def _finding(one: Finding) -> dict[str, Any]:
    told = {
        "name": one.name,
        "state": one.state.value,
        "there": one.there,
        "wanted": one.wanted,
        "remedy": one.remedy,
        "fixable": bool(one.fix),
    }
    return {name: value for name, value in told.items() if value != ""}


def _unread(seen: Seen) -> tuple[str, ...]:
    """What another token, or another moment, would have told."""
    return tuple(
        f"{name.replace('_', ' ')}: {found.reason}"
        for name, found in vars(seen).items()
        if isinstance(found, Unread) and found.failed
    )


def _call(project: Project, params: ProjectSetup, fix: Fix) -> str:
    given = {
        "project_slug": word(project.slug),
        "sensitive_fields": params.sensitive_fields.replace(" ", ""),
        "retention_days": params.retention_days if params.retention_days != RETENTION_DAYS else "",
        "scrub_ip_addresses": "true" if params.scrub_ip_addresses else "",
        "plan": plan_of(fix),
    }
    return " ".join(["fix-project-setup", *(f"{k}={v}" for k, v in given.items() if v)])
