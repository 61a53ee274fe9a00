"""GitHub's API without I/O: addresses, and what an answer means.

Sources: GitHub's REST documentation, "Troubleshooting the REST API" (statuses), "Rate limits for
the REST API" (primary and secondary limits), "Create a pull request" (422).
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

from pydantic_core import from_json

from .errors import (
    Archived,
    Away,
    BadAnswer,
    BadLogin,
    Forbidden,
    GitHubError,
    Limited,
    Missing,
    Rejected,
)

DEFAULT_API: Final = "https://api.github.com"
HEADERS: Final[Mapping[str, str]] = {
    "accept": "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
    "user-agent": "sentry-monitor",
}
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}/[A-Za-z0-9._-]{1,100}")
PAUSE_S: Final = 60.0  # where a secondary limit names no time: "wait for at least one minute"
LIMITED: Final = ("rate limit", "abuse detection")
_SENT: Final = frozenset(
    {"assignees", "base", "body", "color", "draft", "head", "labels", "name", "state", "title"}
)


@dataclass(frozen=True)
class Server:
    """One GitHub. REST is at `origin + rest`, GraphQL at `origin + graphql`, pages at `web`."""

    origin: str
    rest: str
    graphql: str
    web: str


def server_of(api_url: str) -> Server:
    """What an API address tells: `https://api.github.com`, or an Enterprise server's
    `https://HOST/api/v3`; one with data residency has `https://api.NAME.ghe.com`."""
    parts = urlsplit(api_url.rstrip("/"))
    origin = f"{parts.scheme}://{parts.netloc}"
    graphql = "/api/graphql" if parts.path.startswith("/api/") else "/graphql"
    host = parts.netloc.removeprefix("api.")
    return Server(origin, parts.path, graphql, f"{parts.scheme}://{host}")


def name_in(url: str, web: str) -> str | None:
    """`owner/name` of an address of a repository on that host; None where it is none."""
    rest = url.removeprefix(f"{web}/")
    name = rest.rstrip("/").removesuffix(".git")
    return name if rest != url and is_name(name) else None


def is_name(name: str) -> bool:
    return NAME.fullmatch(name) is not None and name.partition("/")[2] not in (".", "..")


def path(*parts: str | int) -> str:
    """A path of the API; each part is one segment, `owner/name` two."""
    return "".join(f"/{quote(str(part), safe='/' if is_name(str(part)) else '')}" for part in parts)


def wait_s(status: int, headers: Mapping[str, str], now: float) -> float | None:
    """How long a refusal asks to be left alone, in seconds; None where it names no time."""
    if status not in (403, 429, 503):
        return None
    if (after := _number(headers.get("retry-after"))) is not None:
        return max(0.0, after)
    reset = _number(headers.get("x-ratelimit-reset"))
    if headers.get("x-ratelimit-remaining") == "0" and reset is not None:
        return max(0.0, reset - now)
    return None


def interpret(
    status: int, headers: Mapping[str, str], body: bytes, *, what: str, now: float
) -> Any:
    """The JSON of an answer, None where it has no content. Raises GitHubError, in our words."""
    if status in (204, 205):
        return None
    if 200 <= status < 300:
        try:
            return from_json(body)
        except ValueError:
            raise BadAnswer(f"GitHub answered {what} with what is no JSON.") from None
    raise _refused(status, headers, body, what=what, now=now)


def _refused(
    status: int, headers: Mapping[str, str], body: bytes, *, what: str, now: float
) -> GitHubError:
    says = body[:4000].decode("utf-8", "replace").lower()
    if status in (409, 422):
        return _rejected(says, body)
    if status in (403, 429):
        return _limited(status, headers, says, now) or _forbidden(says, what)
    if status >= 500:
        return Away(f"GitHub failed (HTTP {status}), asked for {what}.")
    return _unknown(status, what)


def _forbidden(says: str, what: str) -> GitHubError:
    return Archived() if "archived" in says else Forbidden(f"The login may not access {what}.")


def _unknown(status: int, what: str) -> GitHubError:
    if status == 401:
        return BadLogin(f"GitHub does not accept the login, asked for {what}.")
    if status in (404, 410, 451):
        return Missing(f"GitHub does not know {what}, or the login cannot see it.")
    return BadAnswer(f"GitHub answered {what} with HTTP {status}.")


def _limited(status: int, headers: Mapping[str, str], says: str, now: float) -> Limited | None:
    """A 403 for the rate is told from one for rights by its headers, at last by its words."""
    pause = wait_s(status, headers, now)
    worded = any(words in says for words in LIMITED)
    if pause is None and not worded and status != 429:
        return None
    return Limited(retry_after_s=PAUSE_S if pause is None else pause)


def _rejected(says: str, body: bytes) -> Rejected:
    return Rejected(
        exists="already exists" in says,
        no_drafts="draft pull requests are not supported" in says,
        fields=_fields(body),
    )


def _fields(body: bytes) -> tuple[str, ...]:
    """Those of ours: whoever answers must not be able to put words of his own into an error."""
    try:
        data = from_json(body)
    except ValueError:
        return ()
    errors = data.get("errors") if isinstance(data, dict) else None
    rows = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    named = (str(one.get("field")) for one in rows)
    return tuple(dict.fromkeys(name for name in named if name in _SENT))


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None
