"""Operations on events."""

from pydantic import Field

from modules.framework.contracts import Answer
from modules.framework.operation import Parameters, operation
from modules.sentry.events import get_event, list_events
from modules.sentry.locate import locate_event, locate_issue
from modules.sentry.models import Event

from . import issue_views
from .facts import cursor, present, unusable
from .issues import READ, Cursor, IssueId
from .occurrence import DETAILED, event_facts, event_outside
from .services import Services


class GetErrorEvents(Parameters):
    issue_id: IssueId
    limit: int = Field(10, ge=1, le=100)
    event_id: str | None = Field(
        None, description="Read one in full: hex id, latest, oldest, recommended.", max_length=64
    )
    cursor: Cursor = None


@operation(view=issue_views.one_event, read_only=True, scopes=READ)
async def get_error_events(services: Services, params: GetErrorEvents) -> Answer:
    """List an issue's single events, or read one in full by event_id. To understand an issue use
    get-issue-details."""
    sentry = services.sentry
    ref = locate_issue(params.issue_id, base_url=sentry.base_url)
    org = await sentry.organization(ref.org, likely=ref.likely_org)
    if params.event_id is not None:
        event = await get_event(sentry, org, ref, locate_event(params.event_id))
        return Answer(data=_one(services, ref.id, event))
    page = await list_events(sentry, org, ref, limit=params.limit, cursor=params.cursor)
    events = page.events[: params.limit]
    told = [
        present({"title": one.title, "release": one.release, "environment": one.environment})
        for one in events
    ]
    data = {
        "issue": ref.id,
        "events": [event_facts(one) for one in events],
        "next_cursor": cursor(page.next_cursor),
        "untrusted": services.outside({"events": told}, origin="sentry events"),
    }
    return Answer(
        data=data,
        gaps=unusable(page.next_cursor),
        recommendations=("event_id=<id> reads one in full",) if events else (),
    )


def _one(services: Services, issue: str, event: Event) -> dict[str, object]:
    outside = {"title": event.title, **event_outside(event, DETAILED)}
    return {
        "issue": issue,
        "event": event_facts(event),
        "untrusted": services.outside(outside, origin="sentry event"),
    }
