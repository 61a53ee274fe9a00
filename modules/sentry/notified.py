"""Whom Sentry can tell: workspaces, accounts, apps, teams, members."""

from . import protocol
from .client import SentryClient
from .reading import Json, child, children, objects, text

MOST = 1000


async def list_integrations(client: SentryClient, org: str, provider: str) -> list[Json]:
    """Workspaces of Slack, accounts of PagerDuty, …, with their configuration, which may hold
    keys: nothing of it is passed on as a whole.

    Source: GET /organizations/{o}/integrations/.
    """
    path = protocol.path("organizations", org, "integrations")
    query = [("providerKey", provider), ("includeConfig", "1")]
    what = "the integrations"
    rows, _ = await client.pages(path, query, what=what, need="org:read", most=MOST)
    return [one for one in rows if text(child(one, "provider"), "key") in ("", provider)]


async def list_channels(client: SentryClient, org: str, integration_id: str) -> list[Json]:
    """The channels of a workspace, 1000 at most. Servers before 2025 do not have it.

    Source: GET /organizations/{o}/integrations/{id}/channels/, which is not published.
    """
    path = protocol.path("organizations", org, "integrations", integration_id, "channels")
    answer = await client.get(path, what="the channels of a workspace", need="org:read")
    return objects(children(answer.fields(), "results"))


async def list_app_installations(client: SentryClient, org: str) -> list[Json]:
    """Source: GET /organizations/{o}/sentry-app-installations/."""
    path = protocol.path("organizations", org, "sentry-app-installations")
    what = "the installed apps"
    rows, _ = await client.pages(path, (), what=what, need="org:integrations", most=MOST)
    return rows


async def list_teams(client: SentryClient, org: str, query: str) -> list[Json]:
    """Source: GET /organizations/{o}/teams/."""
    path = protocol.path("organizations", org, "teams")
    asked = [("query", query), ("detailed", "0")]
    rows, _ = await client.pages(path, asked, what="the teams", need="org:read", most=MOST)
    return rows


async def list_members(client: SentryClient, org: str, email: str) -> list[Json]:
    """Source: GET /organizations/{o}/members/."""
    path = protocol.path("organizations", org, "members")
    asked = [("query", f"email:{email}")]
    rows, _ = await client.pages(path, asked, what="the members", need="member:read", most=MOST)
    return rows


async def list_project_teams(client: SentryClient, org: str, project: str) -> list[Json]:
    """Source: GET /projects/{o}/{p}/teams/."""
    path = protocol.path("projects", org, project, "teams")
    what = f"the teams of project {project!r}"
    rows, _ = await client.pages(path, (), what=what, need="project:read", most=MOST)
    return rows


async def list_environments(client: SentryClient, org: str) -> list[str]:
    """Their names. Source: GET /organizations/{o}/environments/."""
    path = protocol.path("organizations", org, "environments")
    answer = await client.get(path, what="the environments", need="org:read")
    return [text(one, "name") for one in answer.rows()]
