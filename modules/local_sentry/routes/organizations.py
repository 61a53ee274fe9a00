"""The organization, its projects and environments; who is asking."""

from starlette.responses import Response

from modules.local_sentry.calls import Call, paged, reply
from modules.local_sentry.models import Json, Project
from modules.local_sentry.projects import environments, list_projects
from modules.local_sentry.releases import latest_version
from modules.local_sentry.setup import settings_of
from modules.local_sentry.shapes.organization import (
    organization_json,
    project_item,
    project_json,
)


def root(call: Call) -> Response:
    auth = {"scopes": sorted(call.server.scopes)}
    return reply({"version": "0", "auth": auth, "user": call.user})


def list_organizations(call: Call) -> Response:
    return paged(call, [_organization(call)])


def get_organization(call: Call) -> Response:
    return reply(_organization(call))


def list_organization_projects(call: Call) -> Response:
    query = (call.ask("query") or "").lower()
    found = [one for one in list_projects(call.store) if query in one.slug.lower()]
    return paged(call, [_item(call, one) for one in found])


def get_project(call: Call) -> Response:
    project = call.project()
    settings = settings_of(call.store, project)
    return reply(project_json(_item(call, project), _organization(call)) | settings)


def list_environments(call: Call) -> Response:
    rows = environments(call.store, call.projects())
    return reply([{"id": str(row["id"]), "name": row["name"]} for row in rows])


def _organization(call: Call) -> Json:
    projects = list_projects(call.store)
    return organization_json(call.place, created=min(one.created for one in projects))


def _item(call: Call, project: Project) -> Json:
    names = [row["name"] for row in environments(call.store, [project]) if row["name"]]
    latest = latest_version(call.store, [project.id])
    return project_item(project, environments=names, latest_release=latest)
