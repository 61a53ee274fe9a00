"""The operation that tells whether the others can work."""

import re
from typing import Any, Final

from modules.autofix.doors import Access
from modules.framework.contracts import Answer
from modules.framework.errors import ModuleError, in_full
from modules.framework.operation import Parameters, operation
from modules.outbound.deadline import part_of_the_time
from modules.outbound.errors import DeadlineExceeded, OutcomeUnknown
from modules.safetext.sinks import MEMBER
from modules.sentry.backends import LACKS, LEARNT, implied_scopes
from modules.sentry.client import explain_missing
from modules.sentry.errors import NotFound, OrganizationToken, Unauthorized
from modules.sentry.projects import find_project, region_url, server_kind, who_am_i

from . import project_views
from .at_once import at_once
from .facts import link
from .services import Services

VERSION: Final = re.compile(r"[A-Za-z0-9.+_-]{1,40}")
SCOPE: Final = re.compile(r"[a-z]{1,20}:[a-z-]{1,20}")
ANY: Final = ("org:read", "project:read", "event:read")


class CheckConnection(Parameters):
    """No parameters."""


@operation(view=project_views.connection, read_only=True, scopes=ANY)
async def check_connection(services: Services, params: CheckConnection) -> Answer:
    """Tell whose the token is, what it may do, and what the server is and lacks; of mapped
    repositories on GitHub, whether repairs may push there. For when other operations are refused."""
    sentry = services.sentry
    (user, scopes, accepted), (kind, version) = await at_once(who_am_i(sentry), server_kind(sentry))
    if not accepted:
        refused = OrganizationToken if sentry.org_token else Unauthorized
        raise refused(f"{sentry.base_url} does not accept the token.")
    org = await sentry.organization()
    try:
        region = link(await region_url(sentry, org), sentry.base_url)
    except NotFound as error:
        raise await explain_missing(sentry, org, error) from None
    if services.project:
        await find_project(sentry, org, services.project)
    held = implied_scopes(scopes)
    repositories, untold = await _repositories(services)
    data = {
        "server": sentry.base_url,
        "kind": kind,
        "version": version if VERSION.fullmatch(version) else "",
        "organization": org,
        "region": region,
        "project": services.project,
        "scopes": [one for one in scopes if SCOPE.fullmatch(one)][:60],
        "operations": {
            name: _allowed(needed, held) for name, needed in services.operation_scopes.items()
        },
        "lacks": sorted(
            {*LACKS.get(kind, ()), *(LEARNT[one] for one in sentry.lacks & set(LEARNT))}
        ),
        "notifications": [
            {"place": place, "state": state} for place, state in await _notifications(services)
        ],
        "untrusted": services.outside({"user": user}, origin="sentry account", writers=MEMBER),
    }
    if repositories:
        data["repositories"] = [_repository(one) for one in repositories]
    moved = region and region != sentry.base_url
    advice = (f"SENTRY_URL={region} saves a detour",) if moved else ()
    unable = tuple(f"{one.repository}: {one.message}" for one in repositories if one.reason)
    return Answer(data=data, recommendations=advice, warnings=unable, gaps=untold)


async def _repositories(services: Services) -> tuple[tuple[Access, ...], tuple[str, ...]]:
    """What repairs may do on GitHub, or why that cannot be told."""
    try:
        async with part_of_the_time(0.5):
            return await services.forge_access(), ()
    except ModuleError as error:
        told = in_full(error)
        return (), (f"repositories on GitHub: {told}",)


def _repository(access: Access) -> dict[str, Any]:
    push = access.reason or ("ok" if access.forge == "github" else "goes to the local forge")
    return {"project": access.project, "repository": access.repository, "push": push}


async def _notifications(services: Services) -> tuple[tuple[str, str], ...]:
    """Worth having, and not worth failing for."""
    try:
        async with part_of_the_time(0.5):
            return await services.notifications()
    except (DeadlineExceeded, OutcomeUnknown):
        return (("all", "no answer in time"),)


def _allowed(needed: tuple[str, ...], held: frozenset[str]) -> str:
    """`ok`, or the scope to add. A server that tells no scopes is given the benefit of doubt."""
    return "ok" if not held or held & set(needed) else f"lacks {needed[0]}"
