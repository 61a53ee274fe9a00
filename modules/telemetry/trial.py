"""Whether what is reported arrives: what was sent, what was found, and what is wrong. No I/O."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError

from .dsn import Dsn

MARKER: Final = "telemetry.trial"  # the tag by which a trial is found again
KEYS: Final = "Settings, Projects, the project, Client Keys (DSN)"
# What the SDK says of what it could not deliver -> what that means, and what to do.
LOSSES: Final = {
    "status_401": (
        "the server does not know the key of SENTRY_DSN",
        f"Copy the DSN again from Sentry ({KEYS}).",
    ),
    "status_403": (
        "the key of SENTRY_DSN is disabled, or is of another project",
        f"Enable the key, or copy the DSN again ({KEYS}).",
    ),
    "status_404": (
        "the server has no project of the number in SENTRY_DSN",
        f"Copy the DSN again from Sentry ({KEYS}).",
    ),
    "status_413": (
        "the server, or something on the way to it, refuses bodies of this size",
        "Raise the size of bodies that the proxy before Sentry takes. If it takes more than this "
        "(a trial has some kilobytes), Sentry's own limit for events is lower (self-hosted: Relay's "
        "limits.max_event_size).",
    ),
    "status_429": (
        "the key or the project is rate limited",
        f"Raise the rate limit of the key ({KEYS}) or the quota, and try again later.",
    ),
}
# The same of the network; what is named is the host of SENTRY_DSN.
UNREACHED: Final = {
    "network": (
        "{host} cannot be reached from here",
        "Check the host in SENTRY_DSN, proxies and firewalls (HTTPS_PROXY).",
    ),
    "network_refused": (
        "{host} refuses connections",
        "Nothing listens there: check host and port in SENTRY_DSN, and whether Sentry runs.",
    ),
    "network_unresolved": (
        "the name {host} cannot be resolved",
        "Check the host in SENTRY_DSN, and the name server of this machine or container.",
    ),
    "network_timeout": (
        "{host} does not answer in time",
        "Check firewalls and proxies (HTTPS_PROXY), or give it more time (--wait).",
    ),
    "network_certificate": (
        "no secure connection to {host} can be made",
        "Check its certificate (SSL_CERT_FILE for one of your own), and https or http in SENTRY_DSN.",
    ),
    "network_proxy": (
        "the proxy before {host} does not let through",
        "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.",
    ),
}


class NoDsn(ModuleError):
    """SENTRY_DSN is not set, so nothing is reported."""

    code = "no_dsn"
    category = Category.CONFIGURATION
    recovery = f"Set SENTRY_DSN to the DSN of the project ({KEYS})."


class OtherProject(ModuleError):
    """SENTRY_DSN is of another project."""

    code = "dsn_of_another_project"
    category = Category.CONFIGURATION


class NotDelivered(ModuleError):
    """What the SDK sent was refused or got lost on the way."""

    code = "telemetry_not_delivered"
    category = Category.CONFIGURATION
    retryable = True


class NotReached(ModuleError):
    """The host of SENTRY_DSN cannot be reached."""

    code = "telemetry_host_not_reached"
    category = Category.NETWORK
    retryable = True


class NotArrived(ModuleError):
    """What was sent was taken and cannot be found."""

    code = "telemetry_not_arrived"
    category = Category.UPSTREAM
    retryable = True


@dataclass(frozen=True)
class Sent:
    """`events`: what was sent, by its name, with the id that the SDK gave it. `losses`: what the
    transport said of what it could not deliver (the keys of LOSSES and UNREACHED, and others)."""

    events: tuple[tuple[str, str], ...]
    losses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Telemetry:
    """What an operation needs: where is reported to, and a way to send a trial by the SDK.

    `send` takes the marker, the environment and the seconds that it may take.
    """

    dsn: Dsn
    environment: str
    send: Callable[[str, str, float], Awaitable[Sent]]


def check_key(dsn: Dsn, known: Sequence[tuple[Dsn, bool]], *, project: str, number: str) -> None:
    """Raises OtherProject, NotDelivered. `known`: the keys of the project, and which are enabled."""
    if number and dsn.project_id != number:
        raise OtherProject(
            f"SENTRY_DSN sends to the project with number {dsn.project_id}; {project!r} has number "
            f"{number}.",
            recovery=f"Copy the DSN of {project!r} ({KEYS}), or name the project that is meant: "
            "project_slug, or SENTRY_PROJECT.",
        )
    own = [enabled for key, enabled in known if key.public_key == dsn.public_key]
    if known and not own:
        one = "not the key" if len(known) == 1 else f"none of the {len(known)} keys"
        raise OtherProject(
            f"The key in SENTRY_DSN is {one} of project {project!r}.",
            recovery=f"Copy the DSN of {project!r} ({KEYS}): the key may have been removed, or is "
            "of another server.",
        )
    if own and not any(own):
        what, remedy = LOSSES["status_403"]
        raise NotDelivered(f"Nothing would arrive: {what}.", recovery=remedy)


def check_delivered(sent: Sent, *, host: str) -> None:
    """Raises NotDelivered, NotReached."""
    if not sent.losses:
        return
    reason = sent.losses[0]
    if reason in UNREACHED:
        what, remedy = UNREACHED[reason]
        raise NotReached(f"Nothing arrives: {what.format(host=host)}.", recovery=remedy)
    what, remedy = LOSSES.get(
        reason,
        (
            f"the SDK lost it ({reason})",
            "Set SENTRY_DEBUG=true and look at what the SDK says on stderr.",
        ),
    )
    raise NotDelivered(f"Nothing arrives: {what}.", recovery=remedy)


def why_missing(
    missing: Sequence[str], *, waited_s: float, filtered: int, dropped: int, elsewhere: str = ""
) -> NotArrived:
    """`filtered`, `dropped`: what the server left out of this project in this hour. `elsewhere`:
    where it was sent to and where it is looked for, if these differ."""
    what = f"The {' and the '.join(missing)} did not arrive within {_seconds(waited_s)}"
    also = f" Besides, {elsewhere}." if elsewhere else ""
    if filtered:
        return NotArrived(
            f"{what}; the server took them, and its inbound filters left out {filtered} events of "
            f"this project in this hour.{also}",
            recovery="Look at Settings, Projects, the project, Inbound Filters (by release, by "
            "error message, localhost).",
        )
    if dropped:
        return NotArrived(
            f"{what}; {dropped} events of this project were dropped in this hour, by a rate limit "
            f"or a quota.{also}",
            recovery=f"Look at the rate limit of the key ({KEYS}) and at the quota.",
        )
    if elsewhere:
        return NotArrived(
            f"{what}, though they were taken; {elsewhere}.",
            recovery="Check that both are the same Sentry, else copy the DSN of a project of "
            f"SENTRY_URL ({KEYS}).",
        )
    return NotArrived(
        f"{what}, though the server took them.",
        recovery="Try again with a longer wait_seconds: a busy server takes minutes. Spike "
        "protection and sampling of the server leave events out, too.",
    )


def _seconds(waited_s: float) -> str:
    return f"{waited_s:.0f} second{'' if round(waited_s) == 1 else 's'}"


def ignoring(issues: Sequence[str], tag: str) -> tuple[str, ...]:
    """What to call so that the issues of a trial tell nobody: resolved, they would be a regression
    with the next one."""
    if not all(issues):
        return (
            f"ignore the issues of the test: sentry-monitor call get-recent-issues query={tag}",
        )
    return tuple(
        f"ignore what the test made: sentry-monitor call ignore-issue issue_id={issue} until=forever"
        for issue in sorted(set(issues), key=int)
    )
