"""Everything that is tried, one after the other, the cheap ones first."""

from collections.abc import AsyncIterator, Mapping

from mcp_servers.sentry_monitor.src.assembly import Workshop
from mcp_servers.sentry_monitor.src.settings import Settings
from modules.framework.errors import ModuleError

from .finding import Finding, refused
from .machine import clock, git, space, webhook
from .repairs import repairs
from .trackers import trackers


async def checkup(environ: Mapping[str, str]) -> AsyncIterator[Finding]:
    """What cannot be read any further ends it."""
    try:
        settings = Settings.from_environ(environ)
    except ModuleError as error:
        yield refused("settings", error)
        return
    if (finding := await clock(settings.url)) is not None:
        yield finding
    yield webhook(getattr(settings, "webhook_secrets", ()))
    async for finding in trackers(settings):
        yield finding
    if not settings.fixer_enabled:
        yield Finding("autofix", "off; SENTRY_FIXER_ENABLED=true switches it on")
        return
    yield await git()
    for finding in space(settings):
        yield finding
    workshop = Workshop(settings)
    try:
        async for finding in repairs(workshop):
            yield finding
    finally:
        await workshop.aclose()
