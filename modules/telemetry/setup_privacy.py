"""Whether a project removes what it must not keep: scrubbing, sensitive fields, IP addresses."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from modules.sentry.setup_models import Scrubbing

from .setup_findings import Finding, Fix, Seen, State, Unread, Wanted, unknown

PAGE: Final = "Project Settings > Security & Privacy"
NOT_TOLD: Final = Unread("the server does not tell")
FIELDS: Final = "sensitive-fields"
FIELDS_WANTED: Final = "fields with secrets in them are scrubbed by name"
ADDRESSES_DECIDED: Final = (
    "as you decide: stored they are personal data, and users without an id are counted by them; not "
    "stored nobody can lose them, and affected users of applications without ids are wrong"
)


@dataclass(frozen=True, kw_only=True)
class Switch:
    """A setting of a project, and what its being off and on come to, in words about `name`: that
    of IP addresses is one that prevents, so where it is off they are stored."""

    name: str
    setting: str
    held: Callable[[Scrubbing], bool | None]
    wanted: str
    label: str  # on Sentry's page
    loses: str = ""  # what switching it off again does not bring back
    off: str = "off"
    on: str = "on"


ADDRESSES: Final = Switch(
    name="ip-addresses",
    setting="scrubIPAddresses",
    held=lambda scrubbing: scrubbing.ip_addresses,
    wanted="not stored; users are then told apart by their id alone",
    label="Prevent Storing of IP Addresses",
    off="stored",
    on="not stored",
    loses="events of the time between have none",
)
SWITCHES: Final = (
    Switch(
        name="data-scrubbing",
        setting="dataScrubber",
        held=lambda scrubbing: scrubbing.on,
        wanted="Sentry removes secrets before it stores an event",
        label="Data Scrubber",
    ),
    Switch(
        name="scrubbing-defaults",
        setting="dataScrubberDefaults",
        held=lambda scrubbing: scrubbing.defaults,
        wanted="the names that Sentry knows itself are scrubbed",
        label="Use Default Scrubbers",
    ),
    ADDRESSES,
)
SWITCH_OF: Final[Mapping[str, Switch]] = {one.setting: one for one in SWITCHES}


def privacy(seen: Seen, wanted: Wanted) -> tuple[Finding, ...]:
    """An organization that forces a setting has it on for all its projects."""
    if isinstance(seen.settings, Unread):
        unread = seen.settings
        return (
            *(unknown(one.name, unread, wanted=one.wanted) for one in SWITCHES),
            unknown(FIELDS, unread, wanted=FIELDS_WANTED),
        )
    own = seen.settings.scrubbing
    forced = seen.organization if isinstance(seen.organization, Scrubbing) else Scrubbing()
    switches = [_switch(one, own, forced) for one in SWITCHES]
    if not wanted.scrub_ip_addresses:
        switches = [_undecided(one) if one.name == ADDRESSES.name else one for one in switches]
    return (*switches, _fields(own, forced, wanted))


def _switch(one: Switch, own: Scrubbing, forced: Scrubbing) -> Finding:
    name, wanted, on = one.name, one.wanted, one.held(own)
    if one.held(forced):
        there = f"{one.on}, by the organization"
        return Finding(name=name, state=State.GOOD, there=there, wanted=wanted)
    if on is None:
        return unknown(name, NOT_TOLD, wanted=wanted, remedy=f"Look at {PAGE}: {one.label}.")
    if on:
        return Finding(name=name, state=State.GOOD, there=one.on, wanted=wanted)
    return Finding(
        name=name,
        state=State.WANTING,
        there=one.off,
        wanted=wanted,
        remedy=f"Switch on {one.label} in {PAGE}.",
        fix=Fix(settings={one.setting: True}),
    )


def _undecided(one: Finding) -> Finding:
    """Either is right somewhere, so neither is wanting, and nothing is changed unasked."""
    if one.state is State.UNKNOWN:
        return replace(one, wanted=ADDRESSES_DECIDED)
    remedy = ""
    if one.state is State.WANTING:
        remedy = "scrub_ip_addresses=true makes it part of the plan to store none from then on."
    return replace(one, state=State.CHOICE, wanted=ADDRESSES_DECIDED, remedy=remedy, fix=Fix())


def _fields(own: Scrubbing, forced: Scrubbing, wanted: Wanted) -> Finding:
    name, what = FIELDS, FIELDS_WANTED
    if own.sensitive_fields is None:
        return unknown(name, NOT_TOLD, wanted=what, remedy=f"Look at {PAGE}.")
    there = (*own.sensitive_fields, *(forced.sensitive_fields or ()))
    lacking = missing_fields(there, wanted.sensitive_fields)
    told = f"in the list: {len(there)}"
    if not lacking:
        return Finding(name=name, state=State.GOOD, there=told, wanted=what, names=there)
    return Finding(
        name=name,
        state=State.WANTING,
        there=f"{told}; lacking: {len(lacking)}",
        wanted=what,
        remedy=f"Add to Additional Sensitive Fields in {PAGE}: {', '.join(lacking)}.",
        names=there,
        fix=Fix(add_fields=lacking),
    )


def missing_fields(there: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """The wanted ones that are not in the list, whatever their case."""
    known = {one.strip().lower() for one in there}
    ordered = dict.fromkeys(one.strip().lower() for one in wanted if one.strip())
    return tuple(one for one in ordered if one not in known)
