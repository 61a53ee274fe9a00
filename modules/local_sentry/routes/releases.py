"""Releases: listed, read, announced."""

from starlette.responses import Response

from modules.local_sentry.calls import Call, paged, reply
from modules.local_sentry.errors import FieldErrors, NotFound
from modules.local_sentry.models import Json, Project
from modules.local_sentry.moments import moment
from modules.local_sentry.projects import find_project
from modules.local_sentry.releases import create_release, find_release, list_releases
from modules.local_sentry.shapes.release import release_json


def list_all(call: Call) -> Response:
    found = list_releases(call.store, call.projects(), query=call.ask("query") or "")
    return paged(call, [release_json(one) for one in found])


def get_release(call: Call) -> Response:
    return reply(release_json(find_release(call.store, call.path("version"))))


def announce(call: Call) -> Response:
    """201 for a new release, 208 for a known one."""
    body = call.fields()
    version = body.get("version")
    if not isinstance(version, str) or not version.strip():
        raise FieldErrors({"version": ["This field is required."]})
    facts = {key: body[key] for key in ("ref", "url") if isinstance(body.get(key), str)}
    facts["released"] = moment(body.get("dateReleased"))
    new = create_release(
        call.store, version, projects=_projects(call, body), now=call.now, facts=facts
    )
    return reply(release_json(find_release(call.store, version)), status=201 if new else 208)


def _projects(call: Call, body: Json) -> list[Project]:
    slugs = body.get("projects")
    if not isinstance(slugs, list) or not slugs:
        raise FieldErrors({"projects": ["This field is required."]})
    try:
        return [find_project(call.store, str(slug)) for slug in slugs]
    except NotFound:
        raise FieldErrors({"projects": ["Invalid project ids or slugs"]}) from None
