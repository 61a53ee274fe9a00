"""The two logins: a token as it is, and an App that mints one when it is needed."""

from collections.abc import Callable, Mapping
from datetime import datetime

from modules.outbound.clock import now

from .app_auth import NEEDED, WISHED, app_jwt, narrowed, still_good
from .client import Wire
from .errors import Forbidden, Missing, Rejected
from .models import AccessToken, App, Installation, User, read
from .protocol import path

Clock = Callable[[], datetime]


class TokenLogin:
    """A personal or fine-grained token, or the one of a workflow."""

    def __init__(self, wire: Wire, token: str) -> None:
        self._wire, self._token = wire, token
        self._name: str | None = None

    def __repr__(self) -> str:
        return "TokenLogin()"

    async def token(self, repository: str) -> str:
        return self._token

    async def name(self) -> str:
        """Asked for once. A workflow's token may not ask who it is."""
        if self._name is None:
            where, what = self._wire.server.rest + path("user"), "the login's own account"
            try:
                data = await self._wire.ask(f"Bearer {self._token}", "GET", where, what=what)
            except (Forbidden, Missing):
                self._name = ""
            else:
                self._name = read(User, data, what=what).login
        return self._name


class AppLogin:
    """A GitHub App. Its tokens are narrowed to one repository and kept in memory only, for less
    than the hour that they live."""

    def __init__(
        self,
        wire: Wire,
        *,
        app_id: str,
        private_key: str,
        installation: int | None = None,
        needed: Mapping[str, str] = NEEDED,
        wished: Mapping[str, str] = WISHED,
        clock: Clock = now,
    ) -> None:
        """Its tokens get the permissions that are `wished`, where the App was not given all of
        these those that are `needed`."""
        self._wire, self._clock = wire, clock
        self._needed, self._wished = needed, wished
        self._app_id, self._key, self._installation = app_id, private_key, installation
        self._tokens: dict[str, AccessToken] = {}  # by repository
        self._name: str | None = None

    def __repr__(self) -> str:
        return f"AppLogin({self._app_id!r})"

    async def token(self, repository: str) -> str:
        """Raises Missing where the App is not installed there; NoLogin, BadLogin, OutboundError."""
        held = self._tokens.get(repository)
        if held is None or not still_good(held.expires_at, self._clock()):
            held = self._tokens[repository] = await self._minted(repository)
        return held.token

    async def name(self) -> str:
        if self._name is None:
            data = await self._as_app("GET", path("app"), what="the App itself")
            slug = read(App, data, what="the App itself").slug
            self._name = f"{slug}[bot]" if slug else ""
        return self._name

    async def _minted(self, repository: str) -> AccessToken:
        """With leave to read checks, say, where the App was given it; without, CI is not followed."""
        number = self._installation or await self._found(repository)
        try:
            return await self._asked(number, narrowed(repository, self._wished))
        except Rejected:
            return await self._asked(number, narrowed(repository, self._needed))

    async def _asked(self, installation: int, body: object) -> AccessToken:
        where = path("app", "installations", installation, "access_tokens")
        what = "a token of the App's installation"
        return read(AccessToken, await self._as_app("POST", where, body=body, what=what), what=what)

    async def _found(self, repository: str) -> int:
        what = f"the App's installation on {repository}"
        data = await self._as_app("GET", path("repos", repository, "installation"), what=what)
        return read(Installation, data, what=what).id

    async def _as_app(self, method: str, where: str, *, body: object = None, what: str) -> object:
        token = app_jwt(self._app_id, self._key, self._clock())
        full = self._wire.server.rest + where
        return await self._wire.ask(f"Bearer {token}", method, full, body=body, what=what)
