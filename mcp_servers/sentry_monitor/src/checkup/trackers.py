"""Whether the trackers can be reached, and with which rights. Nothing is written."""

from collections.abc import AsyncIterator
from typing import Final

from mcp_servers.sentry_monitor.src.settings import Settings
from mcp_servers.sentry_monitor.src.trackers import ELSEWHERE, opened, set_up
from modules.framework.errors import ModuleError

from .finding import Finding, refused

OFF: Final = "none elsewhere is chosen (docs/trackers.md)"


async def trackers(settings: Settings) -> AsyncIterator[Finding]:
    """The one that is chosen; each that there are settings for, where none can be chosen."""
    names = set_up(settings)
    if (chosen := getattr(settings, "tracker", None)) is not None:
        names = (chosen,) if chosen in ELSEWHERE else ()
    if not names:
        yield Finding("tracker", OFF)
    for name in names:
        yield await _tried(settings, name)


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
