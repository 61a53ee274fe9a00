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
    facts: Json = {key: body[key] for key in ("ref", "url") if isinstance(body.get(key), str)}
    facts["commits"] = _commits(body)
    facts["released"] = moment(body.get("dateReleased"))
    new = create_release(
        call.store, version, projects=_projects(call, body), now=call.now, facts=facts
    )
    return reply(release_json(find_release(call.store, version)), status=201 if new else 208)


def _commits(body: Json) -> list[tuple[str, str]]:
    """Each needs its id; the message may be left out."""
    given = body.get("commits") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise FieldErrors({"commits": ["Expected a list of items."]})
    if not all(isinstance(one.get("id"), str) for one in given):
        raise FieldErrors({"commits": [{"id": ["This field is required."]}]})
    return [(one["id"], str(one.get("message") or "")) for one in given]


def _projects(call: Call, body: Json) -> list[Project]:
    slugs = body.get("projects")
    if not isinstance(slugs, list) or not slugs:
        raise FieldErrors({"projects": ["This field is required."]})
    try:
        return [find_project(call.store, str(slug)) for slug in slugs]
    except NotFound:
        raise FieldErrors({"projects": ["Invalid project ids or slugs"]}) from None
