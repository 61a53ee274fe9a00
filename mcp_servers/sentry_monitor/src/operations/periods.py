"""Keeping a period that the server ignores: GlitchTip finds issues of any age."""

from typing import Final

from modules.sentry.issues import IssuePage

from .facts import span
from .services import Services

AGED: Final = "This server ignores period; issues not seen in it were left out of this page here."


async def within(
    services: Services, page: IssuePage, period: str | None, *, newest_first: bool = False
) -> tuple[IssuePage, tuple[str, ...]]:
    """The page without the issues that were not seen in a period, and what to say of it."""
    if period is None or not await services.sentry.is_glitchtip(part=0.1):
        return page, ()
    return page.since(services.now() - span(period), newest_first=newest_first), (AGED,)
