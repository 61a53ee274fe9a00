"""Jira Cloud's REST API, version 3: one request, and what its answer means.

Sources: developer.atlassian.com, "Basic auth for REST APIs" (e-mail and API token), "Rate
limiting" (429 with Retry-After), "Status codes".
"""

import base64
import contextlib
from collections.abc import Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote

from pydantic_core import from_json

from modules.outbound.messages import Reply, Request, Sender
from modules.tracker.errors import NoSuchTicket, TrackerRefused

from .answers import read
from .words import away, limited, on_the_way_to

T = TypeVar("T")
ROOT: Final = "/rest/api/3"
LOGIN: Final = (
    "Set JIRA_EMAIL and JIRA_API_TOKEN to an account that may browse, create, edit and comment "
    "in JIRA_PROJECT (docs/trackers.md)."
)
FIELDS: Final = frozenset(
    {"assignee", "comment", "description", "issuetype", "labels", "priority", "project", "summary"}
)


class FieldsRefused(TrackerRefused):
    """Jira refuses the values of some fields, or demands others."""

    def __init__(self, what: str, fields: frozenset[str]) -> None:
        """`fields`: those of ours; the others are a project's own."""
        named = ", ".join(sorted(fields & FIELDS)) or "fields of the project's own"
        super().__init__(
            f"Jira refuses {what}: {named}.",
            recovery="Make them optional for JIRA_ISSUE_TYPE in JIRA_PROJECT, or choose a type of "
            "issue that has none.",
        )
        self.fields = fields


def headers_of(email: str, token: str) -> dict[str, str]:
    pair = base64.b64encode(f"{email}:{token}".encode()).decode()
    return {"authorization": f"Basic {pair}", "user-agent": "sentry-monitor"}


class JiraApi:
    """One Jira and one account, which the sender's headers hold."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def aclose(self) -> None:
        await self._sender.aclose()

    async def get(
        self, kind: type[T], *parts: str, query: Sequence[tuple[str, str]] = (), what: str
    ) -> T:
        """Raises NoSuchTicket where `what` is not there, TrackerAway, TrackerRefused."""
        told = await self._ask(Request("GET", _path(parts), tuple(query)), what)
        return read(kind, told, "Jira")

    async def change(self, method: str, *parts: str, body: Any, what: str) -> Any:
        """Sent once. After TrackerAway it may have been applied. Raises as `get` does."""
        return await self._ask(Request(method, _path(parts), (), body), what)

    async def _ask(self, request: Request, what: str) -> Any:
        with on_the_way_to("Jira", setting="JIRA_URL"):
            reply = await self._sender.send(request)
        told = _json(reply)
        if not 200 <= reply.status < 300:
            raise _refusal(reply, told, what)
        if told is None and reply.status != 204:
            raise away("Jira")
        return told


def _path(parts: Sequence[str]) -> str:
    return ROOT + "".join(f"/{quote(part, safe='')}" for part in parts)


def _json(reply: Reply) -> Any:
    with contextlib.suppress(ValueError):
        return from_json(reply.body)
    return None


def _refusal(reply: Reply, told: Any, what: str) -> Exception:
    """In our words: Jira's own may hold what strangers wrote."""
    pause = _seconds(reply.headers.get("retry-after"))
    if reply.status == 429:
        return limited("Jira", pause)
    if reply.status >= 500:
        return away("Jira", pause)
    if reply.status in (404, 410):
        return NoSuchTicket(f"Jira does not know {what}, or the account cannot see it.")
    if reply.status in (401, 403):
        return TrackerRefused(f"Jira does not let the account reach {what}.", recovery=LOGIN)
    return _rejected(reply, told, what)


def _rejected(reply: Reply, told: Any, what: str) -> TrackerRefused:
    fields = told.get("errors") if isinstance(told, dict) else None
    if isinstance(fields, dict) and fields:
        return FieldsRefused(what, frozenset(map(str, fields)))
    return TrackerRefused(f"Jira refuses {what} (HTTP {reply.status}).")


def _seconds(text: str | None) -> float | None:
    with contextlib.suppress(ValueError):
        return float(text) if text is not None else None
    return None
