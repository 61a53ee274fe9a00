"""Linear's GraphQL API: one request, and what its answer means.

Sources: linear.app/developers, "Getting started" (a personal key is the whole header), "Rate
limiting" (an answer with the code RATELIMITED; `x-ratelimit-requests-reset` in milliseconds).
"""

import contextlib
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from pydantic_core import from_json

from modules.outbound.clock import now
from modules.outbound.messages import Reply, Request, Sender
from modules.tracker.errors import NoSuchTicket, TrackerRefused

from .answers import read
from .words import away, limited, on_the_way_to

T = TypeVar("T")
ORIGIN: Final = "https://api.linear.app"
LOGIN: Final = (
    "Set LINEAR_API_KEY to a key that may read and write the issues of LINEAR_TEAM "
    "(docs/trackers.md)."
)


def headers_of(api_key: str) -> dict[str, str]:
    return {"authorization": api_key, "user-agent": "sentry-monitor"}


class LinearApi:
    """One Linear and one key, which the sender's headers hold."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def aclose(self) -> None:
        await self._sender.aclose()

    async def ask(
        self, kind: type[T], document: str, variables: Mapping[str, Any], *, what: str
    ) -> T:
        """`data` of the answer. A query is sent as a write as well, and never repeated.

        Raises NoSuchTicket where `what` is not there, TrackerAway, TrackerRefused.
        """
        body = {"query": document, "variables": dict(variables)}
        with on_the_way_to("Linear", setting="LINEAR_API_KEY"):
            reply = await self._sender.send(Request("POST", "/graphql", body=body))
        told = _json(reply)
        errors = told.get("errors")
        if errors or reply.status != 200:
            raise _refusal(reply, errors if isinstance(errors, list) else [], what)
        return read(kind, told.get("data"), "Linear")


def _json(reply: Reply) -> dict[str, Any]:
    told = None
    with contextlib.suppress(ValueError):
        told = from_json(reply.body)
    return told if isinstance(told, dict) else {}


def _refusal(reply: Reply, errors: list[Any], what: str) -> Exception:
    """In our words: Linear's own may hold what strangers wrote."""
    found = [one for one in errors if isinstance(one, dict)]
    kinds = " ".join(map(_kind, found)).lower()
    if reply.status == 429 or "ratelimited" in kinds:
        return limited("Linear", _wait_s(reply))
    if reply.status in (401, 403) or "authentication" in kinds or "forbidden" in kinds:
        return TrackerRefused(f"Linear does not let the key reach {what}.", recovery=LOGIN)
    if reply.status >= 500 or not found:
        return away("Linear")
    says = " ".join(str(one.get("message", "")) for one in found).lower()
    if "not found" in says or "could not find" in says:
        return NoSuchTicket(f"Linear does not know {what}.")
    return TrackerRefused(f"Linear refuses {what}.")


def _kind(error: dict[str, Any]) -> str:
    extensions = error.get("extensions")
    if not isinstance(extensions, dict):
        return ""
    return f"{extensions.get('code', '')} {extensions.get('type', '')}"


def _wait_s(reply: Reply) -> float | None:
    with contextlib.suppress(ValueError, KeyError):
        return float(reply.headers["retry-after"])
    with contextlib.suppress(ValueError, KeyError):
        return float(reply.headers["x-ratelimit-requests-reset"]) / 1000 - now().timestamp()
    return None
