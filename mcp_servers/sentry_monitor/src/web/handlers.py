"""What every page has: a session, the secret of its forms, an answer to what goes wrong."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from modules.framework.errors import ModuleError

from .answers import Refused, of_error
from .endpoints import Handler
from .forms import form
from .rendering import Rendering
from .sessions import Sessions

FORGED: Final = "This form is not of this session, or too old. Go back, reload the page, try again."
# What a button came to, told on the page that comes after it: words of ours, by their name only.
SAID: Final[Mapping[str, str]] = {
    "approve": "Approved: the job goes on.",
    "guide": "The guidance is kept: the agent tries again.",
    "wont_fix": "The issue will not be fixed; no further job begins for it until somebody retries.",
    "cancel": "The job is cancelled.",
    "retry": "The job begins again.",
    "polled": "Sentry was asked. What came of it stands under “Last poll”.",
    "paused": "The kill switch is on: nothing begins.",
    "stopped": "The kill switch is on: nothing begins, and what ran is being ended.",
    "resumed": "The kill switch is off: jobs go on.",
    "replayed": "The delivery is decided about anew.",
    "approved": "The lesson goes into later repairs.",
    "dropped": "The lesson is dropped.",
    "tracked_sync": "Both sides were compared.",
    "tracked_close": "The issue is closed.",
    "tracked_reopen": "The issue is open again.",
    "tracked_comment": "The comment is added.",
}


@dataclass(frozen=True)
class Page:
    """A template and what it is to show."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class Back:
    """Where a browser goes after a form: a path of ours, and the word for what was done."""

    path: str
    said: str = ""


Show = Callable[[Request], Awaitable[Page]]
Act = Callable[[Request, Mapping[str, str]], Awaitable[Back]]


class Handlers:
    """Makes handlers of what pages show and of what buttons do."""

    def __init__(self, rendering: Rendering, sessions: Sessions) -> None:
        self._rendering, self._sessions = rendering, sessions

    def show(self, what: Show) -> Handler:
        """Of a GET. A visitor without a session gets one with the page."""

        async def handle(request: Request) -> Response:
            try:
                page = await what(request)
            except (ModuleError, Refused) as problem:
                page = problem_page(problem, asked="to see")
            return self.answer(request, page)

        return handle

    def act(self, what: Act) -> Handler:
        """Of a POST: only a form that we gave to this session does anything."""

        async def handle(request: Request) -> Response:
            try:
                given = await form(request)
                self._let_in(request, given)
                return after(await what(request, given))
            except (ModuleError, Refused) as problem:
                return self.answer(request, problem_page(problem, asked="to change"))

        return handle

    def _let_in(self, request: Request, given: Mapping[str, str]) -> None:
        """Raises Refused."""
        if not self._sessions.sent_by_us(request.scope, given.get("csrf", "")):
            raise Refused(403, "forged_form", FORGED)

    def answer(self, request: Request, page: Page, *, begin: bool = True) -> Response:
        """`begin` gives a session to a visitor who has none."""
        session, cookie = self._sessions.of(request.scope), ""
        if not session and begin:
            session, cookie = self._sessions.begin()
        values = {
            "csrf": self._sessions.csrf(session) if session else "",
            "here": request.url.path,
            "said": SAID.get(request.query_params.get("said", ""), ""),
            "guarded": self._sessions.guarded,
            **page.values,
        }
        answer = HTMLResponse(self._rendering.render(page.template, values), page.status)
        if cookie:
            answer.headers["set-cookie"] = cookie
        return answer


def after(back: Back) -> Response:
    """See Other, so that a reload does not send the form again."""
    return RedirectResponse(f"{back.path}?said={back.said}" if back.said else back.path, 303)


def problem_page(problem: ModuleError | Refused, *, asked: Literal["to see", "to change"]) -> Page:
    """In our words, all of them."""
    told = {"what": problem.message, "next": "", "asked": asked}
    if isinstance(problem, Refused):
        return Page("problem.html", told, problem.status)
    told["next"] = problem.recovery_suggestion or ""
    return Page("problem.html", told, of_error(problem).status_code)
