"""What `/api/sentry/webhook` answers. Source: seed document 002, "API Reference"."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from modules.framework.errors import ModuleError
from modules.tracker.errors import TrackerOff
from modules.tracker.tracked import Decision, Tracked

from .answers import of_error

TRACKED: Final = "/api/sentry/webhook"
SUPPORTED: Final = (
    "issue.created (substatus=new)",
    "issue.unresolved (substatus=regressed)",
    "issue.unresolved (substatus=escalating)",
)
WHY: Final = {
    TrackerOff.code: "No tracker is chosen: SENTRY_TRACKER.",
    "not_acted_on": "Not an event that is tracked.",
    "not_tracked": "Nothing is tracked for this issue.",
    "no_issue": "It names no issue.",
    "other_organization": "It is of another organization than SENTRY_ORG_SLUG.",
    "project_not_tracked": "Its project is not tracked.",
    "event_not_chosen": "This kind of event is not chosen for its project.",
    "below_level": "Its level is below the one that is chosen for its project.",
    "other_environment": "It happened in an environment that is not chosen for its project.",
    "late": "Something newer is known of this issue already.",
    "assignee_not_mapped": "The tracker's name of this person is not known.",
}


async def supported(_: Request) -> Response:
    """Which events become issues."""
    return JSONResponse(
        {
            "status": "ok",
            "endpoint": TRACKED,
            "description": "Sentry webhook endpoint for automatic issue creation",
            "supported_events": list(SUPPORTED),
        }
    )


def acknowledged(decision: Decision) -> Response:
    """200: the delivery is kept, whatever became of it."""
    one = decision.tracked
    if one is None or decision.answer == "skipped":
        why = WHY.get(decision.reason, decision.reason)
        told = {"success": True, "skipped": True, "reason": decision.reason, "message": why}
        return JSONResponse(told | (_names(one) if one is not None else {}))
    if decision.answer == "deduplicated":
        message = f"Issue already tracked as {one.key or 'an issue that is yet to be filed'}"
        known = {"success": True, "deduplicated": True, **_names(one), "message": message}
        return JSONResponse(known)
    return JSONResponse({"success": True, **_names(one)})


def not_kept(error: ModuleError) -> Response:
    """The document knows one status for what is the server's fault."""
    answer = of_error(error)
    answer.status_code = min(answer.status_code, 500)
    return answer


def _names(one: Tracked) -> dict[str, Any]:
    """The identifier is null until a tracker elsewhere has the issue."""
    return {
        "issue": {"id": one.id, "identifier": one.key or None},
        "sentry": {"id": one.external_id, "shortId": one.metadata.get("shortId", "")},
    }
