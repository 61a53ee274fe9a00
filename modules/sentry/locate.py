"""What people paste to name an issue: a numeric id, a short id, or a URL in any of its forms."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from .errors import ForeignHost, NotAnEvent, NotAReference

_NUMERIC: Final = re.compile(r"[0-9]{1,20}")  # \d takes every script's digits
_SHORT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}-[0-9A-Za-z]{1,13}")
_SLUG: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_EVENT: Final = re.compile(r"[0-9a-fA-F]{32}")
_DASHED: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
ALIASES: Final = ("latest", "oldest", "recommended")
NOT_ORGANIZATIONS: Final = frozenset({"www", "us", "us2", "de", "eu", "control"})


@dataclass(frozen=True)
class IssueRef:
    """An issue as the API takes it: a numeric or short id, and what a URL said besides.

    `shared`: `id` is the hex key of a share link, which names an issue once Sentry resolves it.
    `likely_org`: a word of the URL that is an organization or, on GlitchTip, a project.
    """

    id: str
    org: str | None = None
    event_id: str | None = None
    shared: bool = False
    likely_org: str | None = None

    @property
    def numeric(self) -> bool:
        return self.id.isdigit()


def locate_issue(reference: str, *, base_url: str) -> IssueRef:
    """The issue that `reference` names on the server at `base_url`.

    Raises NotAReference; ForeignHost for a URL of another server.
    """
    given = reference.strip()
    if "://" in given:
        return _from_url(given, base_url)
    if _NUMERIC.fullmatch(given):
        return IssueRef(id=given)
    if _SHORT.fullmatch(given) and not _DASHED.fullmatch(given):
        return IssueRef(id=given.upper())
    raise NotAReference


def locate_event(reference: str) -> str:
    """An event id in hex without dashes, or one of ALIASES.

    Raises NotAnEvent.
    """
    given = reference.strip().lower()
    if given in ALIASES:
        return given
    if _EVENT.fullmatch(given) or _DASHED.fullmatch(given):
        return given.replace("-", "")
    raise NotAnEvent(
        recovery=f"Give the 32 hex digits of an event id, or one of: {', '.join(ALIASES)}."
    )


def is_slug(text: str) -> bool:
    """Whether it has the form of an organization's or a project's slug."""
    return _SLUG.fullmatch(text) is not None


def same_server(host: str, base_url: str) -> bool:
    """Whether a web host belongs to the server at `base_url`: itself, or below sentry.io as it is."""
    own = urlsplit(base_url).hostname or ""
    return host == own or (of_saas(own) and of_saas(host))


def of_saas(host: str) -> bool:
    """Whether a host is sentry.io's own."""
    return host == "sentry.io" or host.endswith(".sentry.io")


def _from_url(url: str, base_url: str) -> IssueRef:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise NotAReference from None
    own = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or parts.username is not None:
        raise NotAReference
    if not same_server(host, base_url) or (host == own.hostname and port != own.port):
        raise ForeignHost(details={"expected_host": own.hostname})
    path, org = parts.path.removeprefix(own.path.rstrip("/")), _org_of_host(host)
    path = path.removeprefix("/api/0")  # webhooks name issues by their API address
    feedback = parse_qs(parts.query).get("feedbackSlug", [""])[0].rpartition(":")[2]
    if _NUMERIC.fullmatch(feedback):
        path = f"{path.partition('/feedback')[0]}/issues/{feedback}/"
    return _from_path(path, org=org, saas=of_saas(host))


def _org_of_host(host: str) -> str | None:
    label, _, rest = host.partition(".")
    return label if rest == "sentry.io" and label not in NOT_ORGANIZATIONS else None


def _from_path(path: str, *, org: str | None, saas: bool) -> IssueRef:
    segments = [unquote(one) for one in path.split("/") if one]
    if len(segments) > 2 and segments[-3:-1] == ["share", "issue"]:
        return _from_share(segments[-1], org=org)
    if "issues" not in segments:
        raise NotAReference
    at = segments.index("issues")
    before, after = segments[:at], segments[at + 1 :]
    unsure = len(before) == 1 and not saas  # GlitchTip's links name the organization or the project
    if before[:1] == ["organizations"]:
        before = before[1:]
    named = before[0] if before and is_slug(before[0]) else None
    org = org if unsure else named or org
    likely = named if unsure else None
    if not after or not (_NUMERIC.fullmatch(after[0]) or _SHORT.fullmatch(after[0])):
        raise NotAReference
    event = after[2] if len(after) > 2 and after[1] == "events" else None
    return IssueRef(
        id=after[0].upper(),
        org=org,
        event_id=locate_event(event) if event else None,
        likely_org=likely,
    )


def _from_share(key: str, *, org: str | None) -> IssueRef:
    if not _EVENT.fullmatch(key):
        raise NotAReference
    return IssueRef(id=key.lower(), org=org, shared=True)
