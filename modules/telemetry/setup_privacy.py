"""Whether a project removes what it must not keep: scrubbing, sensitive fields, IP addresses."""

from collections.abc import Iterable
from typing import Final

from modules.sentry.setup_models import Scrubbing

from .setup_findings import Finding, Fix, Seen, State, Unread, Wanted, unknown

PAGE: Final = "Project Settings > Security & Privacy"
NOT_TOLD: Final = Unread("the server does not tell")


def privacy(seen: Seen, wanted: Wanted) -> tuple[Finding, ...]:
    """An organization that forces a setting has it on for all its projects."""
    if isinstance(seen.settings, Unread):
        names = ("data-scrubbing", "scrubbing-defaults", "ip-addresses", "sensitive-fields")
        return tuple(unknown(one, seen.settings, wanted="scrubbing is on") for one in names)
    own = seen.settings.scrubbing
    forced = seen.organization if isinstance(seen.organization, Scrubbing) else Scrubbing()
    return (
        _switch(
            "data-scrubbing",
            "dataScrubber",
            own.on,
            forced=forced.on,
            wanted="Sentry removes secrets before it stores an event",
            label="Data Scrubber",
        ),
        _switch(
            "scrubbing-defaults",
            "dataScrubberDefaults",
            own.defaults,
            forced=forced.defaults,
            wanted="the names that Sentry knows itself are scrubbed",
            label="Use Default Scrubbers",
        ),
        _switch(
            "ip-addresses",
            "scrubIPAddresses",
            own.ip_addresses,
            forced=forced.ip_addresses,
            wanted="no IP address is stored; users are then told apart by their id alone",
            label="Prevent Storing of IP Addresses",
        ),
        _fields(own, forced, wanted),
    )


def _switch(
    name: str, setting: str, on: bool | None, *, forced: bool | None, wanted: str, label: str
) -> Finding:
    if forced:
        return Finding(name=name, state=State.GOOD, there="on, by the organization", wanted=wanted)
    if on is None:
        return unknown(name, NOT_TOLD, wanted=wanted, remedy=f"Look at {PAGE}: {label}.")
    if on:
        return Finding(name=name, state=State.GOOD, there="on", wanted=wanted)
    return Finding(
        name=name,
        state=State.WANTING,
        there="off",
        wanted=wanted,
        remedy=f"Switch on {label} in {PAGE}.",
        fix=Fix(settings={setting: True}),
    )


def _fields(own: Scrubbing, forced: Scrubbing, wanted: Wanted) -> Finding:
    name, what = "sensitive-fields", "fields with secrets in them are scrubbed by name"
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
