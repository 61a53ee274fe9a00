"""Integrations, apps, teams and members: whom rules can name."""

from starlette.responses import Response

from modules.local_sentry import directory
from modules.local_sentry.calls import Call, paged, reply
from modules.local_sentry.errors import NotFound
from modules.local_sentry.models import Json
from modules.local_sentry.moments import iso
from modules.local_sentry.projects import list_projects


def list_integrations(call: Call) -> Response:
    provider = call.ask("providerKey") or call.ask("provider_key")
    rows = directory.integrations(call.server.org)
    found = [one for one in rows if provider in (None, one["provider"]["key"])]
    return paged(call, found)


def list_channels(call: Call) -> Response:
    if call.path("integration") != directory.SLACK:
        raise NotFound()
    return reply(directory.channels())


def list_installations(call: Call) -> Response:
    return paged(call, [directory.installation(call.server.org)])


def list_teams(call: Call) -> Response:
    query = (call.ask("query") or "").lower()
    team = directory.team_json(_since(call))
    return paged(call, [team] if query in team["slug"] else [])


def list_project_teams(call: Call) -> Response:
    call.project()
    return paged(call, [directory.team_json(_since(call))])


def list_members(call: Call) -> Response:
    query = (call.ask("query") or "").removeprefix("email:").lower()
    member: Json = directory.member_json(call.user, _since(call))
    return paged(call, [member] if query in member["email"] else [])


def _since(call: Call) -> str:
    return iso(min(one.created for one in list_projects(call.store)))
