"""How requests are answered that come to nothing: a status, and JSON with a code and what to do."""

from typing import Any, Final

from starlette.responses import JSONResponse

from modules.framework.contracts import Category, ErrorDetail
from modules.framework.errors import ModuleError

STATUS: Final = {
    Category.VALIDATION: 400,
    Category.NOT_FOUND: 404,
    Category.CONFLICT: 409,
    Category.CONFIGURATION: 503,
    Category.AUTHENTICATION: 503,  # of our token, by Sentry
    Category.PERMISSION: 503,
    Category.NETWORK: 502,
    Category.RATE_LIMIT: 502,
    Category.TIMEOUT: 502,
    Category.UPSTREAM: 502,
    Category.INTERNAL: 500,
}


class Refused(Exception):
    """A request that is turned away: its status, a code, and a sentence of ours."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def refusal(status: int, code: str, message: str, **more: Any) -> JSONResponse:
    return JSONResponse({"ok": False, "error": {"code": code, "message": message, **more}}, status)


def of_refused(refused: Refused) -> JSONResponse:
    return refusal(refused.status, refused.code, refused.message)


def of_error(error: ModuleError) -> JSONResponse:
    return of_detail(error.detail())


def of_detail(detail: ErrorDetail) -> JSONResponse:
    """By its category; 503 with Retry-After where it may work later."""
    status = STATUS.get(detail.category, 400)
    if detail.retryable and status == STATUS[Category.UPSTREAM]:
        status = 503
    answer = refusal(status, detail.code, detail.message, next=detail.recovery_suggestion or "")
    if status == 503 and detail.retryable:
        answer.headers["retry-after"] = "5"
    return answer
