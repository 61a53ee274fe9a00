"""The door of the HTTP side: who may come in, how much and how slowly, and what every answer
carries. Source of the rules: OWASP cheat sheets on CSRF and headers; DNS rebinding by Host.

Webhooks and health checks come from anywhere: a webhook is let in by its signature.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .answers import Refused, of_refused
from .bodies import given_again, whole
from .sessions import Sessions, header
from .tracker_answers import TRACKED
from .webhooks import Webhooks

log = logging.getLogger(__name__)

OPEN: Final = ("/webhooks/sentry", TRACKED, "/healthz", "/readyz")
WITHOUT_TOKEN: Final = ("/login", "/static/")
OWN: Final = ("127.0.0.1", "localhost", "[::1]")
READING: Final = ("GET", "HEAD", "OPTIONS")
BODY: Final = 256_000  # bytes; webhooks have a cap of their own
BODY_S: Final = 5.0
HEADERS: Final = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        b"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
NO_STORE: Final = (b"cache-control", b"no-store")


class Door:
    """ASGI middleware. Where there is a token, everybody needs it."""

    def __init__(
        self,
        app: ASGIApp,
        sessions: Sessions,
        hooks: Webhooks,
        *,
        hosts: Sequence[str] = (),
        concurrent: int = 200,
    ) -> None:
        self._app, self._sessions, self._hooks = app, sessions, hooks
        self._hosts = frozenset(name.lower() for name in (*OWN, *hosts))
        self._room = asyncio.Semaphore(concurrent)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = _Sent(send)
        try:
            if self._hooks.takes(scope):
                await self._hooks(scope, receive, sent)
                return
            refused = self._turned_away(scope)
            if refused is not None:
                await refused(scope, receive, sent)
                return
            if _open(scope["path"]):
                await self._app(scope, receive, sent)
                return
            body = await whole(receive, most=BODY, seconds=BODY_S)
            async with self._room:  # whoever drips takes no room from others
                await self._app(scope, given_again(body, receive), sent)
        except Refused as problem:
            await _tell(of_refused(problem), scope, receive, sent)
        except Exception:
            log.exception("a request failed by a defect of ours: %s", scope["path"][:100])
            told = {
                "ok": False,
                "error": {"code": "internal_error", "message": "A defect of ours."},
            }
            await _tell(JSONResponse(told, 500), scope, receive, sent)

    # -- who

    def _turned_away(self, scope: Scope) -> Response | None:
        if _open(scope["path"]):
            return None
        host = header(scope, b"host")
        if not self._ours(host):
            return of_refused(
                Refused(
                    421,
                    "wrong_host",
                    "Not a host name of this service: start it with --allowed-host NAME.",
                )
            )
        if not _same_origin(scope, host):
            return of_refused(Refused(403, "other_origin", "Requests of other sites are refused."))
        free = not self._sessions.guarded or scope["path"].startswith(WITHOUT_TOKEN)
        return None if free or self._sessions.let_in(scope) else _to_sign_in(scope)

    def _ours(self, host: str) -> bool:
        name, _, port = host.rpartition(":")
        name = (name if name and port.isdigit() else host).lower()
        return name in self._hosts or name.endswith(".localhost")


class _Sent:
    """What every answer carries; whether one has begun."""

    def __init__(self, send: Send) -> None:
        self._send, self.begun = send, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            own = {name for name, _ in message.get("headers", [])}
            more = [] if b"cache-control" in own else [NO_STORE]
            message = {**message, "headers": [*message.get("headers", []), *HEADERS, *more]}
        await self._send(message)


async def _tell(answer: Response, scope: Scope, receive: Receive, sent: _Sent) -> None:
    if not sent.begun:
        await answer(scope, receive, sent)


def _same_origin(scope: Scope, host: str) -> bool:
    origin, site = header(scope, b"origin"), header(scope, b"sec-fetch-site")
    if scope["method"] in READING and not origin:
        return True  # a link from elsewhere may lead here; nothing is changed by it
    if site and site not in ("same-origin", "none"):
        return False
    try:
        return not origin or urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


def _to_sign_in(scope: Scope) -> Response:
    if scope["method"] == "GET" and "text/html" in header(scope, b"accept"):
        wanted = scope["path"]
        if scope["query_string"]:
            wanted += "?" + scope["query_string"].decode("latin-1")
        back = "" if wanted == "/" else f"?to={quote(wanted, safe='')}"
        return RedirectResponse(f"/login{back}", 303)
    told = "Give the bearer token of SENTRY_MONITOR_HTTP_TOKEN."
    answer = of_refused(Refused(401, "unauthorized", told))
    answer.headers["www-authenticate"] = "Bearer"
    return answer


def _open(path: str) -> bool:
    return path in OPEN or path.startswith(f"{OPEN[0]}/")
