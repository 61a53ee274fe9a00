"""What the servers that speak Sentry's API can do, and what they cannot."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

LACKS: Final[Mapping[str, tuple[str, ...]]] = {
    "glitchtip": (
        "affected users and counts by release (no events endpoint)",
        "conditions when resolving or ignoring (only the status is kept)",
        "periods of an issue search (issues of any age are found)",
        "priority and substatus, hence new, regressed and escalating counts",
        "search terms other than is:, level:, has:, tags and words",
        "short ids (they are looked up in the list of issues)",
    ),
}
SETTINGS: Final = "/api/settings/"  # GlitchTip's, which anybody may read
# The forms and features (see LEARNT) that need not be tried there.
GLITCHTIP_LACKS: Final = frozenset(
    {
        *(f"organization-issue-{part}" for part in ("detail", "update", "event", "events")),
        "alias-recommended",
        "code-mappings",
        "committers",
        "deploys",
        "events-endpoint",
        "minute-stats",
        "notes",
        "sentry-sort",
        "substatus",
    }
)
# What `SentryClient.lacks` has learnt, in words; what has none makes no difference to a reader.
LEARNT: Final[Mapping[str, str]] = {
    "alias-recommended": "the choice of a recommended event (the latest is read)",
    "errors-dataset": "the dataset of errors (events that are no transactions are counted)",
    "notes": "Sentry's way to comment (its own is used)",
    "sentry-sort": "Sentry's words for sort (its own are used)",
    "stats-v2": "statistics of the organization (those of the project are read)",
}
_ORDER: Final = ("read", "write", "admin")
_TERM: Final = re.compile(r'(!?)([A-Za-z_.]+):("[^"]*"|\S*)')
_STATES: Final = ("unresolved", "resolved", "ignored")
_WORD: Final = re.compile(r'(?:[^\s"]|"[^"]*")+')
_NO_TAG: Final = re.compile(
    "age|assigned|assigned_or_suggested|bookmarks|firstrelease|firstseen|lastseen|timesseen|"
    r"issue|message|title|(error|issue|stack)\..*"
)


def beyond_glitchtip(query: str) -> bool:
    """Whether GlitchTip takes a term of a search for a tag that no issue has, or for a part of the
    words before it, and finds nothing."""
    are_terms = [_TERM.fullmatch(one) is not None for one in _WORD.findall(query)]
    return are_terms != sorted(are_terms, reverse=True) or any(
        bool(negated)
        or (key == "is" and value not in _STATES)
        or (key == "release" and value == "latest")
        or value.startswith(("[", ">", "<"))
        or "*" in value
        or _NO_TAG.fullmatch(key.lower()) is not None
        for negated, key, value in _TERM.findall(query)
    )


def implied_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes and what they include: `event:admin` includes `event:write` and `event:read`."""
    held: set[str] = set()
    for scope in scopes:
        kind, _, level = scope.partition(":")
        held.add(scope)
        if level in _ORDER:
            held |= {f"{kind}:{one}" for one in _ORDER[: _ORDER.index(level) + 1]}
    return frozenset(held)
