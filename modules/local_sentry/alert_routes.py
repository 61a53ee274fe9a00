"""The routes of alerts: of detectors and workflows, or of the rules that servers had before."""

from typing import Final, Literal

from .calls import Handler
from .routes import alert_rules, directory, workflows

Entry = tuple[str, str, Handler, str]  # method, path, handler, scope
Alerts = Literal["workflows", "legacy"]
_O: Final = "/api/0/organizations/{org}/"
_P: Final = "/api/0/projects/{org}/{project}/"
READ, WRITE = "alerts:read", "alerts:write"

DIRECTORY: Final[tuple[Entry, ...]] = (
    ("GET", f"{_O}integrations/", directory.list_integrations, "org:read"),
    ("GET", f"{_O}integrations/{{integration}}/channels/", directory.list_channels, "org:read"),
    ("GET", f"{_O}sentry-app-installations/", directory.list_installations, "org:read"),
    ("GET", f"{_O}teams/", directory.list_teams, "org:read"),
    ("GET", f"{_O}members/", directory.list_members, "member:read"),
    ("GET", f"{_P}teams/", directory.list_project_teams, "project:read"),
)
WORKFLOWS: Final[tuple[Entry, ...]] = (
    ("GET", f"{_O}detectors/", workflows.list_detectors, READ),
    ("POST", f"{_O}projects/{{project}}/detectors/", workflows.create_detector, WRITE),
    ("GET", f"{_O}detectors/{{detector}}/", workflows.get_detector, READ),
    ("PUT", f"{_O}detectors/{{detector}}/", workflows.update_detector, WRITE),
    ("DELETE", f"{_O}detectors/{{detector}}/", workflows.remove_detector, WRITE),
    ("GET", f"{_O}workflows/", workflows.list_workflows, READ),
    ("POST", f"{_O}workflows/", workflows.create_workflow, WRITE),
    ("GET", f"{_O}workflows/{{workflow}}/", workflows.get_workflow, READ),
    ("PUT", f"{_O}workflows/{{workflow}}/", workflows.update_workflow, WRITE),
    ("DELETE", f"{_O}workflows/{{workflow}}/", workflows.remove_workflow, WRITE),
)
LEGACY: Final[tuple[Entry, ...]] = (
    ("GET", f"{_P}rules/", alert_rules.list_rules, READ),
    ("POST", f"{_P}rules/", alert_rules.create_rule, WRITE),
    ("GET", f"{_P}rules/{{alert}}/", alert_rules.get_rule, READ),
    ("PUT", f"{_P}rules/{{alert}}/", alert_rules.update_rule, WRITE),
    ("DELETE", f"{_P}rules/{{alert}}/", alert_rules.remove_rule, WRITE),
    ("POST", f"{_P}rules/{{alert}}/snooze/", alert_rules.snooze_rule, WRITE),
    ("DELETE", f"{_P}rules/{{alert}}/snooze/", alert_rules.unsnooze_rule, WRITE),
    ("GET", f"{_P}rule-task/{{task}}/", alert_rules.get_task, READ),
    ("GET", f"{_O}alert-rules/", alert_rules.list_metric_rules, READ),
    ("POST", f"{_O}alert-rules/", alert_rules.create_metric_rule, WRITE),
    ("GET", f"{_O}alert-rules/{{alert}}/", alert_rules.get_metric_rule, READ),
    ("PUT", f"{_O}alert-rules/{{alert}}/", alert_rules.update_metric_rule, WRITE),
    ("DELETE", f"{_O}alert-rules/{{alert}}/", alert_rules.remove_metric_rule, WRITE),
)


def alert_routes(generation: Alerts) -> tuple[Entry, ...]:
    return (*DIRECTORY, *(WORKFLOWS if generation == "workflows" else LEGACY))
