"""What people taught where they closed or edited pull requests, and what later repairs are told."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from mcp_servers.sentry_monitor.src.service import Service
from modules.autofix.learning import TAUGHT, LessonState

from .answers import Refused
from .handlers import Back, Page
from .v1 import id_of

DECISIONS: Final[Mapping[str, LessonState]] = {
    "approve": LessonState.APPROVED,
    "drop": LessonState.DROPPED,
}


class LessonPage:
    """Its page and its buttons. Raises DatabaseAway."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def show(self, _: Request) -> Page:
        """Newest first, by where they stand."""
        lessons = await self._service.lessons.all()
        by_state = {
            state.value: [one for one in lessons if one.state is state] for state in LessonState
        }
        return Page("lessons.html", {"lessons": by_state, "taught": TAUGHT})

    async def decide(self, request: Request, given: Mapping[str, str]) -> Back:
        """Raises Refused, NoSuchLesson."""
        state = DECISIONS.get(given.get("decision", ""))
        if state is None:
            raise Refused(400, "bad_form", "There is no such decision.")
        await self._service.lessons.decide(id_of(request), state)
        return Back("/lessons", state.value)
