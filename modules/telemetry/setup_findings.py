"""What is wanted of a project's set-up, what was seen of it, and what is found: values alone."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

from modules.sentry.setup_models import (
    ClientKey,
    InboundFilter,
    Ownership,
    ProjectSettings,
    Scrubbing,
    SeenRelease,
)

ServerKind = Literal["saas", "self-hosted", "glitchtip"]
# Names that hold secrets or people's numbers and that Sentry's own list does not know. Sentry looks
# for them in names and in values, so none is a word that a message may hold by accident, nor the
# name of a usual setting, header or column: "KeyError: 'DATABASE_URL'" would be hidden whole.
# Source: docs.sentry.io/security-legal-pii/scrubbing/server-side-scrubbing/
SENSITIVE_FIELDS: Final = (
    "card_number",
    "cardnumber",
    "csrfmiddleware",
    "cvv",
    "iban",
    "passphrase",
    "sessionid",
    "social_security",
)
RETENTION_DAYS: Final = 90


class State(StrEnum):
    GOOD = "good"
    WANTING = "wanting"
    CHOICE = "your choice"  # both sides have something for them
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Unread:
    """A part that could not be read, and why, in our words. `failed`: another token or another
    moment would have it; else the server lacks it."""

    reason: str
    failed: bool = False


@dataclass(frozen=True, kw_only=True)
class Wanted:
    sensitive_fields: tuple[str, ...] = SENSITIVE_FIELDS
    retention_days: int = RETENTION_DAYS
    scrub_ip_addresses: bool = False  # what is thrown away is gone, so only where it is asked for


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A project as its server tells it. `oldest_event` is the time of the oldest event that it
    still has, empty where there is none."""

    kind: ServerKind
    settings: ProjectSettings | Unread
    organization: Scrubbing | Unread
    filters: tuple[InboundFilter, ...] | Unread
    keys: tuple[ClientKey, ...] | Unread
    environments: tuple[str, ...] | Unread
    releases: tuple[SeenRelease, ...] | Unread
    source_files: int | Unread  # source maps or debug files, whichever the platform needs
    code_mappings: int | Unread
    ownership: Ownership | Unread
    oldest_event: str | Unread


@dataclass(frozen=True)
class Fix:
    """What mends a finding: settings to set, fields to add, filters to switch on."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    add_fields: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.settings or self.add_fields or self.filters)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`there` and `wanted` are our words; `names` are others' and leave only through safetext."""

    name: str
    state: State
    there: str
    wanted: str
    remedy: str = ""
    names: tuple[str, ...] = ()
    fix: Fix = Fix()


def unknown(name: str, unread: Unread, *, wanted: str, remedy: str = "") -> Finding:
    return Finding(
        name=name, state=State.UNKNOWN, there=unread.reason, wanted=wanted, remedy=remedy
    )


def plan_of(fix: Fix) -> str:
    """A short name of exactly these changes, by which they are asked for once they were seen."""
    whole = json.dumps([dict(fix.settings), fix.add_fields, fix.filters], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:8]


def all_fixes(findings: tuple[Finding, ...]) -> Fix:
    """The fixes of all findings as one."""
    fixes = [one.fix for one in findings]
    return Fix(
        settings={name: value for one in fixes for name, value in one.settings.items()},
        add_fields=tuple(name for one in fixes for name in one.add_fields),
        filters=tuple(name for one in fixes for name in one.filters),
    )


def moment(text: str) -> datetime | None:
    """A time with its zone; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
