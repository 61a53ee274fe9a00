"""Detectors, which open issues, and workflows, which tell of them: alerts since 2026.

Source: docs/api/monitors. Lists are paged, though the published schema does not say so.
"""

from collections.abc import Mapping
from typing import Any

from . import protocol
from .client import SentryClient
from .errors import BadAnswer, NotFound, Unsupported
from .reading import Json, text

READ = "alerts:read"
WRITE = "alerts:write"
MOST = 2000


async def has_workflows(client: SentryClient, org: str) -> bool:
    """Whether the server has this generation of alerts; of an organization that is there.

    Source: GET /organizations/{o}/workflows/. Raises Forbidden, which tells nothing.
    """
    path = protocol.path("organizations", org, "workflows")
    try:
        await client.get(path, [("per_page", "1")], what="the alerts", need=READ)
    except (NotFound, Unsupported):
        return False
    return True


async def list_detectors(client: SentryClient, org: str, project_id: str) -> list[Json]:
    """Source: GET /organizations/{o}/detectors/?project=."""
    path = protocol.path("organizations", org, "detectors")
    query = [("project", project_id), ("per_page", "100")]
    rows, more = await client.pages(path, query, what="the monitors", need=READ, most=MOST)
    return _all(rows, more, "monitors")


async def list_workflows(client: SentryClient, org: str) -> list[Json]:
    """Those of all projects: one that is connected to no monitor belongs to none.

    Source: GET /organizations/{o}/workflows/.
    """
    path = protocol.path("organizations", org, "workflows")
    query = [("per_page", "100")]
    rows, more = await client.pages(path, query, what="the alerts", need=READ, most=MOST)
    return _all(rows, more, "alerts")


async def create_detector(
    client: SentryClient, org: str, project: str, body: Mapping[str, Any]
) -> Json:
    """Source: POST /organizations/{o}/projects/{p}/detectors/."""
    path = protocol.path("organizations", org, "projects", project, "detectors")
    answer = await client.post(path, body, what=f"a monitor of project {project!r}", need=WRITE)
    return answer.fields()


async def update_detector(
    client: SentryClient, org: str, detector_id: str, body: Mapping[str, Any]
) -> Json:
    """Replaces it. Source: PUT /organizations/{o}/detectors/{id}/."""
    path = protocol.path("organizations", org, "detectors", detector_id)
    answer = await client.put(path, body, what=f"monitor {detector_id}", need=WRITE)
    return answer.fields()


async def create_workflow(client: SentryClient, org: str, body: Mapping[str, Any]) -> Json:
    """Source: POST /organizations/{o}/workflows/."""
    path = protocol.path("organizations", org, "workflows")
    answer = await client.post(path, body, what="an alert", need=WRITE)
    return answer.fields()


async def update_workflow(
    client: SentryClient, org: str, workflow_id: str, body: Mapping[str, Any]
) -> Json:
    """Replaces it, conditions and actions too. Source: PUT /organizations/{o}/workflows/{id}/."""
    path = protocol.path("organizations", org, "workflows", workflow_id)
    answer = await client.put(path, body, what=f"alert {workflow_id}", need=WRITE)
    return answer.fields()


async def delete_detector(client: SentryClient, org: str, detector_id: str) -> None:
    """Source: DELETE /organizations/{o}/detectors/{id}/."""
    path = protocol.path("organizations", org, "detectors", detector_id)
    await client.delete(path, what=f"monitor {detector_id}", need=WRITE)


async def delete_workflow(client: SentryClient, org: str, workflow_id: str) -> None:
    """Source: DELETE /organizations/{o}/workflows/{id}/."""
    path = protocol.path("organizations", org, "workflows", workflow_id)
    await client.delete(path, what=f"alert {workflow_id}", need=WRITE)


def named(raw: Json, kind: str) -> tuple[str, str]:
    """The name and the id of an alert. Raises BadAnswer: what has none might be one of ours, which
    would be made a second time."""
    name, number = text(raw, "name"), text(raw, "id")
    if not name or not number:
        raise BadAnswer(f"The answer has a {kind} without a name or an id.")
    return name, number


def _all(rows: list[Json], more: bool, what: str) -> list[Json]:
    """Whoever saw only a part would make again what is there already."""
    if more:
        raise Unsupported(
            f"There are more than {MOST} {what}; sentry-monitor cannot see them all.",
            recovery="Manage the rules of this organization in Sentry itself.",
        )
    return rows
