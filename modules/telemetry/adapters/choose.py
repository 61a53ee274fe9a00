"""Which generation of alerts a server has, and whether the token may write it."""

from collections.abc import Iterable

from modules.sentry.alerts_workflows import has_workflows
from modules.sentry.backends import implied_scopes
from modules.sentry.client import SentryClient
from modules.sentry.models import Project
from modules.sentry.notified import list_project_teams
from modules.sentry.projects import who_am_i
from modules.sentry.reading import text
from modules.telemetry.alerting.errors import MissingAlertScope
from modules.telemetry.alerting.ports import AlertApi

from .legacy_api import LegacyApi
from .workflow_api import WorkflowApi


async def alert_api(client: SentryClient, org: str, project: Project) -> AlertApi:
    """Asked anew each time: a self-hosted server may have been updated. Raises SentryError."""
    if await has_workflows(client, org):
        return WorkflowApi(client, org, project)
    rows = await list_project_teams(client, org, project.slug)
    teams = tuple(id_ for one in rows if (id_ := text(one, "id")))
    return LegacyApi(client, org, project, teams)


async def check_scopes(client: SentryClient, api: AlertApi, kinds: Iterable[str]) -> None:
    """Raises MissingAlertScope, where the server tells the scopes of a token."""
    _, scopes, _ = await who_am_i(client)
    held = implied_scopes(scopes)
    for kind in kinds:
        needed = api.needs[kind]
        if held and not held.intersection(needed):
            raise MissingAlertScope(
                f"The token may not change alert rules: it lacks {needed[0]}.",
                details={"kind": kind, "need": " ".join(needed)},
            )
