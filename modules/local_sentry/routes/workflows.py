"""Detectors and workflows. Source: docs/api/monitors."""

from starlette.responses import Response

from modules.local_sentry import workflow_checks
from modules.local_sentry.alerts import (
    DETECTOR,
    WORKFLOW,
    add_alert,
    find_alert,
    list_alerts,
    remove_alert,
    replace_alert,
)
from modules.local_sentry.body_checks import check_environment, refuse
from modules.local_sentry.calls import Call, paged, reply
from modules.local_sentry.models import Alert, Json
from modules.local_sentry.projects import environments, list_projects
from modules.local_sentry.shapes.alerts import detector_json, workflow_json


def list_detectors(call: Call) -> Response:
    """`query` takes name:, type: and words; assignees are nobody's here."""
    found = list_alerts(call.store, DETECTOR, call.projects())
    kinds = [one.removeprefix("type:") for one in _terms(call) if one.startswith("type:")]
    rows = [one for one in found if _asked(call, one) and _kind_fits(one, kinds)]
    return paged(call, [_detector(call, one) for one in rows])


def create_detector(call: Call) -> Response:
    body = workflow_checks.detector(call.fields())
    check_environment(body["dataSources"][0], _environments(call))
    made = add_alert(call.store, DETECTOR, body, now=call.now, project=call.project())
    return reply(_detector(call, made), status=201)


def get_detector(call: Call) -> Response:
    return reply(_detector(call, _found(call, DETECTOR)))


def update_detector(call: Call) -> Response:
    there, body = _found(call, DETECTOR), workflow_checks.detector(call.fields())
    check_environment(body["dataSources"][0], _environments(call))
    return reply(_detector(call, replace_alert(call.store, there, body, now=call.now)))


def remove_detector(call: Call) -> Response:
    remove_alert(call.store, _found(call, DETECTOR))
    return Response(status_code=204)


def list_workflows(call: Call) -> Response:
    rows = [one for one in list_alerts(call.store, WORKFLOW) if _asked(call, one)]
    if call.ask_all("project"):
        own = {str(one.id) for one in list_alerts(call.store, DETECTOR, call.projects())}
        rows = [one for one in rows if own & set(one.body["detectorIds"])]
    return paged(call, [workflow_json(one) for one in rows])


def create_workflow(call: Call) -> Response:
    body = _workflow(call)
    return reply(workflow_json(add_alert(call.store, WORKFLOW, body, now=call.now)), status=201)


def get_workflow(call: Call) -> Response:
    return reply(workflow_json(_found(call, WORKFLOW)))


def update_workflow(call: Call) -> Response:
    there, body = _found(call, WORKFLOW), _workflow(call)
    return reply(workflow_json(replace_alert(call.store, there, body, now=call.now)))


def remove_workflow(call: Call) -> Response:
    remove_alert(call.store, _found(call, WORKFLOW))
    return Response(status_code=204)


def _workflow(call: Call) -> Json:
    body = workflow_checks.workflow(call.fields(), org=call.server.org)
    check_environment(body, _environments(call))
    known = {str(one.id) for one in list_alerts(call.store, DETECTOR)}
    if not known.issuperset(body["detectorIds"]):
        raise refuse("detectorIds", "Some detectors do not exist.")
    return body


def _found(call: Call, kind: str) -> Alert:
    return find_alert(call.store, kind, call.path(kind))  # as the path names it


def _detector(call: Call, alert: Alert) -> Json:
    number = str(alert.id)
    connected = [
        one.id for one in list_alerts(call.store, WORKFLOW) if number in one.body["detectorIds"]
    ]
    return detector_json(alert, connected=connected)


def _environments(call: Call) -> set[str]:
    return {row["name"] for row in environments(call.store, list_projects(call.store))}


def _terms(call: Call) -> list[str]:
    return (call.ask("query") or "").split()


def _asked(call: Call, alert: Alert) -> bool:
    """By `id`, and by the words of `query` in its name."""
    ids = call.ask_all("id")
    words = [one.removeprefix("name:").strip('"*').lower() for one in _terms(call)]
    named = [one for one in words if not one.startswith("type:")]
    fits = all(one in alert.name.lower() for one in named)
    return fits and (not ids or str(alert.id) in ids)


def _kind_fits(alert: Alert, kinds: list[str]) -> bool:
    return not kinds or alert.body["type"] in kinds
