"""The composition of the tracker: settings to a bridge from Sentry's issues to tracked ones."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from modules.tracker.errors import TrackerOff

from .arrangements import read_rules, secrets_of
from .settings import Settings

if TYPE_CHECKING:
    from modules.sentry.client import SentryClient
    from modules.tracker.adapters.tracker_tables import Within
    from modules.tracker.bridge import Bridge
    from modules.tracker.ports import Tracker


def bridge(
    settings: Settings, sentry: "SentryClient", database: "Callable[[], Within]"
) -> "Bridge":
    """`database` opens that of the jobs. Raises TrackerOff, BadProjects, BadRules."""
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
    chosen = tracker(settings, within)
    return Bridge(
        arrivals=Arrivals(within, now=now),
        store=TrackerStore(within),
        outbox=Outbox(within, now=now),
        tracker=chosen,
        said=chosen.comments if isinstance(chosen, BuiltinTracker) else nobody_said,
        issues=SentrySide(sentry, lambda: sentry.organization(settings.org)),
        rules=read_rules(settings),
        host=urlsplit(settings.url).netloc,
        org=settings.org or "",
        now=now,
        hide=partial(hidden, secrets=secrets_of(settings)),
    )


def tracker(settings: Settings, within: "Within") -> "Tracker":
    """Raises TrackerOff."""
    from modules.outbound.clock import now
    from modules.tracker.adapters.builtin import BuiltinTracker

    if settings.tracker == "builtin":
        return BuiltinTracker(within, prefix=settings.tracker_prefix, now=now)
    raise TrackerOff(f"The tracker {settings.tracker!r} is not spoken yet.")
