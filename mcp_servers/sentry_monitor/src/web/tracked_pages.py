"""Tracked issues: what each is, what was said of it, what still waits to be done."""

import uuid
from collections.abc import Mapping
from typing import Final, Literal

from starlette.requests import Request

from mcp_servers.sentry_monitor.src.service import Service
from modules.tracker.bridge import Bridge
from modules.tracker.errors import TrackerOff
from modules.tracker.ports import MARKER
from modules.tracker.reconcile import move, say, sync
from modules.tracker.tracked import Tracked

from .answers import Refused
from .endpoints import Asked, checked
from .handlers import Back, Page

LIMIT: Final = 100
LONGEST: Final = 4000  # characters of a comment


class Filters(Asked):
    """Of the list."""

    state: Literal["open", "closed"] | None = None
    project: str = ""
    said: str = ""


class TrackedPages:
    """Handlers raise Refused and ModuleError for what does not fit."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def list(self, request: Request) -> Page:
        """Newest first. Without a tracker the page tells how to choose one."""
        given = {name: value for name, value in request.query_params.items() if value}
        wanted, bridge = checked(Filters, given, "query"), self._service.tracking
        if bridge is None:
            return Page("tracked_list.html", {"tracker": "", "wanted": wanted})
        values = {
            "tracker": bridge.tracker.name,
            "issues": await bridge.store.list(
                state=wanted.state, project=wanted.project or None, limit=LIMIT
            ),
            "counts": await bridge.store.counts(),
            "undecided": await bridge.arrivals.waiting(),
            "wanted": wanted,
        }
        return Page("tracked_list.html", values)

    async def one(self, request: Request) -> Page:
        """With its text, its comments and what waits."""
        bridge, tracked = await self._asked(request)
        comments = [
            (one.at, MARKER.sub("", one.text).strip()) for one in await bridge.comments(tracked)
        ]
        values = {
            "issue": tracked,
            "text": MARKER.sub("", tracked.body).strip(),
            "comments": comments,
            "waits": await bridge.outbox.of(tracked),
            "tracker": bridge.tracker.name,
        }
        return Page("tracked.html", values)

    async def act(self, request: Request, given: Mapping[str, str]) -> Back:
        """Raises NoSuchTracked."""
        bridge, tracked = await self._asked(request)
        action, text = given.get("action", ""), given.get("text", "").strip()
        match action:
            case "sync":
                await sync(bridge, tracked)
            case "close":
                await move(bridge, tracked, "closed")
            case "reopen":
                await move(bridge, tracked, "open")
            case "comment" if text and len(text) <= LONGEST:
                await say(bridge, tracked, text, uuid.uuid4().hex)
            case "comment":
                raise Refused(400, "bad_form", f"A comment has 1 to {LONGEST:,} characters.")
            case _:
                raise Refused(400, "bad_form", "There is no such action.")
        return Back(f"/tracked/{tracked.id}", f"tracked_{action}")

    async def _asked(self, request: Request) -> tuple[Bridge, Tracked]:
        bridge = self._service.tracking
        if bridge is None:
            raise TrackerOff
        try:
            name = str(uuid.UUID(str(request.path_params["id"])))
        except ValueError:
            raise Refused(404, "not_found", "There is nothing of that name.") from None
        return bridge, await bridge.store.get(name)
