"""How a project is set up, read from Sentry's answers; what a server does not tell is None.

Names of environments, releases, fields, keys and rules were written by people, or by whoever has
the DSN: they leave only through safetext. Secrets of keys are never read.
"""

from dataclasses import dataclass
from typing import Any

from .models import release_version
from .reading import Json, child, flag, get, number, text


@dataclass(frozen=True, kw_only=True)
class Scrubbing:
    """What is removed before an event is stored, as a project or its organization has it."""

    on: bool | None = None
    defaults: bool | None = None  # the fields that Sentry knows itself
    ip_addresses: bool | None = None
    sensitive_fields: tuple[str, ...] | None = None  # all of them: what is written is a whole list


@dataclass(frozen=True, kw_only=True)
class ProjectSettings:
    platform: str = ""
    created: str = ""
    first_event: str = ""
    scrubbing: Scrubbing = Scrubbing()


@dataclass(frozen=True)
class InboundFilter:
    """`id` is Sentry's word; of legacy browsers some may be chosen."""

    id: str
    active: bool


@dataclass(frozen=True)
class ClientKey:
    """A DSN's key without its secrets; `limit` is events by seconds, None where there is none."""

    label: str
    active: bool
    limit: tuple[int, int] | None
    dsn: str = ""  # the public one


@dataclass(frozen=True)
class SeenRelease:
    version: str
    created: str
    commits: int | None


@dataclass(frozen=True)
class Ownership:
    """`rules` counts the lines that say who owns what."""

    rules: int
    auto_assignment: str


def read_scrubbing(data: Json) -> Scrubbing:
    """Of a project or an organization, whose settings have the same names."""
    return Scrubbing(
        on=flag(data, "dataScrubber"),
        defaults=flag(data, "dataScrubberDefaults"),
        ip_addresses=flag(data, "scrubIPAddresses"),
        sensitive_fields=_words(get(data, "sensitiveFields")),
    )


def read_settings(data: Json) -> ProjectSettings:
    return ProjectSettings(
        platform=text(data, "platform"),
        created=text(data, "dateCreated"),
        first_event=text(data, "firstEvent"),
        scrubbing=read_scrubbing(data),
    )


def read_filter(data: Json) -> InboundFilter:
    """`active` is a list of browsers where some may be chosen."""
    active = get(data, "active")
    return InboundFilter(
        text(data, "id"), active is True or (isinstance(active, list) and any(active))
    )


def read_key(data: Json) -> ClientKey:
    limit = child(data, "rateLimit")
    window, count = number(limit, "window"), number(limit, "count")
    active = flag(data, "isActive") is not False  # GlitchTip's keys do not say
    return ClientKey(
        label=text(data, "label") or text(data, "name"),
        active=active,
        limit=(count, window) if window else None,
        dsn=text(child(data, "dsn"), "public"),
    )


def read_release(data: Json) -> SeenRelease:
    counted = get(data, "commitCount")
    return SeenRelease(
        version=release_version(data),
        created=text(data, "dateReleased") or text(data, "dateCreated"),
        commits=number(data, "commitCount") if counted is not None else None,
    )


def read_ownership(data: Json) -> Ownership:
    """Lines that are empty or a comment own nothing."""
    lines = (one.strip() for one in text(data, "raw").splitlines())
    rules = sum(1 for one in lines if one and not one.startswith("#"))
    return Ownership(rules, text(data, "autoAssignment"))


def environment_names(rows: list[Json]) -> tuple[str, ...]:
    """The visible ones that have a name: "" is Sentry's word for none."""
    return tuple(
        name for one in rows if (name := text(one, "name")) and flag(one, "isHidden") is not True
    )


def _words(values: Any) -> tuple[str, ...] | None:
    """None for a list that could not be written back as it is."""
    fine = isinstance(values, list) and all(isinstance(one, str) for one in values)
    return tuple(values) if fine else None
