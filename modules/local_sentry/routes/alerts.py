"""Rules of metric alerts: made."""

import re
from typing import Any, Final

from starlette.responses import Response

from modules.local_sentry.calls import Call, reply
from modules.local_sentry.errors import FieldErrors, NotFound
from modules.local_sentry.incidents import add_rule
from modules.local_sentry.models import Json, Project
from modules.local_sentry.projects import find_project
from modules.local_sentry.shapes.alert import rule_json

_QUERY: Final = re.compile(r"(?:level:([a-z]+))?")
WINDOWS: Final = (1, 5, 10, 15, 30, 60, 120, 240, 1440)  # minutes


def make_rule(call: Call) -> Response:
    """`count()` of one project's events above a threshold; of a query only `level:`."""
    body = call.fields()
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise FieldErrors({"name": ["This field is required."]})
    if body.get("aggregate") != "count()" or body.get("thresholdType") != 0:
        raise FieldErrors({"aggregate": ["Only count() above a threshold is known here."]})
    window = body.get("timeWindow")
    if window not in WINDOWS:
        raise FieldErrors({"timeWindow": [f"{window} is not a valid choice."]})
    query = _QUERY.fullmatch(str(body.get("query") or ""))
    if query is None:
        raise FieldErrors({"query": ["Only level: is known here."]})
    triggers = _triggers(body)
    rule = add_rule(
        call.store,
        {
            "name": name,
            "project_id": _project(call, body).id,
            "level": query[1] or "",
            "environment": str(body.get("environment") or ""),
            "window_s": 60 * window,
            "warning": triggers.get("warning"),
            "critical": triggers["critical"],
            "resolve": body.get("resolveThreshold"),
            "created": call.now,
        },
    )
    return reply(rule_json(rule), status=201)


def _triggers(body: Json) -> dict[str, float]:
    found: dict[str, float] = {}
    given: Any = body.get("triggers")
    for one in given if isinstance(given, list) else ():
        label, threshold = _trigger(one)
        if label in ("critical", "warning") and isinstance(threshold, int | float):
            found[label] = threshold
    if "critical" not in found:
        raise FieldErrors({"triggers": ['Must specify a critical trigger labeled "critical"']})
    return found


def _trigger(one: Any) -> tuple[Any, Any]:
    return (one.get("label"), one.get("alertThreshold")) if isinstance(one, dict) else (None, None)


def _project(call: Call, body: Json) -> Project:
    slugs = body.get("projects")
    try:
        return find_project(call.store, str(slugs[0]) if isinstance(slugs, list) and slugs else "")
    except NotFound:
        raise FieldErrors({"projects": ["Invalid project"]}) from None
