"""Issue alert rules and metric alert rules. Source: docs/api/alerts, as last published."""

from starlette.responses import Response

from modules.local_sentry import rule_checks
from modules.local_sentry.alerts import (
    METRIC,
    RULE,
    add_alert,
    begin_task,
    find_alert,
    list_alerts,
    look_at_task,
    remove_alert,
    replace_alert,
)
from modules.local_sentry.body_checks import check_environment, need_choice, refuse
from modules.local_sentry.calls import Call, paged, reply
from modules.local_sentry.errors import NotFound
from modules.local_sentry.models import Alert, Json, Project
from modules.local_sentry.projects import environments, find_project, list_projects
from modules.local_sentry.shapes.alerts import metric_json, rule_json


def list_rules(call: Call) -> Response:
    project = call.project()
    found = list_alerts(call.store, RULE, [project])
    return paged(call, [rule_json(one, project.slug) for one in found])


def create_rule(call: Call) -> Response:
    return _save_rule(call, None)


def get_rule(call: Call) -> Response:
    return reply(rule_json(_found(call, RULE), call.project().slug))


def update_rule(call: Call) -> Response:
    return _save_rule(call, _found(call, RULE))


def remove_rule(call: Call) -> Response:
    remove_alert(call.store, _found(call, RULE))
    return Response(status_code=202)


def snooze_rule(call: Call) -> Response:
    """`target` is `everyone` or `me`. Source: Sentry's page of a rule; not published."""
    target = need_choice(call.fields(), "target", ("everyone", "me"))
    there = _found(call, RULE)
    muted = {**there.body, "snoozed_for": target}
    replace_alert(call.store, there, muted, now=call.now)
    return reply({"target": target, "ruleId": there.id}, status=201)


def unsnooze_rule(call: Call) -> Response:
    there = _found(call, RULE)
    heard = {name: value for name, value in there.body.items() if name != "snoozed_for"}
    replace_alert(call.store, there, heard, now=call.now)
    return Response(status_code=204)


def _save_rule(call: Call, there: Alert | None) -> Response:
    """202 where a channel takes a while to find; then a task tells how it stands."""
    project = call.project()
    body = rule_checks.rule(call.fields(), org=call.server.org)
    check_environment(body, _environments(call))
    _check_no_twin(call, body, there)
    if rule_checks.waits(call.fields()):
        task = begin_task(call.store, RULE, body, project=project, alert=there)
        return reply({"uuid": task}, status=202)
    if there is None:
        made = add_alert(call.store, RULE, body, now=call.now, project=project)
        return reply(rule_json(made, project.slug), status=201)
    body |= {name: there.body[name] for name in ("snoozed_for",) if name in there.body}
    return reply(rule_json(replace_alert(call.store, there, body, now=call.now), project.slug))


def _check_no_twin(call: Call, body: Json, there: Alert | None) -> None:
    for one in list_alerts(call.store, RULE, [call.project()]):
        if (there is None or one.id != there.id) and rule_checks.same(one.body, body):
            raise refuse("name", f"This rule is an exact duplicate of '{one.name}'.")


def get_task(call: Call) -> Response:
    project = call.project()
    stands = look_at_task(call.store, call.path("task"), project, now=call.now)
    answer: Json = {"status": stands["status"], "error": None}
    if stands["made"] is not None:
        made = find_alert(call.store, RULE, stands["made"])
        answer["rule"] = rule_json(made, project.slug)
    return reply(answer)


def list_metric_rules(call: Call) -> Response:
    return paged(call, [metric_json(one) for one in list_alerts(call.store, METRIC)])


def create_metric_rule(call: Call) -> Response:
    body = _metric(call)
    project = _its_project(call, body)
    made = add_alert(call.store, METRIC, body, now=call.now, project=project)
    return reply(metric_json(made), status=201)


def get_metric_rule(call: Call) -> Response:
    return reply(metric_json(_found(call, METRIC)))


def update_metric_rule(call: Call) -> Response:
    there, body = _found(call, METRIC), _metric(call)
    return reply(metric_json(replace_alert(call.store, there, body, now=call.now)))


def remove_metric_rule(call: Call) -> Response:
    remove_alert(call.store, _found(call, METRIC))
    return Response(status_code=204)


def _metric(call: Call) -> Json:
    body = rule_checks.metric(call.fields(), org=call.server.org)
    check_environment(body, _environments(call))
    _its_project(call, body)
    return body


def _its_project(call: Call, body: Json) -> Project:
    try:
        return find_project(call.store, str(body["projects"][0]))
    except NotFound:
        raise refuse("projects", "Invalid project") from None


def _found(call: Call, kind: str) -> Alert:
    found = find_alert(call.store, kind, call.path("alert"))
    if kind == RULE and found.project_id != call.project().id:
        raise NotFound()
    return found


def _environments(call: Call) -> set[str]:
    return {row["name"] for row in environments(call.store, list_projects(call.store))}
