"""GlitchTip's events and refusals, its web page for an answer, and how it reads a search."""

import shlex
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from . import values
from .values import Json

APP: Final = "<!doctype html><title>GlitchTip</title>" + "<p>x</p>" * 200
APP_ROUTES: Final = ("/issues", "/settings", "/performance", "/projects", "/releases")


def event_of(issue: Json, older: int = 0) -> Json:
    """An event: integers for ids, no release, one spelling mixed with the other."""
    event_id = f"{4096 * older + int(issue['id']):032x}"
    whole = values.an_event(eventID=event_id, groupID=issue["id"], projectID=1)
    kept = [one for one in whole["entries"] if one["type"] in ("breadcrumbs", "exception")]
    for raised in kept[0]["data"]["values"]:
        for frame in raised["stacktrace"]["frames"]:
            frame["context_line"] = frame["context"][-1][1]
            if frame.get("inApp") is False:
                del frame["inApp"]
    del whole["release"], whole["size"]
    return {**whole, "title": issue["title"], "entries": kept, "errors": None}


def refused(status: int, detail: object) -> Response:
    return JSONResponse({"detail": detail}, status)


def invalid(*places: tuple[object, ...], kind: str = "missing") -> Response:
    return refused(422, [{"type": kind, "loc": list(one), "msg": "Invalid"} for one in places])


def crashed() -> Response:
    return HTMLResponse("<h1>Server Error (500)</h1>", 500)


async def no_such_route(request: Request, error: Exception) -> Response:
    if request.method != "GET":
        return HTMLResponse("<h1>Forbidden</h1><p>CSRF verification failed.</p>", 403)
    return HTMLResponse(APP, 200 if any(one in request.url.path for one in APP_ROUTES) else 404)


async def method_not_allowed(request: Request, error: Exception) -> Response:
    return HTMLResponse("Method not allowed", 405, headers=getattr(error, "headers", None))


def matches(issue: Json, query: str) -> bool:
    """Terms that it does not know are taken for tags, which no issue here has; from the first
    word that is no term, all is one text."""
    terms = shlex.split(query)
    for at, term in enumerate(terms):
        key, colon, value = term.partition(":")
        if not colon:
            return " ".join(terms[at:]).lower() in issue["title"].lower()
        if key not in ("is", "level") or issue["status" if key == "is" else "level"] != value:
            return False
    return True
