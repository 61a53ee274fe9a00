"""Reading how a project is set up, all parts at the same time; one that is refused is Unread."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from modules.framework.errors import ModuleError, in_full
from modules.outbound.deadline import part_of_the_time
from modules.sentry import project_settings as settings_api
from modules.sentry.client import SentryClient
from modules.sentry.errors import NotFound, Unsupported
from modules.sentry.events import count_events
from modules.sentry.locate import of_saas
from modules.sentry.models import Project
from modules.sentry.reading import text
from modules.telemetry.setup_context import source_files_of
from modules.telemetry.setup_findings import Seen, ServerKind, Unread

from .at_once import at_once

Result = TypeVar("Result")
# Sentry cuts a period to its own retention, so a wide one shows whatever is kept.
# Source: `outside_retention_with_modified_start` of sentry/utils/dates.py
EVER: Final = "3650d"


async def look(sentry: SentryClient, org: str, project: Project) -> Seen:
    """A project as it is now. Raises nothing but what ends the whole call: its deadline."""
    slug, api = project.slug, settings_api
    reads: dict[str, tuple[str, Callable[[], Awaitable[Any]]]] = {
        "settings": ("project-settings", lambda: api.project_settings(sentry, org, slug)),
        "organization": ("organization", lambda: api.organization_scrubbing(sentry, org)),
        "filters": ("inbound-filters", lambda: api.inbound_filters(sentry, org, slug)),
        "keys": ("client-keys", lambda: api.client_keys(sentry, org, slug)),
        "environments": ("environments", lambda: api.environments(sentry, org, slug)),
        "releases": ("releases", lambda: api.recent_releases(sentry, org, project)),
        "source_files": ("source-files", lambda: _source_files(sentry, org, project)),
        "code_mappings": ("code-mappings", lambda: api.count_code_mappings(sentry, org, project)),
        "ownership": ("ownership", lambda: api.ownership(sentry, org, slug)),
        "oldest_event": ("oldest-event", lambda: _oldest_event(sentry, org, project)),
    }
    kind = await _kind(sentry)
    found = await at_once(*(part(sentry, *one) for one in reads.values()))
    return Seen(kind=kind, **dict(zip(reads, found, strict=True)))


async def look_again(sentry: SentryClient, org: str, project: Project, seen: Seen) -> Seen:
    """With what a fix may have changed read once more."""
    slug = project.slug
    settings, filters = await at_once(
        part(sentry, "project-settings", lambda: settings_api.project_settings(sentry, org, slug)),
        part(sentry, "inbound-filters", lambda: settings_api.inbound_filters(sentry, org, slug)),
    )
    return replace(seen, settings=settings, filters=filters)


async def part(
    sentry: SentryClient, feature: str, call: Callable[[], Awaitable[Result]]
) -> Result | Unread:
    """What was read, or why it was not; it leaves time for the answer. What a server was seen to
    lack is asked once; a page in place of an answer may be maintenance, but for GlitchTip's."""
    if feature in sentry.lacks:
        return Unread("this server has no API for it")
    try:
        async with part_of_the_time(0.75):
            return await call()
    except Unsupported as error:
        if error.details.get("http_status") != 200 or await sentry.is_glitchtip():
            sentry.learn(feature)
        return Unread(error.message)
    except NotFound as error:
        return Unread(error.message)
    except ModuleError as error:
        return Unread(in_full(error), failed=True)


async def _kind(sentry: SentryClient) -> ServerKind:
    if of_saas(urlsplit(sentry.base_url).hostname or ""):
        return "saas"
    return "glitchtip" if await sentry.is_glitchtip() else "self-hosted"


async def _source_files(sentry: SentryClient, org: str, project: Project) -> int:
    """Nothing is asked where none are needed."""
    needed = source_files_of(project.platform)
    if not needed:
        return 0
    if needed == "source maps":
        return await settings_api.source_map_uploads(sentry, org, project.slug)
    return await settings_api.debug_files(sentry, org, project.slug)


async def _oldest_event(sentry: SentryClient, org: str, project: Project) -> str:
    rows = await count_events(
        sentry,
        org,
        fields=("timestamp",),
        project_id=project.id,
        period=EVER,
        sort="timestamp",
    )
    return text(rows[0], "timestamp") if rows else ""
