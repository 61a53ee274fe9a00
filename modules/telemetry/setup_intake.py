"""What a project lets in: inbound filters and the rate limits of its keys."""

from collections.abc import Mapping
from typing import Final

from modules.sentry.setup_models import ClientKey

from .setup_findings import Finding, Fix, Seen, State, Unread, unknown

# Each drops what no change of the application can mend; the others may drop what somebody needs.
SAFE_FILTERS: Final[Mapping[str, str]] = {
    "browser-extensions": "errors of browser extensions",
    "web-crawlers": "errors of known web crawlers",
}


def in_browsers(platform: str) -> bool:
    """Whether a platform's code runs in browsers. Source: Sentry's list of platforms, whose names
    for them begin with `javascript`."""
    return platform.partition("-")[0] == "javascript"


def filters(seen: Seen) -> Finding:
    """Other platforms have no browsers whose extensions could fail in them."""
    name, wanted = "inbound-filters", f"dropped: {' and '.join(SAFE_FILTERS.values())}"
    if isinstance(seen.filters, Unread):
        return unknown(name, seen.filters, wanted=wanted)
    active = {one.id for one in seen.filters if one.active}
    there = f"on: {len(active)} of {len(seen.filters)} filters"
    if not needs_filters(seen):
        return Finding(
            name=name,
            state=State.NOT_APPLICABLE,
            there=there,
            wanted="nothing: the platform is none of browsers",
        )
    known = {one.id for one in seen.filters}
    if not known & set(SAFE_FILTERS):
        return unknown(name, Unread("the server names none of them"), wanted=wanted)
    off = tuple(one for one in SAFE_FILTERS if one in known and one not in active)
    if not off:
        return Finding(name=name, state=State.GOOD, there=there, wanted=wanted)
    return Finding(
        name=name,
        state=State.WANTING,
        there=f"{there}; off: {', '.join(off)}",
        wanted=wanted,
        remedy="Switch them on in Project Settings > Inbound Filters.",
        fix=Fix(filters=off),
    )


def needs_filters(seen: Seen) -> bool:
    return not isinstance(seen.settings, Unread) and in_browsers(seen.settings.platform)


def key_limits(seen: Seen) -> Finding:
    """One broken release can use up the quota of a month; a limit stops it. Which one is right only
    the project knows, so none is set."""
    name, wanted = "rate-limits", "each active key has a limit"
    if isinstance(seen.keys, Unread):
        return unknown(name, seen.keys, wanted=wanted)
    active = [one for one in seen.keys if one.active]
    if not active:
        return Finding(
            name=name,
            state=State.WANTING,
            there="no key is active: no event can come",
            wanted=wanted,
            remedy="Make a key in Project Settings > Client Keys (DSN).",
        )
    open_keys = [one for one in active if one.limit is None]
    if not open_keys:
        return Finding(
            name=name,
            state=State.GOOD,
            there=f"limits of active keys: {_limits(active)}",
            wanted=wanted,
        )
    return Finding(
        name=name,
        state=State.WANTING,
        there=f"active keys without a limit: {len(open_keys)} of {len(active)}",
        wanted=wanted,
        remedy="Set one well above the usual rate (get-project-stats tells it) in Project Settings "
        "> Client Keys (DSN) > Configure.",
        names=tuple(one.label for one in open_keys),
    )


def _limits(keys: list[ClientKey]) -> str:
    told = dict.fromkeys(f"{one.limit[0]} in {one.limit[1]} s" for one in keys if one.limit)
    return ", ".join(list(told)[:5])
