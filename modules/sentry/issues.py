"""Issues: list, read, change, comment."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from . import protocol
from .backends import beyond_glitchtip
from .client import SentryClient, explain_missing
from .errors import NotFound, Rejected, Unsupported, UpstreamFailure
from .locate import IssueRef
from .models import Issue, read_issue
from .protocol import Payload
from .reading import child, children, text

READ: Final = "event:read"
WRITE: Final = "event:write"
REGRESSION: Final = "set_regression"
OWN_SORTS: Final = {"new": "-first_seen", "freq": "-count", "date": "-last_seen"}
SEARCH_DEPTH: Final = 500


@dataclass(frozen=True)
class IssueSearch:
    """A search over the issues of an organization. `query` goes to Sentry byte for byte."""

    query: str
    project: str | None = None
    environment: str | None = None
    period: str | None = None
    sort: str | None = None
    limit: int = 25
    cursor: str | None = None

    def parameters(self) -> list[tuple[str, str]]:
        named = (
            ("project", self.project),
            ("environment", self.environment),
            ("statsPeriod", self.period),
            ("sort", self.sort),
            ("cursor", self.cursor),
        )
        given = [(name, value) for name, value in named if value]
        return [("query", self.query), ("limit", str(self.limit)), *given]


@dataclass(frozen=True)
class IssuePage:
    """One page of a search; `total` is Sentry's estimate, None where it gives none."""

    issues: tuple[Issue, ...]
    next_cursor: str | None
    total: int | None

    def since(self, moment: datetime, *, newest_first: bool) -> "IssuePage":
        """Without what was last seen before a moment. How many there are is then not known; where
        the newest come first, nothing younger follows an older one."""
        wanted = moment.strftime("%Y-%m-%dT%H:%M:%S")
        kept = tuple(one for one in self.issues if one.last_seen[:19] >= wanted)
        last = self.issues[-1].last_seen[:19] if self.issues else ""
        ended = newest_first and "" < last < wanted
        return IssuePage(kept, None if ended else self.next_cursor, None)


async def search_issues(client: SentryClient, org: str, search: IssueSearch) -> IssuePage:
    """One page of issues. Source: GET /organizations/{o}/issues/.

    A server that does not know Sentry's words for `sort` (GlitchTip) gets its own. Raises
    Unsupported, before anything is sent, where the server does not know the words of the search.
    """
    closed = search.query.count('"') % 2 == 0
    if closed and beyond_glitchtip(search.query) and await client.is_glitchtip():
        raise Unsupported(
            "GlitchTip cannot search for this, and finds nothing whether there is something or not.",
            recovery="Search for is:unresolved|resolved|ignored, level:, has:, key:value of a tag, "
            "or words, which come last.",
        )
    try:
        page = await _ask(client, org, search)
    except NotFound as error:
        explained = await explain_missing(client, org, error)
        if explained is error and search.cursor:
            raise refused_cursor() from None
        raise explained from None
    issues = tuple(read_issue(one) for one in page.rows()[: search.limit])
    return IssuePage(issues, page.cursor_after(search.cursor), page.hits)


async def _ask(client: SentryClient, org: str, search: IssueSearch) -> Payload:
    """In Sentry's words for `sort`, or where they are refused in the server's own. GlitchTip of
    2022 ignores Sentry's, so what answers must be known before."""
    own = replace(search, sort=OWN_SORTS.get(search.sort or ""))
    if search.sort not in (None, "date"):
        await client.is_glitchtip(part=0.1)
    if "sentry-sort" in client.lacks:
        try:
            return await _page_of(client, org, own)
        except Rejected:
            if not (own.sort and await client.is_another_now()):
                raise
    try:
        return await _page_of(client, org, search)
    except Rejected as error:
        if "sort" not in error.details.get("fields", ()):
            raise
    page = await _page_of(client, org, own)
    client.learn("sentry-sort")  # now that its own word did what Sentry's did not
    return page


async def _page_of(client: SentryClient, org: str, search: IssueSearch) -> Payload:
    try:
        return await client.get(
            protocol.path("organizations", org, "issues"),
            search.parameters(),
            what=f"the issues of organization {org!r}",
            need=READ,
        )
    except Rejected as error:
        if error.details.get("fields"):
            raise
        raise Rejected(
            f"Sentry refuses the search over the issues of organization {org!r}.",
            recovery="Check query (Sentry's search words, quotes closed), cursor, period, "
            "environment and sort.",
            details=error.details,
        ) from None
    except UpstreamFailure as error:
        if search.query.count('"') % 2 == 0:
            raise
        raise Rejected(  # GlitchTip crashes on it
            "The search has a quote that is not closed.", recovery='Close it: "two words".'
        ) from error


def refused_cursor() -> Rejected:
    """What GlitchTip of 2022 says with 404, and others with 400 or 422."""
    return Rejected(
        "The server does not know this cursor.",
        recovery="Cursors belong to one server and one list: begin again without cursor.",
    )


async def on_issue(
    client: SentryClient,
    org: str,
    ref: IssueRef,
    part: str,
    call: Callable[[tuple[str, ...]], Awaitable[Payload]],
) -> Payload:
    """What `call` gets from the issue's path: below its organization, which Sentry wants, or
    without one, which is all that GlitchTip and very old servers have. Which form a server lacks
    is remembered for each `part` ("detail", "events", …)."""
    ref = await _named(client, org, ref)

    async def below_organization() -> Payload:
        return await call(("organizations", org, "issues", ref.id))

    async def bare() -> Payload:
        return await call(("issues", await numeric_id(client, org, ref)))

    return await client.first_supported(
        (f"organization-issue-{part}", below_organization), (f"bare-issue-{part}", bare)
    )


async def numeric_id(client: SentryClient, org: str, ref: IssueRef) -> str:
    """The numeric id; a server without short ids is searched for them, once each."""
    if ref.numeric:
        return ref.id
    return await client.remember("short-id", f"{org}/{ref.id}", lambda: _search(client, org, ref))


async def _named(client: SentryClient, org: str, ref: IssueRef) -> IssueRef:
    """The issue by its own id: a share link has another one."""
    if not ref.shared:
        return ref
    where = protocol.path("organizations", org, "shared", "issues", ref.id)
    page = await client.get(where, what="the shared issue", need=READ)
    return replace(ref, id=read_issue(page.data).id, shared=False)


async def _search(client: SentryClient, org: str, ref: IssueRef) -> str:
    raw, _ = await client.pages(
        protocol.path("organizations", org, "issues"),
        [("query", ""), ("limit", "100")],
        what="the list of issues",
        need=READ,
        most=SEARCH_DEPTH,
    )
    for one in raw:
        if text(one, "shortId").upper() == ref.id:
            return text(one, "id")
    raise NotFound(
        f"There is no issue {ref.id} among the last {SEARCH_DEPTH}; this server has no short ids.",
        recovery="Give the numeric id, as in the issue's URL.",
    )


async def get_issue(client: SentryClient, org: str, ref: IssueRef) -> Issue:
    """One issue. Source: GET /organizations/{o}/issues/{id}/."""
    what = f"issue {ref.id} in organization {org!r}"
    try:
        page = await on_issue(
            client,
            org,
            ref,
            "detail",
            lambda at: client.get(protocol.path(*at), what=what, need=READ),
        )
    except NotFound as error:
        raise await explain_missing(client, org, error) from None
    return read_issue(page.data)


async def regressed_at(client: SentryClient, org: str, ref: IssueRef) -> str:
    """When it last came back, as ISO 8601; empty where the server does not tell.

    Source: the same, `activity`, whose entries of type `set_regression` say so.
    """
    what = f"issue {ref.id} in organization {org!r}"
    page = await on_issue(
        client, org, ref, "detail", lambda at: client.get(protocol.path(*at), what=what, need=READ)
    )
    activity = children(page.data, "activity")
    moments = [text(one, "dateCreated") for one in activity if text(one, "type") == REGRESSION]
    return max(moments, default="")


async def update_issue(
    client: SentryClient, org: str, ref: IssueRef, change: Mapping[str, Any]
) -> None:
    """Change an issue. Source: PUT /organizations/{o}/issues/{id}/; a partial body is right."""
    what = f"issue {ref.id}"
    await on_issue(
        client,
        org,
        ref,
        "update",
        lambda at: client.put(protocol.path(*at), change, what=what, need=WRITE),
    )


async def add_note(client: SentryClient, org: str, ref: IssueRef, note: str) -> str:
    """Comment on an issue; the id of the note.

    Undocumented: POST …/notes/ with `text`; GlitchTip: POST …/comments/ with `data.text`.
    """
    ref = await _named(client, org, ref)
    what = f"a comment on issue {ref.id}"

    async def sentry() -> Payload:
        where = _notes(org, ref)
        return await client.post(where, {"text": note}, what=what, need=WRITE)

    async def glitchtip() -> Payload:
        where = await _comments(client, org, ref)
        try:
            return await client.post(where, {"data": {"text": note}}, what=what, need=WRITE)
        except Rejected:  # that is also how it says that there is no such issue
            await get_issue(client, org, ref)
            raise

    page = await client.first_supported(("notes", sentry), ("comments", glitchtip))
    return text(page.data, "id")


async def change_note(
    client: SentryClient, org: str, ref: IssueRef, note_id: str, note: str
) -> None:
    """Another text for a comment of our own. Undocumented: PUT …/notes/{id}/ (FACTS.md 6.7)."""
    ref = await _named(client, org, ref)
    what = f"a comment on issue {ref.id}"
    where = protocol.path("organizations", org, "issues", ref.id, "notes", note_id)
    await client.put(where, {"text": note}, what=what, need=WRITE)


@dataclass(frozen=True)
class Comment:
    """A comment on an issue; `at` as the server writes it, `author` a user's id."""

    id: str
    text: str
    author: str
    at: str


async def list_notes(client: SentryClient, org: str, ref: IssueRef) -> list[tuple[str, str]]:
    """The (id, text) of an issue's comments, newest first."""
    return [(one.id, one.text) for one in await list_comments(client, org, ref)]


async def list_comments(client: SentryClient, org: str, ref: IssueRef) -> list[Comment]:
    """The comments on an issue, newest first. Undocumented: GET …/notes/ (FACTS.md 6.7)."""
    ref = await _named(client, org, ref)
    what = f"the comments on issue {ref.id}"

    async def sentry() -> Payload:
        return await client.get(_notes(org, ref), what=what, need=READ)

    async def glitchtip() -> Payload:
        return await client.get(await _comments(client, org, ref), what=what, need=READ)

    page = await client.first_supported(("notes", sentry), ("comments", glitchtip))
    return [_comment(one) for one in page.rows()]


def _comment(raw: object) -> Comment:
    author = text(child(raw, "user"), "id")
    return Comment(
        text(raw, "id"), text(child(raw, "data"), "text"), author, text(raw, "dateCreated")
    )


def _notes(org: str, ref: IssueRef) -> str:
    return protocol.path("organizations", org, "issues", ref.id, "notes")


async def _comments(client: SentryClient, org: str, ref: IssueRef) -> str:
    return protocol.path("issues", await numeric_id(client, org, ref), "comments")
