"""Whether an event has arrived."""

import re
from typing import Final

from . import protocol
from .client import SentryClient
from .errors import NotFound
from .reading import text

NUMBER: Final = re.compile(r"[0-9]{1,20}")


async def issue_of_event(client: SentryClient, org: str, slug: str, event_id: str) -> str | None:
    """The id of its issue, empty where the server does not tell; None where the project has no such
    event. Source: GET /projects/{o}/{p}/events/{event_id}/."""
    try:
        page = await client.get(
            protocol.path("projects", org, slug, "events", event_id),
            what=f"event {event_id}",
            need="project:read",
        )
    except NotFound:
        return None
    told = page.fields()
    if text(told, "eventID").replace("-", "") != event_id:
        return None
    issue = text(told, "groupID")
    return issue if NUMBER.fullmatch(issue) else ""
