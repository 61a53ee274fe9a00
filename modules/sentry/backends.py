"""What the servers that speak Sentry's API can do, and what they cannot."""

from collections.abc import Iterable, Mapping
from typing import Final

LACKS: Final[Mapping[str, tuple[str, ...]]] = {
    "glitchtip": (
        "affected users and counts by release (no events endpoint)",
        "conditions when resolving or ignoring (only the status is kept)",
        "priority and substatus, hence regressed and escalating counts",
        "search terms other than is:, level:, has:, tags and words",
        "short ids (they are looked up in the list of issues)",
    ),
}
_ORDER: Final = ("read", "write", "admin")


def implied_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes and what they include: `event:admin` includes `event:write` and `event:read`."""
    held: set[str] = set()
    for scope in scopes:
        kind, _, level = scope.partition(":")
        held.add(scope)
        if level in _ORDER:
            held |= {f"{kind}:{one}" for one in _ORDER[: _ORDER.index(level) + 1]}
    return frozenset(held)
