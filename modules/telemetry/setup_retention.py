"""Whether events are kept as long as they should be.

No API of Sentry tells how long that is, so the age of the oldest event is the only witness.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from .setup_findings import Finding, Seen, ServerKind, State, Unread, Wanted, moment, unknown

SLACK: Final = 1 / 30  # of what is wanted, as errors do not happen each day
APART: Final = timedelta(days=3)
# Nobody tells how long it is now: what is more than is wanted must not be cut down.
RAISE: Final = (
    "Look at {name}: raise it to {{days}} where it is less, and start the server again; leave what "
    "is more."
)
REMEDY: Final[Mapping[ServerKind, str]] = {
    "saas": "The plan decides (90 days of errors on paid ones, 30 on the free one): Settings > "
    "Subscription. It cannot be set.",
    "self-hosted": RAISE.format(
        name="SENTRY_EVENT_RETENTION_DAYS in the server's .env.custom or .env"
    ),
    "glitchtip": RAISE.format(name="GLITCHTIP_MAX_EVENT_LIFE_DAYS of the server"),
}


def retention(seen: Seen, wanted: Wanted, now: datetime) -> Finding:
    """Never good without a witness: a young project has none."""
    name, what = "retention", f"events are kept for {wanted.retention_days} days"
    remedy = REMEDY[seen.kind].format(days=wanted.retention_days)
    if isinstance(seen.oldest_event, Unread):
        return unknown(name, seen.oldest_event, wanted=what, remedy=remedy)
    oldest = moment(seen.oldest_event)
    if oldest is None:
        told = Unread("there is no event from which it could be told")
        return unknown(name, told, wanted=what, remedy=remedy)
    days = max(0, (now - oldest).days)
    slack = timedelta(days=wanted.retention_days) * SLACK
    if now - oldest >= timedelta(days=wanted.retention_days) - slack:
        there = f"an event of {days} days ago is there"
        return Finding(name=name, state=State.GOOD, there=there, wanted=what)
    first = _first_event(seen)
    if first is not None and oldest - first > APART:
        return Finding(
            name=name,
            state=State.UNKNOWN,
            there=f"the oldest event is of {days} days ago, though the first came "
            f"{(now - first).days} days ago: others are gone, or there were none",
            wanted=what,
            remedy=remedy,
        )
    told = Unread(f"the oldest event is of {days} days ago: none is old enough to tell")
    return unknown(name, told, wanted=what, remedy=remedy)


def _first_event(seen: Seen) -> datetime | None:
    return None if isinstance(seen.settings, Unread) else moment(seen.settings.first_event)
