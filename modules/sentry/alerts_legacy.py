"""Issue alert rules and metric alert rules: alerts of self-hosted servers before workflows.

Source: docs/api/alerts, as last published in May 2026.
"""

from collections.abc import Mapping
from typing import Any

from . import protocol
from .client import SentryClient
from .reading import Json, text

READ = "alerts:read"
WRITE = "alerts:write"
MOST = 2000


async def list_rules(client: SentryClient, org: str, project: str) -> list[Json]:
    """Source: GET /projects/{o}/{p}/rules/."""
    path = protocol.path("projects", org, project, "rules")
    what = f"the alert rules of project {project!r}"
    rows, _ = await client.pages(path, [("per_page", "100")], what=what, need=READ, most=MOST)
    return rows


async def create_rule(
    client: SentryClient, org: str, project: str, body: Mapping[str, Any]
) -> Json:
    """The rule, or `{"uuid": …}` (202) while Sentry looks up a channel.

    Source: POST /projects/{o}/{p}/rules/.
    """
    path = protocol.path("projects", org, project, "rules")
    answer = await client.post(path, body, what=f"an alert rule of {project!r}", need=WRITE)
    return answer.fields()


async def update_rule(
    client: SentryClient, org: str, project: str, rule_id: str, body: Mapping[str, Any]
) -> Json:
    """Replaces it; may be answered like its creation. Source: PUT /projects/{o}/{p}/rules/{id}/."""
    path = protocol.path("projects", org, project, "rules", rule_id)
    answer = await client.put(path, body, what=f"alert rule {rule_id}", need=WRITE)
    return answer.fields()


async def delete_rule(client: SentryClient, org: str, project: str, rule_id: str) -> None:
    """Source: DELETE /projects/{o}/{p}/rules/{id}/."""
    path = protocol.path("projects", org, project, "rules", rule_id)
    await client.delete(path, what=f"alert rule {rule_id}", need=WRITE)


async def rule_task(client: SentryClient, org: str, project: str, task: str) -> str:
    """How such a look-up stands: pending, success, failed; empty if it says something else.

    Source: GET /projects/{o}/{p}/rule-task/{uuid}/, which is not published.
    """
    path = protocol.path("projects", org, project, "rule-task", task)
    answer = await client.get(path, what="the making of an alert rule", need=READ)
    status = text(answer.data, "status")
    return status if status in ("pending", "success", "failed") else ""


async def list_alert_rules(client: SentryClient, org: str) -> list[Json]:
    """Of all projects. Source: GET /organizations/{o}/alert-rules/."""
    path = protocol.path("organizations", org, "alert-rules")
    what = "the metric alert rules"
    rows, _ = await client.pages(path, [("per_page", "100")], what=what, need=READ, most=MOST)
    return rows


async def create_alert_rule(client: SentryClient, org: str, body: Mapping[str, Any]) -> Json:
    """The rule, or `{"uuid": …}` (202). Source: POST /organizations/{o}/alert-rules/."""
    path = protocol.path("organizations", org, "alert-rules")
    answer = await client.post(path, body, what="a metric alert rule", need=WRITE)
    return answer.fields()


async def update_alert_rule(
    client: SentryClient, org: str, rule_id: str, body: Mapping[str, Any]
) -> Json:
    """Source: PUT /organizations/{o}/alert-rules/{id}/."""
    path = protocol.path("organizations", org, "alert-rules", rule_id)
    answer = await client.put(path, body, what=f"metric alert rule {rule_id}", need=WRITE)
    return answer.fields()


async def delete_alert_rule(client: SentryClient, org: str, rule_id: str) -> None:
    """Source: DELETE /organizations/{o}/alert-rules/{id}/."""
    path = protocol.path("organizations", org, "alert-rules", rule_id)
    await client.delete(path, what=f"metric alert rule {rule_id}", need=WRITE)
