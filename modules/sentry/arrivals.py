"""Whether an event has arrived, and by which keys events may come."""

from . import protocol
from .client import SentryClient
from .errors import NotFound
from .reading import child, get, objects, text


async def dsns(client: SentryClient, org: str, slug: str) -> tuple[tuple[str, bool], ...]:
    """The DSNs of a project, and whether each is enabled. Source: GET /projects/{o}/{p}/keys/.

    GlitchTip tells of no key that it is disabled.
    """
    page = await client.get(
        protocol.path("projects", org, slug, "keys"),
        what=f"the client keys of project {slug!r}",
        need="project:read",
    )
    return tuple(
        (text(child(one, "dsn"), "public"), get(one, "isActive") is not False)
        for one in objects(page.rows())
    )


async def has_arrived(client: SentryClient, org: str, slug: str, event_id: str) -> bool:
    """Whether the project has the event. Source: GET /projects/{o}/{p}/events/{event_id}/."""
    try:
        page = await client.get(
            protocol.path("projects", org, slug, "events", event_id),
            what=f"event {event_id}",
            need="project:read",
        )
    except NotFound:
        return False
    return text(page.fields(), "eventID").replace("-", "") == event_id
