"""`POST /webhooks/sentry`: signature over the raw bytes, kept, acknowledged; the rest comes after.
Answers as in seed document 001: 202 kept to become a job, 200 skipped and why, 400, 401, 413, 503."""

import hmac
import time
from collections.abc import Mapping, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from mcp_servers.sentry_monitor.src.service import Service
from mcp_servers.sentry_monitor.src.watch import Source, Taken
from modules.framework.errors import ModuleError
from modules.sentry.webhooks import SIGNED, BadWebhook, signed
from modules.tracker.errors import TrackerOff
from modules.tracker.tracked import Decision

from .answers import Refused, of_error, of_refused
from .bodies import too_large, whole
from .figures import Figures
from .tracker_answers import TRACKED, acknowledged, not_kept

BODY: Final = 5_000_000  # bytes
BODY_S: Final = 3.0
LOCAL: Final = ("127.0.0.1", "::1")
NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
KEPT: Final[Sequence[str]] = (
    "request-id",
    "sentry-hook-resource",
    "sentry-hook-timestamp",
    "user-agent",
)
PATH: Final = "/webhooks/sentry"
RESOURCE: Final = "sentry-hook-resource"
LEGACY: Final = f"{PATH}/legacy/"
Headers = Mapping[str, Sequence[bytes]]
KNOWN: Final = "duplicate_delivery"
TOLD: Final[Mapping[str, str]] = {
    "": "The delivery is kept; it becomes a job.",
    KNOWN: "This delivery is known already.",
    "duplicate": "There is a job for this issue already.",
    "rate_limited": "This issue had a job a short while ago.",
    "wont_fix": "A person decided not to fix this issue.",
    "disabled": "Autofix is switched off: SENTRY_FIXER_ENABLED.",
    "not_acted_on": "Not an event that begins a repair.",
    "own_action": "The doing of an integration: it starts nothing.",
    "no_issue": "It names no issue.",
    "other_organization": "It is of another organization than SENTRY_ORG_SLUG.",
    "unmapped_project": "No repository is mapped to its project: SENTRY_PROJECTS.",
}


class Webhooks:
    """The receiver of one service: an ASGI application for `POST /webhooks/sentry` and below, and
    for `POST /api/sentry/webhook`, which answers with the tracked issue.

    It stands before routing and middleware: hundreds of deliveries a second come this way.
    """

    def __init__(self, service: Service, figures: Figures) -> None:
        self._service, self._figures = service, figures
        known = service.settings
        self._secrets = [one.get_secret_value() for one in known.webhook_secrets]
        self._legacy = known.webhook_legacy.get_secret_value() if known.webhook_legacy else ""
        self._unsigned = known.webhook_unsigned

    async def health(self, _: Request) -> Response:
        """Whether a secret is there, and whether deliveries become jobs."""
        return JSONResponse(
            {"ok": True, "configured": bool(self._secrets), "enabled": self._service.watch.enabled}
        )

    def takes(self, scope: Scope) -> bool:
        path: str = scope["path"]
        ours = path in (PATH, TRACKED) or path.startswith(LEGACY)
        return bool(scope["method"] == "POST") and ours

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.monotonic()
        answer = await self._answer(scope, receive)
        await answer(scope, receive, send)
        path = TRACKED if scope["path"] == TRACKED else PATH
        self._figures.answered(path, answer.status_code, time.monotonic() - began)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        headers: dict[str, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1"), []).append(value)
        try:
            _acceptable(headers)
            body = await whole(receive, most=BODY, seconds=BODY_S)
            source, resource = self._sender(scope, headers, body)
            kept = {str(name): _text(headers, name)[:200] for name in KEPT if name in headers}
            taken = await self._service.watch.take(source, resource, body, kept)
            decided = await self._decided(scope, taken)
        except Refused as problem:
            self._figures.refused(problem.code)
            return of_refused(problem)
        except BadWebhook as problem:
            self._figures.refused("bad_body")
            return of_refused(Refused(400, "bad_body", str(problem)))
        except ModuleError as error:
            self._figures.refused(error.code)
            return of_error(error) if scope["path"] != TRACKED else not_kept(error)
        self._figures.taken(resource or source, taken.reason)
        return _acknowledged(taken) if decided is None else acknowledged(decided)

    async def _decided(self, scope: Scope, taken: Taken) -> Decision | None:
        """What became of it in the tracker, for those who ask there."""
        if scope["path"] != TRACKED:
            return None
        bridge = self._service.tracking
        if bridge is None:
            return Decision(answer="skipped", reason=TrackerOff.code)
        return await bridge.answer(taken.id)

    def _sender(self, scope: Scope, headers: Headers, body: bytes) -> tuple[Source, str]:
        """Raises Refused."""
        if scope["path"].startswith(LEGACY):
            self._check_path(scope["path"].removeprefix(LEGACY))
            return "legacy", ""
        source: Source = "webhook" if RESOURCE in headers else "service_hook"
        if len(headers.get(RESOURCE, ())) > 1:
            raise Refused(400, "bad_headers", "A header stands there twice.")
        self._check_signature(scope, headers, body)
        if not body:
            raise Refused(400, "bad_body", "The body is empty.")
        return source, _text(headers, RESOURCE)

    def _check_signature(self, scope: Scope, headers: Headers, body: bytes) -> None:
        """Raises Refused."""
        given = [value for name in SIGNED for value in headers.get(name, ())]
        if self._unsigned and not given and _from_here(scope, headers):
            return
        if not self._secrets:
            raise Refused(503, "not_configured", "No secret is configured: SENTRY_WEBHOOK_SECRET.")
        if not signed(body, given, self._secrets):
            raise Refused(401, "bad_signature", "The signature is not of a configured secret.")

    def _check_path(self, given: str) -> None:
        """The old plugin signs nothing: it is let in by a path that nobody guesses. Raises
        Refused."""
        wanted = self._legacy.encode()
        if not wanted or not hmac.compare_digest(given.encode("utf-8", "replace"), wanted):
            raise Refused(404, "not_found", "There is nothing here.")


def _from_here(scope: Scope, headers: Headers) -> bool:
    """Whether a program of this machine sends it by itself: no proxy, and no page in a browser."""
    host = _text(headers, "host").rpartition(":")[0] or _text(headers, "host")
    passed_on = {"origin", "forwarded", "x-forwarded-for", "x-real-ip", "via"} & set(headers)
    client = scope["client"]
    return client is not None and client[0] in LOCAL and host in NAMES and not passed_on


def _acknowledged(taken: Taken) -> Response:
    told = {
        "ok": True,
        "status": "skipped" if taken.reason else "enqueued",
        "reason": taken.reason or "enqueued",
        "message": TOLD.get(taken.reason, taken.reason),
        "delivery": taken.id,
    }
    return JSONResponse(told, 200 if taken.reason else 202)


def _text(headers: Headers, name: str) -> str:
    """The header; empty where it is absent, or there twice."""
    values = headers.get(name, ())
    return values[0].decode("latin-1") if len(values) == 1 else ""


def _acceptable(headers: Headers) -> None:
    """Raises Refused."""
    kind = _text(headers, "content-type").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "media_type", "The body must be application/json.")
    if _text(headers, "content-encoding").lower() not in ("", "identity"):
        raise Refused(415, "content_encoding", "The body must not be encoded.")
    length = _text(headers, "content-length") or "0"
    if not (length.isascii() and length.isdigit()) or int(length[:20]) > BODY:
        raise too_large(BODY)
