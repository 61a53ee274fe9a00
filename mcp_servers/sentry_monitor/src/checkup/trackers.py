"""Whether the trackers can be reached, and with which rights. Nothing is written."""

from collections.abc import AsyncIterator
from typing import Final

from mcp_servers.sentry_monitor.src.settings import Settings
from mcp_servers.sentry_monitor.src.trackers import ELSEWHERE, opened
from modules.framework.errors import ModuleError

from .finding import Finding, refused

OFF: Final = "none elsewhere is chosen (docs/trackers.md)"


async def trackers(settings: Settings) -> AsyncIterator[Finding]:
    """The one that is chosen."""
    if settings.tracker in ELSEWHERE:
        yield await _tried(settings, settings.tracker)
    else:
        yield Finding("tracker", OFF)


async def _tried(settings: Settings, name: str) -> Finding:
    what = f"tracker: {name}"
    try:
        tracker = opened(settings, name)
    except ModuleError as error:
        return refused(what, error)
    try:
        return Finding(what, await tracker.check())
    except ModuleError as error:
        return refused(what, error)
    finally:
        await tracker.aclose()
