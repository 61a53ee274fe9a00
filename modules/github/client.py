"""GitHubClient: requests to one GitHub, with a login that is asked for before each.

A sender belongs to one token, as its headers go with every request; tokens of an App live an hour,
so the senders of the last few are kept.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from modules.outbound.clock import now
from modules.outbound.messages import Reply, Request, Sender

from . import protocol
from .errors import BadAnswer, Forbidden, Missing, Rejected
from .protocol import Server, path

Connect = Callable[[str], Sender]  # by the value of the header `authorization`
Query = Sequence[tuple[str, str]]
KEPT: Final = 8  # senders
PER_PAGE: Final = 100


def read_wait_hint(reply: Reply) -> float | None:
    """How long an answer asks to be left alone, in seconds."""
    return protocol.wait_s(reply.status, reply.headers, now().timestamp())


class Wire:
    """Requests with a given authorization; nothing is known of logins here."""

    def __init__(self, server: Server, *, connect: Connect) -> None:
        self.server = server
        self._connect = connect
        self._senders: dict[str, Sender] = {}

    async def ask(
        self,
        authorization: str,
        method: str,
        where: str,
        *,
        query: Query = (),
        body: Any = None,
        what: str,
    ) -> Any:
        """The JSON of the answer. Raises GitHubError, OutboundError; OutcomeUnknown and Away say
        that a write may have been applied."""
        sender = self._senders.pop(authorization, None) or self._connect(authorization)
        self._senders[authorization] = sender
        while len(self._senders) > KEPT:
            await self._senders.pop(next(iter(self._senders))).aclose()
        reply = await sender.send(Request(method, where, tuple(query), body))
        moment = now().timestamp()
        return protocol.interpret(reply.status, reply.headers, reply.body, what=what, now=moment)

    async def aclose(self) -> None:
        while self._senders:
            await self._senders.popitem()[1].aclose()


class Login(Protocol):
    """Who asks."""

    async def token(self, repository: str) -> str:
        """A token for `owner/name`. Raises GitHubError, OutboundError."""
        ...

    async def name(self) -> str:
        """The account that comments of ours are written by; empty where it cannot be told."""
        ...


class GitHubClient:
    """One GitHub and one login. Each call names the repository, `owner/name`, it is about."""

    def __init__(self, wire: Wire, *, login: Login) -> None:
        self.server, self.login = wire.server, login
        self._wire = wire

    def __repr__(self) -> str:
        return f"GitHubClient({self.server.origin!r})"

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def get(self, repository: str, *parts: str | int, query: Query = (), what: str) -> Any:
        """GET below the repository. Raises GitHubError, OutboundError."""
        return await self._rest("GET", repository, parts, query=query, what=what)

    async def change(
        self, method: str, repository: str, *parts: str | int, body: Any = None, what: str
    ) -> Any:
        """A write below the repository, sent once. Raises GitHubError, OutboundError: after Away
        and OutcomeUnknown, look whether it was applied before it is repeated."""
        return await self._rest(method, repository, parts, body=body, what=what)

    async def pages(
        self, repository: str, *parts: str | int, query: Query = (), most: int, what: str
    ) -> list[Any]:
        """The rows of at most `most` pages of 100, first page first."""
        rows: list[Any] = []
        for number in range(1, most + 1):
            page = await self.page(repository, *parts, query=query, number=number, what=what)
            rows += page
            if len(page) < PER_PAGE:
                break
        return rows

    async def page(
        self, repository: str, *parts: str | int, query: Query = (), number: int, what: str
    ) -> list[Any]:
        """One page of 100. Raises BadAnswer: what is no list must not look like an empty one."""
        paged = [*query, ("per_page", str(PER_PAGE)), ("page", str(number))]
        data = await self.get(repository, *parts, query=paged, what=what)
        if not isinstance(data, list):
            raise BadAnswer(f"GitHub answered {what} with what is no list.")
        return data

    async def search_issues(self, repository: str, words: str, *, what: str) -> Any:
        """The 100 issues that fit best; what was made a short while ago is not among them. GitHub
        allows 30 a minute. Source: REST API, "Search issues and pull requests", whose query says
        `is:issue` since 2025-09-04. Raises GitHubError, OutboundError."""
        query = [("q", f"{words} repo:{repository} is:issue"), ("per_page", str(PER_PAGE))]
        where = self.server.rest + path("search", "issues")
        authorization = await self._authorization(repository)
        return await self._wire.ask(authorization, "GET", where, query=query, what=what)

    async def graphql(
        self, repository: str, document: str, variables: Mapping[str, str], *, what: str
    ) -> None:
        """A mutation. GraphQL answers refusals with 200 and `errors`."""
        body = {"query": document, "variables": dict(variables)}
        authorization = await self._authorization(repository)
        where = self.server.graphql
        data = await self._wire.ask(authorization, "POST", where, body=body, what=what)
        if not isinstance(data, dict):
            raise BadAnswer(f"GitHub answered {what} with what is no object.")
        if errors := data.get("errors"):
            raise _refusal(errors, what)

    async def _rest(
        self,
        method: str,
        repository: str,
        parts: tuple[str | int, ...],
        *,
        query: Query = (),
        body: Any = None,
        what: str,
    ) -> Any:
        where = self.server.rest + path("repos", repository, *parts)
        authorization = await self._authorization(repository)
        return await self._wire.ask(authorization, method, where, query=query, body=body, what=what)

    async def _authorization(self, repository: str) -> str:
        return f"Bearer {await self.login.token(repository)}"


def _refusal(errors: Any, what: str) -> Exception:
    kinds = {str(one.get("type")) for one in errors if isinstance(one, dict)}
    if "FORBIDDEN" in kinds:
        return Forbidden(f"The GitHub login may not change {what}.")
    return Missing(f"GitHub does not know {what}.") if "NOT_FOUND" in kinds else Rejected()
