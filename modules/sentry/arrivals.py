"""Whether an event has arrived."""

from . import protocol
from .client import SentryClient
from .errors import NotFound
from .reading import text


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
