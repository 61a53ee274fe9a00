"""Sentry's API without I/O: paths, cursors, and what an answer means."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote

from pydantic_core import from_json

from .errors import (
    BadAnswer,
    Conflict,
    Forbidden,
    NotFound,
    OrganizationToken,
    QuotaExceeded,
    RateLimited,
    Rejected,
    Retired,
    SentryError,
    Unauthorized,
    Unsupported,
    UpstreamFailure,
)
from .reading import Json, objects

API: Final = "/api/0"
_LINK: Final = re.compile(r'<([^<>]*)>((?:;\s*\w+="[^"]*")+)')
_MOST_HITS: Final = 2**53
_ATTRIBUTE: Final = re.compile(r'(\w+)="([^"]*)"')
# The parameters and keys of our requests.
_SENT: Final = frozenset(
    (
        "active", "category", "cursor", "data", "dataScrubber", "dataScrubberDefaults", "dataset",
        "end", "environment", "field", "groupBy",
        "ignoreCount", "ignoreDuration", "inCommit", "inNextRelease", "inRelease", "interval",
        "limit", "per_page", "project", "query", "resolution", "scrubIPAddresses",
        "sensitiveFields", "since", "sort", "start", "stat",
        "statsPeriod", "status", "statusDetails", "substatus", "text", "until",
        # of alert rules
        "actionFilters", "actionMatch", "actions", "aggregate", "conditionGroup", "conditions",
        "config", "dataSources", "detectorIds", "eventTypes", "filterMatch", "filters", "frequency",
        "name", "owner", "projects", "thresholdType", "timeWindow", "triggers", "type",
        "workflowIds",
    )
)  # fmt: skip
ITSELF: Final = "the token"  # what is asked about where nothing else is
_ORG_KIND_CANNOT: Final = (
    "Organization tokens (sntrys_…) cannot read issues: set SENTRY_AUTH_TOKEN to a personal or "
    "internal-integration token with the scope {need}."
)


@dataclass(frozen=True)
class Asked:
    """What a request was for, to explain a refusal.

    `what` names the thing ("issue SHOP-1A"), `need` the scopes of which any one is enough.
    """

    what: str
    need: str = "event:read"
    org_token: bool = False
    write: bool = False


@dataclass(frozen=True)
class Payload:
    """A JSON answer with what its headers say about the list it belongs to."""

    data: Any
    next_cursor: str | None = None
    hits: int | None = None
    what: str = "the request"

    def rows(self) -> list[Json]:
        """The objects of a list; whatever else is between them is left out.

        Raises BadAnswer: what is no list must not look like an empty one.
        """
        found = objects(self.data)
        if not isinstance(self.data, list) or (self.data and not found):
            raise BadAnswer(f"The answer for {self.what} is no list of objects.")
        return found

    def fields(self) -> Json:
        """An object. Raises BadAnswer where it is none."""
        if not isinstance(self.data, dict):
            raise BadAnswer(f"The answer for {self.what} is no object.")
        return self.data

    def cursor_after(self, cursor: str | None) -> str | None:
        """The next cursor, None if it leads back to this page: GlitchTip's may do so for ever."""
        return None if self.next_cursor == cursor else self.next_cursor


def path(*segments: str) -> str:
    """`/api/0/a/b/`: each segment quoted, the slash at the end, without which Sentry answers 404."""
    return f"{API}/{'/'.join(quote(one, safe='') for one in segments)}{'/' if segments else ''}"


def next_cursor(link: str | None) -> str | None:
    """The cursor of the next page in a `Link` header, None on the last page.

    Only the cursor is taken, never the URL: it may name another host. GlitchTip prints a Python
    set around the value and leaves out `cursor` where there is no page.
    """
    for _, attributes in _LINK.findall(link or ""):
        found = dict(_ATTRIBUTE.findall(attributes))
        if found.get("rel") == "next" and found.get("results") == "true":
            return found.get("cursor") or None
    return None


def wait_hint(status: int, headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the server wants to be left alone, None if it says nothing. `now`: epoch.

    Sentry's own 429 has no Retry-After but the end of its window (docs/api/ratelimits); an answer
    whose window is used up gives the same hint.
    """
    refused = status in (429, 503)
    after = headers.get("retry-after") if refused else None
    seconds = _number(after) if _number(after) is not None else _until(after, now)
    if seconds is not None:
        return max(0.0, seconds)
    if not refused and headers.get("x-sentry-rate-limit-remaining") != "0":
        return None
    reset = _number(headers.get("x-sentry-rate-limit-reset"))
    if reset is None:
        return None
    return min(max(reset - now, 1.0 if refused else 0.0), 60.0)


def interpret(
    status: int, headers: Mapping[str, str], body: bytes, asked: Asked, *, hint: float | None = None
) -> Payload:
    """The JSON of a good answer.

    Raises SentryError: the class says what the status means; no word of the body is repeated.
    """
    if 200 <= status < 300:
        return _good(headers, body, asked)
    raise _refusal(status, headers, body, asked, hint)


def _good(headers: Mapping[str, str], body: bytes, asked: Asked) -> Payload:
    if not body.strip():
        if not asked.write:
            raise BadAnswer(f"The answer for {asked.what} is empty.")
        return Payload(data=None)
    if "json" not in headers.get("content-type", "json").lower():
        if asked.write:
            raise BadAnswer(f"The server answered a change of {asked.what} with a web page.")
        raise Unsupported(
            f"The server has no API for {asked.what}: it answers with a web page.",
            details={"http_status": 200},
        )
    hits = _number(headers.get("x-hits"))
    total = int(hits) if hits is not None and 0 <= hits < _MOST_HITS else None
    return Payload(_parsed(body, asked), next_cursor(headers.get("link")), total, asked.what)


def _parsed(body: bytes, asked: Asked) -> Any:
    """The fast parser refuses lone surrogates and broken UTF-8, which an event may hold: one of
    them must not hide a whole list."""
    try:
        return from_json(body)
    except ValueError:
        pass
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise BadAnswer(f"The answer for {asked.what} is not valid JSON.") from None


def _refusal(
    status: int, headers: Mapping[str, str], body: bytes, asked: Asked, hint: float | None
) -> SentryError:
    says = _words(body) if _is_json(body) else ""
    if status == 429:
        return RateLimited(f"Sentry refused {asked.what} for its rate.", retry_after_s=hint or 1.0)
    if status in (401, 403):
        return _denied(status, headers, says, asked)
    if status in (404, 405, 501):
        return _missing(status, headers, says, asked)
    return _other(status, body, asked, hint)


def _other(status: int, body: bytes, asked: Asked, hint: float | None) -> SentryError:
    if asked.write and status in (408, 499):  # a proxy gave up, and may have passed it on
        return UpstreamFailure(
            f"The answer for {asked.what} was not waited for (HTTP {status}).",
            details={"http_status": status},
        )
    if status in _PLAIN:
        return _PLAIN[status](f"{_HAPPENED[status]} {asked.what} (HTTP {status}).")
    if 400 <= status < 500:
        return _rejected(status, body, asked)
    return UpstreamFailure(
        f"Sentry failed on {asked.what} (HTTP {status}).",
        retry_after_s=hint,
        details={"http_status": status},
    )


_PLAIN: Final[Mapping[int, type[SentryError]]] = {
    402: QuotaExceeded,
    409: Conflict,
    410: Retired,
}
_HAPPENED: Final = {
    402: "The quota is used up for",
    409: "A conflict was found in",
    410: "The server has retired the endpoint for",
}


def _denied(status: int, headers: Mapping[str, str], says: str, asked: Asked) -> SentryError:
    """401 or 403. Old servers answer a bad token with 403; GlitchTip a write without one, too."""
    html = "html" in headers.get("content-type", "") and not says
    if html and status == 403 and asked.write:
        return Unsupported(f"The server has no API to change {asked.what}.")
    token_words = ("token", "credential", "csrf")
    if status == 401 or any(word in says for word in token_words):
        refused = OrganizationToken if asked.org_token else Unauthorized
        about = "" if asked.what == ITSELF else f", asked for {asked.what}"
        return refused(f"Sentry does not accept the token{about}.")
    if asked.org_token:
        recovery = _ORG_KIND_CANNOT.format(need=asked.need)
    else:
        recovery = (
            f"Give SENTRY_AUTH_TOKEN one of the scopes {asked.need}, and its user access to the "
            "project; check-connection shows which scopes the token has."
        )
    return Forbidden(
        f"The token may not access {asked.what}.", recovery=recovery, details={"need": asked.need}
    )


def _missing(status: int, headers: Mapping[str, str], says: str, asked: Asked) -> SentryError:
    route = status != 404 or "route not found" in says or "html" in headers.get("content-type", "")
    if route:
        return Unsupported(f"The server has no API for {asked.what}.")
    if re.match(r"(the|a|an|counts) ", asked.what):
        return NotFound(f"Sentry does not find {asked.what}, or the token cannot see it.")
    found_no = "Sentry cannot find" if asked.what.startswith("the ") else "There is no"
    return NotFound(f"{found_no} {asked.what}, or the token cannot see it.")


def _rejected(status: int, body: bytes, asked: Asked) -> Rejected:
    fields = rejected_fields(body)
    named = f" Fields: {', '.join(fields)}." if fields else ""
    return Rejected(
        f"Sentry refuses the values given for {asked.what} (HTTP {status}).{named}",
        recovery="Correct the named values; the operation's description lists what is allowed.",
        details={"fields": fields} if fields else None,
    )


def rejected_fields(body: bytes) -> list[str]:
    """The names of the fields that a 400 or 422 complains about, as far as we can have sent them:
    whoever answers must not be able to put words of his own into an error."""
    if not _is_json(body):
        return []
    data = json.loads(body)
    detail = data.get("detail") if isinstance(data, dict) else None
    if isinstance(detail, list):  # GlitchTip: [{"loc": ["body", "payload", "status"], …}]
        places = [one["loc"] for one in detail if isinstance(one, dict) and one.get("loc")]
        names = [str(one[-1]) for one in places if isinstance(one, list)]
    else:
        names = list(data) if isinstance(data, dict) and detail is None else []
    return [name for name in names if name in _SENT][:10]


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _words(body: bytes) -> str:
    return body[:2000].decode("utf-8", "replace").lower()


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _until(date: str | None, now: float) -> float | None:
    """Seconds until an HTTP date, None if it is none (RFC 9110, section 10.2.3)."""
    try:
        return parsedate_to_datetime(date or "").timestamp() - now
    except (ValueError, OverflowError):
        return None
