"""Who is let in: by the bearer token, or in a browser by a cookie that only we could have written.

The cookie is no secret's copy: it holds when it ends and a signature (HMAC-SHA256). Source of the
rules: OWASP cheat sheets on sessions and on CSRF.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from typing import Final

from starlette.types import Scope

COOKIE: Final = "sentry_monitor"
SESSION_S: Final = 12 * 3600


class Sessions:
    """`token` is needed by everybody where it is set; without one a session only proves that a
    button of our own page was pressed."""

    def __init__(self, token: str | None, *, now: Callable[[], datetime]) -> None:
        self._token, self._now = token, now
        seed = token or secrets.token_hex()
        self._key = hashlib.sha256(f"sessions of {seed}".encode()).digest()

    @property
    def guarded(self) -> bool:
        return self._token is not None

    def let_in(self, scope: Scope) -> bool:
        """By a bearer token, or by a session."""
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        wanted = f"Bearer {self._token}".encode()
        bearer = len(given) == 1 and hmac.compare_digest(given[0], wanted)
        return self.guarded and (bearer or bool(self.of(scope)))

    def knows(self, token: str) -> bool:
        """Whether somebody who signs in has the token."""
        given = token.encode("utf-8", "replace")
        return self.guarded and hmac.compare_digest(given, (self._token or "").encode())

    def of(self, scope: Scope) -> str:
        """The session of a request; empty where there is none, or one that is over or forged."""
        try:
            found = SimpleCookie(header(scope, b"cookie")).get(COOKIE)
        except CookieError:
            return ""
        value, _, signature = (found.value if found else "").rpartition(".")
        if not value or not hmac.compare_digest(self._sign(value).encode(), signature.encode()):
            return ""
        return value if int(value.split(".")[0]) > self._now().timestamp() else ""

    def begin(self) -> tuple[str, str]:
        """A new session, and the Set-Cookie header that gives it to a browser."""
        until = int(self._now().timestamp()) + SESSION_S
        session = f"{until}.{secrets.token_hex(8)}"
        flags = f"Path=/; Max-Age={SESSION_S}; HttpOnly; SameSite=Strict"
        return session, f"{COOKIE}={session}.{self._sign(session)}; {flags}"

    def csrf(self, session: str) -> str:
        """What a form of this session carries."""
        return self._sign(f"form of {session}")

    def sent_by_us(self, scope: Scope, csrf: str) -> bool:
        """Whether a form is one that we gave to this session."""
        session = self.of(scope)
        wanted = self.csrf(session).encode()
        return bool(session) and hmac.compare_digest(wanted, csrf.encode("utf-8", "replace"))

    def _sign(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def header(scope: Scope, name: bytes) -> str:
    """The header; empty where it is absent, or there twice."""
    found = [value for key, value in scope["headers"] if key == name]
    return found[0].decode("latin-1") if len(found) == 1 else ""
