"""Events of an issue, and counts over events."""

from dataclasses import dataclass
from typing import Any, Final

from . import protocol
from .client import SentryClient
from .errors import BadAnswer, NotFound, Rejected, SentryError, Unsupported
from .issues import READ, get_issue, on_issue, refused_cursor
from .locate import IssueRef
from .models import Event, read_event
from .protocol import Payload
from .reading import Json, get, objects

ALIAS_FALLBACK: Final = {"recommended": "latest"}


@dataclass(frozen=True)
class EventPage:
    """One page of an issue's events, newest first."""

    events: tuple[Event, ...]
    next_cursor: str | None


async def get_event(client: SentryClient, org: str, ref: IssueRef, event_id: str) -> Event:
    """One event of an issue: 32 hex digits, `latest`, `oldest` or `recommended`.

    Source: GET /organizations/{o}/issues/{id}/events/{event_id}/. Servers before 2023-11 and
    GlitchTip do not know `recommended`; they are asked for `latest`.
    """
    if f"alias-{event_id}" in client.lacks:
        event_id = ALIAS_FALLBACK.get(event_id, event_id)
    try:
        page = await _event(client, org, ref, event_id)
    except (NotFound, Rejected, Unsupported) as error:
        if event_id == "oldest" and await client.is_glitchtip():
            raise _no_oldest() from None
        if event_id not in ALIAS_FALLBACK:
            raise
        return await _fall_back(client, org, ref, event_id, error)
    return _read(page, event_id)


def _read(page: Payload, event_id: str) -> Event:
    """GlitchTip of 2022 answers an unknown issue with an event in which every field is empty."""
    if get(page.data, "eventID") == "" and not get(page.data, "entries"):
        raise NotFound(f"There is no event {event_id!r}, or no such issue.")
    return read_event(page.data)


def _no_oldest() -> Unsupported:
    return Unsupported(
        "GlitchTip has no name for the oldest event.",
        recovery="get-error-events lists events, newest first: the last one of the last page.",
    )


async def _fall_back(
    client: SentryClient, org: str, ref: IssueRef, event_id: str, error: SentryError
) -> Event:
    try:
        page = await _event(client, org, ref, ALIAS_FALLBACK[event_id])
    except NotFound:
        raise error from None
    client.learn(f"alias-{event_id}")
    return _read(page, event_id)


async def _event(client: SentryClient, org: str, ref: IssueRef, event_id: str) -> Payload:
    return await on_issue(
        client,
        org,
        ref,
        "event",
        lambda at: client.get(
            protocol.path(*at, "events", event_id),
            what=f"event {event_id!r} of issue {ref.id}",
            need=READ,
        ),
    )


async def list_events(
    client: SentryClient, org: str, ref: IssueRef, *, limit: int, cursor: str | None
) -> EventPage:
    """Events without their stack traces. Source: GET /organizations/{o}/issues/{id}/events/.

    GlitchTip answers an unknown issue with an empty list, so one is asked for on its own.
    """
    query = [("per_page", str(limit)), ("limit", str(limit))]
    if cursor:
        query.append(("cursor", cursor))
    try:
        page = await on_issue(
            client,
            org,
            ref,
            "events",
            lambda at: client.get(
                protocol.path(*at, "events"), query, what=f"the events of issue {ref.id}", need=READ
            ),
        )
    except NotFound:
        if cursor is None:
            raise
        await get_issue(client, org, ref)
        raise refused_cursor() from None
    events = tuple(read_event(one) for one in page.rows())
    if not events and not cursor:
        await get_issue(client, org, ref)
    return EventPage(events, page.cursor_after(cursor))


async def count_events(
    client: SentryClient,
    org: str,
    *,
    fields: tuple[str, ...],
    project_id: str | tuple[str, ...],
    period: str,
    sort: str = "",
) -> list[Json]:
    """Counts over the error events of a project, or of several together, a row for each combination
    of the plain fields.

    Source: GET /organizations/{o}/events/?dataset=errors (Sentry only; servers before 2024 know
    no such dataset, and are asked for events that are no transactions).
    """
    projects = (project_id,) if isinstance(project_id, str) else project_id
    query: list[tuple[str, str]] = [
        *(("field", one) for one in fields),
        *(("project", one) for one in projects),
        ("statsPeriod", period),
        ("per_page", "100"),
        *([("sort", sort)] if sort else []),
    ]

    async def counted(*which: tuple[str, str]) -> list[Json]:
        page: Any = await client.get(
            protocol.path("organizations", org, "events"),
            [*which, *query],
            what="counts of events",
            need="org:read",
        )
        rows = get(page.fields(), "data")
        if not isinstance(rows, list):  # no counts are not the count 0
            raise BadAnswer("The answer for counts of events has no rows.")
        return objects(rows)

    if "events-endpoint" in client.lacks:
        raise Unsupported("This server does not count events by release, environment or user.")
    if "errors-dataset" not in client.lacks:
        try:
            return await counted(("dataset", "errors"))
        except Rejected:
            pass
    found = await counted(("query", "!event.type:transaction"))
    client.learn("errors-dataset")
    return found
