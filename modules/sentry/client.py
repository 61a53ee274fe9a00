"""SentryClient: requests to Sentry's API over a Sender, and what the server has taught us."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from modules.framework.errors import ModuleError
from modules.outbound.clock import now
from modules.outbound.deadline import part_of_the_time
from modules.outbound.errors import DeadlineExceeded, HeldBack
from modules.outbound.messages import Reply, Request, Sender
from modules.outbound.tracing import span

from . import protocol
from .backends import GLITCHTIP_LACKS, SETTINGS
from .errors import NoOrganization, NotFound, Rejected, SentryError, Unsupported
from .locate import is_slug, of_saas, same_server
from .protocol import Asked, Payload
from .reading import child, get, text
from .sharing import Sharing

Result = TypeVar("Result")
Query = Sequence[tuple[str, str]]
PAGE_CAP: Final = 20


def read_wait_hint(reply: Reply) -> float | None:
    """How long an answer asks to be left alone, in seconds."""
    return protocol.wait_hint(reply.status, reply.headers, now().timestamp())


class SentryClient:
    """One Sentry server and one token.

    `connect` makes a Sender for a base URL: the configured one, or the organization's own
    region below the same host.
    """

    def __init__(
        self,
        base_url: str,
        *,
        connect: Callable[[str], Sender],
        org: str | None = None,
        org_token: bool = False,
    ) -> None:
        self.base_url = base_url
        self._org = org
        self._org_token = org_token
        self._connect = connect
        self._home = connect(base_url)
        self._regions: dict[str, Sender] = {}  # by organization
        self._finding_region = asyncio.Lock()
        self._has_regions = urlsplit(base_url).hostname == "sentry.io"
        self._lacks: set[str] = set()
        self._glitchtip = False if of_saas(urlsplit(base_url).hostname or "") else None
        self._remembered: dict[tuple[str, str], Any] = {}
        self._looking_up, self._reading = Sharing(), Sharing()
        self.tally: Counter[str] = Counter()  # of answers, by kind

    async def aclose(self) -> None:
        for one in {self._home, *self._regions.values()}:
            await one.aclose()

    @property
    def org_token(self) -> bool:
        """Whether the token is an organization's, which can read no issues."""
        return self._org_token

    @property
    def lacks(self) -> frozenset[str]:
        """Features that this server has been seen to lack."""
        return frozenset(self._lacks)

    async def is_glitchtip(self, part: float = 0.25) -> bool:
        """Whether GlitchTip answers here, and then what it lacks is known.

        One cheap request the first time that it matters, for a part of the time that is left.
        What cannot be told reads as no, and is asked for again.
        """
        if self._glitchtip is None:
            try:
                self._glitchtip = await self._looking_up.call("kind", lambda: self._probe(part))
            except (DeadlineExceeded, HeldBack):
                return False
        if self._glitchtip:
            self._lacks |= GLITCHTIP_LACKS
        return bool(self._glitchtip)

    async def _probe(self, part: float) -> bool | None:
        try:
            async with part_of_the_time(part):
                page = await self.get(SETTINGS, what="the server's settings", need="")
        except (NotFound, Unsupported) as error:
            maintained = error.details.get("http_status") == 200  # a page in place of everything
            return None if maintained else False
        except (DeadlineExceeded, HeldBack):  # of this caller's time; others may have more
            raise
        except ModuleError:
            return None
        return get(page.data, "iPaidForGlitchTip") is not None

    def learn(self, feature: str) -> None:
        """Remember that this server lacks a feature."""
        self._lacks.add(feature)

    async def get(self, path: str, query: Query = (), *, what: str, need: str) -> Payload:
        """GET; `what` and `need` explain a refusal. The same asked for by several at a time is
        asked once. Raises SentryError, OutboundError."""
        request, asked = Request("GET", path, tuple(query)), Asked(what, need)
        key = (path, request.query, asked)
        return await self._reading.call(key, lambda: self._send(request, asked))

    async def put(self, path: str, body: Mapping[str, Any], *, what: str, need: str) -> Payload:
        """PUT, never sent twice once it may have been applied."""
        return await self._change(Request("PUT", path, (), body), Asked(what, need, write=True))

    async def post(self, path: str, body: Mapping[str, Any], *, what: str, need: str) -> Payload:
        """POST, never sent twice once it may have been applied."""
        return await self._change(Request("POST", path, (), body), Asked(what, need, write=True))

    async def delete(self, path: str, *, what: str, need: str) -> None:
        """DELETE of one thing, never sent twice once it may have been applied. A path that ends
        in a collection would delete all of it, so callers name an id."""
        await self._change(Request("DELETE", path), Asked(what, need, write=True))

    async def pages(
        self, path: str, query: Query, *, what: str, need: str, most: int
    ) -> tuple[list[Any], bool]:
        """Up to `most` entries over all pages, and whether there are more.

        Ends on a cursor that was used before, and after PAGE_CAP pages: some servers name the
        same next page for ever. Rows that came already are dropped.
        """
        found: dict[str, Any] = {}
        used: set[str] = set()
        cursor: str | None = ""
        while cursor is not None and cursor not in used and len(used) < PAGE_CAP:
            used.add(cursor)
            extra = [("cursor", cursor)] if cursor else []
            page = await self.get(path, [*query, *extra], what=what, need=need)
            for row in page.rows():
                found.setdefault(text(row, "id") or repr(row), row)
            cursor = page.next_cursor
            if len(found) >= most:
                return list(found.values())[:most], len(found) > most or cursor is not None
        return list(found.values()), cursor is not None

    async def first_supported(self, *forms: tuple[str, Callable[[], Awaitable[Result]]]) -> Result:
        """The answer of the first form that this server has; the ones it lacks are remembered.

        Raises Unsupported if it has none. Where that is only what was learnt, the server may have
        become another one.
        """
        learnt = any(feature in self._lacks for feature, _ in forms)
        try:
            return await self._first_of(*forms)
        except Unsupported:
            if not (learnt and await self.is_another_now()):
                raise
        return await self._first_of(*forms)

    async def is_another_now(self) -> bool:
        """Whether what was GlitchTip is it no longer; then all that was learnt is forgotten."""
        try:
            found = await self._probe(0.25) if self._glitchtip else None
        except (DeadlineExceeded, HeldBack):
            return False
        if found is False:
            self._glitchtip = False
            self._lacks.clear()
            self._remembered.clear()
        return found is False

    async def _first_of(self, *forms: tuple[str, Callable[[], Awaitable[Result]]]) -> Result:
        missing, lacking = Unsupported(), set[str]()
        for feature, call in forms:
            if feature in self._lacks:
                continue
            try:
                answer = await call()
            except Unsupported as error:
                missing = error
                lacking.add(feature)
                await self.is_glitchtip()
            except Rejected:
                self._lacks |= lacking  # it knows this form, and not the values
                raise
            else:
                self._lacks |= lacking  # a server that answers nothing has taught nothing
                return answer
        raise missing

    async def remember(
        self, kind: str, key: str, look_up: Callable[[], Awaitable[Result]]
    ) -> Result:
        """What `look_up` found, asked for once in the life of this client (slugs to ids).

        Who comes while it is being looked up shares the answer, or the failure: one after the
        other would wait as many times as long.
        """
        at = (kind, key)
        if at not in self._remembered:
            self._remembered[at] = await self._looking_up.call(at, look_up)
        found: Result = self._remembered[at]
        return found

    async def organization(self, given: str | None = None, *, likely: str | None = None) -> str:
        """The slug to use: the one given, the configured one, the likely one, or the only one
        there is.

        Raises NoOrganization.
        """
        if chosen := given or self._org or likely:
            return chosen
        return await self.remember("organization", "", self._only_organization)

    async def organizations(self) -> list[str]:
        """The slugs that the token can see."""
        page = await self.get(
            protocol.path("organizations"), what="the list of organizations", need="org:read"
        )
        return [slug for one in page.rows() if is_slug(slug := text(one, "slug"))]

    async def _only_organization(self) -> str:
        try:
            slugs = await self.organizations()
        except SentryError as error:
            raise NoOrganization from error
        if len(slugs) == 1:
            return slugs[0]
        recovery = f"Set SENTRY_ORG_SLUG to one of: {', '.join(sorted(slugs))}." if slugs else None
        raise NoOrganization(
            f"No organization is set, and the token can see {len(slugs)}.", recovery=recovery
        )

    async def _change(self, request: Request, asked: Asked) -> Payload:
        """What is read after a change must not have been asked for before it."""
        try:
            return await self._send(request, asked)
        finally:
            self._reading.forget()

    async def _send(self, request: Request, asked: Asked) -> Payload:
        org = _organization_in(request.path)
        known = self._regions.get(org)
        try:
            with span("sentry request", method=request.method) as current:
                reply = await (known or self._home).send(request)
                current.set_attribute("status", reply.status)
        except ModuleError:
            self.tally["none"] += 1
            raise
        if reply.status == 404 and known is None and org and self._has_regions:
            async with self._finding_region:  # whoever comes second uses what the first found
                region = self._regions.get(org) or await self._find_region(org)
            reply = await region.send(request) if region not in (None, self._home) else reply
        return self._interpret(reply, asked)

    def _interpret(self, reply: Reply, asked: Asked) -> Payload:
        asked = Asked(asked.what, asked.need, self._org_token, asked.write)
        hint = read_wait_hint(reply)
        self.tally[_kind(reply.status)] += 1
        return protocol.interpret(reply.status, reply.headers, reply.body, asked, hint=hint)

    async def _find_region(self, org: str) -> Sender | None:
        """sentry.io does not serve every organization; its own region does. Asked once for each
        that there is."""
        reply = await self._home.send(Request("GET", protocol.path("organizations", org)))
        if reply.status in (403, 404):  # nobody will tell, so it is not asked again
            self._regions[org] = self._home
        if reply.status != 200:
            return None
        data = self._interpret(reply, Asked("the organization", "org:read")).data
        host = _secure_host(text(child(data, "links"), "regionUrl"))
        if not same_server(host, self.base_url):
            return None
        home = host == urlsplit(self.base_url).hostname
        self._regions[org] = self._home if home else self._connect(f"https://{host}")
        return self._regions[org]


def _kind(status: int) -> str:
    if status == 429:
        return "rate_limited"
    return "ok" if status < 400 else f"{status // 100}xx"


def _organization_in(path: str) -> str:
    """The organization below whose address a path is; empty if it is below none."""
    first, _, rest = path.removeprefix(protocol.API).strip("/").partition("/")
    return rest.partition("/")[0] if first in ("organizations", "projects") else ""


def _secure_host(url: str) -> str:
    """The host of an https URL, else nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.hostname or "" if parts.scheme == "https" else ""


async def explain_missing(client: SentryClient, org: str, error: NotFound) -> NotFound:
    """Of something that is not there: whether it is the organization that does not exist."""
    try:
        async with part_of_the_time(0.5):
            known = await client.organizations()
    except ModuleError:
        return error
    if not known or org in known:
        return error
    return NotFound(
        f"There is no organization {org!r}, or the token cannot see it.",
        recovery=f"Set SENTRY_ORG_SLUG to one of: {', '.join(sorted(known))}.",
        details={"organizations": sorted(known)},
    )
