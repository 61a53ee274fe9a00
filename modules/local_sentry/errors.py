"""What the server refuses, with the status and body that Sentry answers.

Refused
├── BadRequest          400 {"detail": …}: query, cursor, limit
├── FieldErrors         400 {"field": ["…"]}: a body that does not validate
├── Unauthorized        401 {"detail": …}: no token, or a wrong one
├── Forbidden           403 the token lacks the scope
├── NotFound            404 no such thing, or not visible
├── BadEnvelope         400 what an SDK sent cannot be read
├── TooLarge            413 an event or a body over its cap
├── UnsupportedEncoding 415 compressed in a way this server cannot undo
├── MissingKey          401 an SDK without a key
├── UnknownKey          403 an SDK with the key of another project
└── OverQuota           429 more events than the project may send
"""

from collections.abc import Mapping
from typing import Any


class Refused(Exception):
    """An answer other than 2xx."""

    status = 400

    def __init__(self, body: Any, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(body)
        self.body = body
        self.headers = dict(headers or {})


class Detailed(Refused):
    """The usual body: one sentence under `detail`."""

    detail = ""

    def __init__(self, detail: str = "", *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__({"detail": detail or self.detail}, headers=headers)


class BadRequest(Detailed):
    """The request cannot be understood."""


class FieldErrors(Refused):
    """The body does not validate; keys are its fields."""


class Unauthorized(Detailed):
    """No token, or a wrong one."""

    status = 401
    detail = "Authentication credentials were not provided."


class Forbidden(Detailed):
    """The token lacks the scope. Sentry does not say which."""

    status = 403
    detail = "You do not have permission to perform this action."


class NotFound(Detailed):
    """There is no such thing."""

    status = 404
    detail = "The requested resource does not exist"


class BadEnvelope(Refused):
    """What an SDK sent cannot be read."""

    def __init__(self, cause: str) -> None:
        super().__init__({"detail": "invalid event envelope", "causes": [cause]})


class TooLarge(Detailed):
    """An event or a body is over its cap."""

    status = 413
    detail = "envelope exceeded size limits"


class UnsupportedEncoding(Detailed):
    """The body is compressed in a way this server cannot undo."""

    status = 415


class MissingKey(Detailed):
    """An SDK sent no key."""

    status = 401
    detail = "missing authorization information"


class UnknownKey(Detailed):
    """The key is not one of this project's."""

    status = 403
    detail = "event submission rejected with_reason: ProjectId"


class OverQuota(Detailed):
    """The project may not send that many events."""

    status = 429
    detail = "event rejected due to rate limit"
