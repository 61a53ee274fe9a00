"""`POST /webhooks/sentry`: signature over the raw bytes, kept, acknowledged; the rest comes after.
Answers as in seed document 001: 202 kept to become a job, 200 skipped and why, 400, 401, 413, 503."""

import asyncio
import hmac
from collections.abc import Callable, Mapping
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from mcp_servers.sentry_monitor.src.service import Service
from mcp_servers.sentry_monitor.src.watch import Source, Taken
from modules.framework.errors import ModuleError
from modules.sentry.webhooks import SIGNED, BadWebhook, signed

from .answers import Refused, of_error, of_refused
from .figures import Figures

Check = Callable[[Request, bytes], tuple[Source, str]]  # who sent it; raises Refused
BODY: Final = 5_000_000  # bytes
BODY_S: Final = 3.0
LOCAL: Final = ("127.0.0.1", "::1")
KEPT: Final = ("request-id", "sentry-hook-resource", "sentry-hook-timestamp", "user-agent")
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
    """The receiver of one service."""

    def __init__(self, service: Service, figures: Figures) -> None:
        self._service, self._figures = service, figures
        known = service.settings
        self._secrets = [one.get_secret_value() for one in known.webhook_secrets]
        self._legacy = known.webhook_legacy.get_secret_value() if known.webhook_legacy else ""
        self._unsigned = known.webhook_unsigned

    async def health(self, _: Request) -> Response:
        return JSONResponse(
            {"ok": True, "configured": bool(self._secrets), "enabled": self._service.watch.enabled}
        )

    async def receive(self, request: Request) -> Response:
        """From an integration, or a service hook, by its signature."""
        return await self._answered(request, self._checked)

    async def receive_legacy(self, request: Request) -> Response:
        """From the old plugin, which signs nothing: by a path that nobody guesses."""
        return await self._answered(request, self._by_path)

    async def _answered(self, request: Request, check: Check) -> Response:
        try:
            _acceptable(request)
            body = await _body(request)
            source, resource = check(request, body)
            kept = {name: request.headers[name][:200] for name in KEPT if name in request.headers}
            taken = await self._service.watch.take(source, resource, body, kept)
        except Refused as problem:
            self._figures.refused(problem.code)
            return _closing(of_refused(problem))
        except BadWebhook as problem:
            self._figures.refused("bad_body")
            return _closing(of_refused(Refused(400, "bad_body", str(problem))))
        except ModuleError as error:
            self._figures.refused(error.code)
            return _closing(of_error(error))
        self._figures.taken(resource or source, taken.reason)
        return _acknowledged(taken)

    def _checked(self, request: Request, body: bytes) -> tuple[Source, str]:
        source: Source = "webhook" if "sentry-hook-resource" in request.headers else "service_hook"
        given = [v for name, v in request.headers.raw if name.decode("latin-1") in SIGNED]
        if self._unsigned and not given and request.client and request.client.host in LOCAL:
            return source, request.headers.get("sentry-hook-resource", "")
        if not self._secrets:
            told = "No secret is configured: SENTRY_WEBHOOK_SECRET."
            raise Refused(503, "not_configured", told)
        if not signed(body, given, self._secrets):
            raise Refused(401, "bad_signature", "The signature is not of a configured secret.")
        if not body:
            raise Refused(400, "bad_body", "The body is empty.")
        return source, request.headers.get("sentry-hook-resource", "")

    def _by_path(self, request: Request, _: bytes) -> tuple[Source, str]:
        given = str(request.path_params["token"])
        if not self._legacy or not hmac.compare_digest(given.encode(), self._legacy.encode()):
            raise Refused(404, "not_found", "There is nothing here.")
        return "legacy", ""


def _acknowledged(taken: Taken) -> Response:
    status = 200 if taken.reason else 202
    told = {"ok": True, "delivery": taken.id, "reason": taken.reason or "enqueued"}
    told["message"] = TOLD.get(taken.reason, taken.reason)
    return JSONResponse(told | {"status": "skipped" if taken.reason else "enqueued"}, status)


def _closing(answer: Response) -> Response:
    answer.headers["connection"] = "close"
    return answer


def _acceptable(request: Request) -> None:
    """Raises Refused."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "media_type", "The body must be application/json.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(415, "content_encoding", "The body must not be encoded.")
    length = request.headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length[:20]) > BODY:
        raise Refused(413, "too_large", f"A body holds at most {BODY:,} bytes.")


async def _body(request: Request) -> bytes:
    """Raises Refused. One deadline for all of it: a sender that drips is dropped."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for part in request.stream():
                body += part
                if len(body) > BODY:
                    raise Refused(413, "too_large", f"A body holds at most {BODY:,} bytes.")
    except TimeoutError:
        raise Refused(408, "slow_body", "The body did not come in time.") from None
    except ClientDisconnect:
        raise Refused(400, "bad_body", "The body broke off.") from None
    return bytes(body)
