"""The composition of the tracker: settings to a bridge from Sentry's issues to tracked ones."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from modules.framework.errors import ModuleError
from modules.tracker.errors import TrackerOff
from modules.tracker.tracked import SENTRY

from .arrangements import read_rules, secrets_of
from .settings import Settings

if TYPE_CHECKING:
    from modules.jobs.adapters.inbox import HandOn
    from modules.sentry.client import SentryClient
    from modules.tracker.adapters.tracker_tables import Within
    from modules.tracker.bridge import Bridge
    from modules.tracker.history import Cause
    from modules.tracker.ports import Tracker
    from modules.tracker.tracked import Tracked

CAUSE_S: Final = 60.0  # a repository may have to be fetched
log = logging.getLogger(__name__)


class Suspects(Protocol):
    """What may have caused an issue of Sentry."""

    async def __call__(self, org: str, issue_id: str, *, hours: int) -> "Cause": ...


def hand_on(settings: Settings) -> "HandOn | None":
    """Who else is told of deliveries."""
    if settings.tracker == "off":
        return None
    from modules.tracker.adapters.arrivals import hand_on

    return hand_on


def bridge(
    settings: Settings,
    sentry: "SentryClient",
    database: "Callable[[], Within]",
    *,
    elsewhere: "Callable[[], Tracker]",
    suspects: Suspects | None = None,
) -> "Bridge":
    """`database` opens that of the jobs, `elsewhere` a tracker that is not our own. Raises
    TrackerOff, TrackerRefused, BadProjects, BadRules."""
    if settings.tracker == "off":
        raise TrackerOff  # before a file is made
    from modules.autofix.spellings import hidden
    from modules.outbound.clock import now
    from modules.tracker.adapters.arrivals import Arrivals
    from modules.tracker.adapters.builtin import BuiltinTracker
    from modules.tracker.adapters.outbox import Outbox
    from modules.tracker.adapters.sentry_side import SentrySide
    from modules.tracker.adapters.tracker_store import TrackerStore
    from modules.tracker.bridge import Bridge, nobody_said

    within = database()
    ours = settings.tracker == "builtin"
    builtin = BuiltinTracker(within, prefix=settings.tracker_prefix, now=now)
    rules = read_rules(settings)
    issues = SentrySide(sentry, lambda: sentry.organization(settings.org))

    async def causes(tracked: "Tracked") -> "Cause | None":
        """An issue is filed also where nobody can say what caused it."""
        if suspects is None or tracked.source != SENTRY:
            return None
        hours = rules.of(tracked.project).cause_hours
        try:
            async with asyncio.timeout(CAUSE_S):
                return await suspects(await issues.organization(), tracked.external_id, hours=hours)
        except (ModuleError, TimeoutError) as error:
            told = error.message if isinstance(error, ModuleError) else "it took too long"
            log.warning("no cause of issue %s is told: %s", tracked.external_id, told)
            return None

    return Bridge(
        arrivals=Arrivals(within, now=now),
        store=TrackerStore(within),
        outbox=Outbox(within, now=now),
        tracker=builtin if ours else elsewhere(),
        said=builtin.comments if ours else nobody_said,
        issues=issues,
        rules=rules,
        causes=causes,
        host=urlsplit(settings.url).netloc,
        org=settings.org or "",
        now=now,
        hide=partial(hidden, secrets=secrets_of(settings)),
    )
