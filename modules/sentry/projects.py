"""Projects, releases, and the server itself."""

from dataclasses import dataclass
from typing import Any

from modules.framework.errors import ModuleError
from modules.outbound.deadline import part_of_the_time

from . import protocol
from .backends import SETTINGS
from .client import Query, SentryClient, explain_missing
from .errors import BadAnswer, Forbidden, NotFound, SentryError
from .models import Project, read_project, release_version
from .reading import child, children, text


@dataclass(frozen=True)
class Release:
    """A release; `created` is ISO-8601 in UTC."""

    version: str
    created: str


async def find_project(client: SentryClient, org: str, slug: str) -> Project:
    """The project, asked for once per client.

    Some servers answer an unknown project with an empty list of issues, so its existence is
    checked on its own. Source: GET /projects/{o}/{p}/. Raises NotFound naming the ones there are.
    """

    async def look_up() -> Project:
        what = f"project {slug!r} in organization {org!r}"
        try:
            page = await client.get(
                protocol.path("projects", org, slug), what=what, need="project:read"
            )
        except NotFound as error:
            raise await _explain(client, org, error) from None
        except Forbidden as error:
            return await _listed(client, org, slug, error)
        project = read_project(page.data)
        if not project.id:  # without one, a search would find the issues of every project
            raise BadAnswer(f"The answer for {what} is no project.")
        return project

    return await client.remember("project", f"{org}/{slug}", look_up)


async def _listed(client: SentryClient, org: str, slug: str, error: Forbidden) -> Project:
    """The list of projects needs another scope than a project does: org:read."""
    known, _ = await _projects(client, org, query=slug, limit=100)
    for one in known:
        if one.slug == slug:
            return one
    raise error


async def _explain(client: SentryClient, org: str, error: NotFound) -> NotFound:
    try:
        async with part_of_the_time(0.5):
            known, _ = await _projects(client, org, limit=100)
    except NotFound as missing:
        return await explain_missing(client, org, missing)
    except ModuleError:  # an explanation that fails hides nothing
        return error
    slugs = [one.slug for one in known]
    if not slugs:  # GlitchTip knows no projects of an organization that it does not know
        return await explain_missing(client, org, error)
    return NotFound(
        error.message,
        recovery=f"Give one of the projects: {', '.join(slugs[:20])}.",
        details={"projects": slugs},
    )


async def list_projects(
    client: SentryClient, org: str, *, query: str = "", limit: int = 25
) -> tuple[list[Project], bool]:
    """Projects by slug, and whether there are more. Source: GET /organizations/{o}/projects/.

    GlitchTip answers an unknown organization with an empty list, so it is then looked for.
    """
    try:
        found, more = await _projects(client, org, query=query, limit=limit)
    except NotFound as error:
        raise await explain_missing(client, org, error) from None
    if not found:
        nothing = NotFound(f"There are no projects of organization {org!r}.")
        explained = await explain_missing(client, org, nothing)
        if explained is not nothing:
            raise explained
    return found, more


async def _projects(
    client: SentryClient, org: str, *, query: str = "", limit: int = 25
) -> tuple[list[Project], bool]:
    raw, more = await client.pages(
        protocol.path("organizations", org, "projects"),
        [("query", query)] if query else [],
        what=f"the projects of organization {org!r}",
        need="org:read",
        most=limit,
    )
    found = [project for one in raw if (project := read_project(one)).slug]
    if raw and not found:
        raise BadAnswer(f"The projects of organization {org!r} have no slugs.")
    return sorted(found, key=lambda one: one.slug), more


async def latest_release(client: SentryClient, org: str, project: Project) -> Release | None:
    """The newest release of a project, None if it never had one.

    Source: GET /organizations/{o}/releases/.
    """
    page = await client.get(
        protocol.path("organizations", org, "releases"),
        [("project", project.id), ("per_page", "1")],
        what=f"the releases of project {project.slug!r}",
        need="project:releases",
    )
    for raw in page.rows():
        return Release(
            version=release_version(raw),
            created=text(raw, "dateReleased") or text(raw, "dateCreated"),
        )
    return None


async def who_am_i(client: SentryClient) -> tuple[str, list[str], bool]:
    """The user behind the token with the user's id, the token's scopes, and whether the server accepts the token.

    Source: GET /api/0/. GlitchTip answers 200 to any token and repeats it in the body, which is
    therefore read here and never passed on.
    """
    page = await client.get(protocol.path(), what=protocol.ITSELF, need="any scope")
    auth = child(page.fields(), "auth")
    user = child(page.data, "user")
    scopes = sorted(one for one in children(auth, "scopes") if isinstance(one, str))
    name = text(user, "name") or text(user, "username") or text(user, "email")
    number = text(user, "id")
    who = f"{name} (user {number})".strip() if number else name
    return who, scopes, bool(scopes or who)


async def my_user_id(client: SentryClient) -> str:
    """The id of the user behind the token; empty where the server names none."""

    async def look_up() -> str:
        page = await client.get(protocol.path(), what=protocol.ITSELF, need="any scope")
        return text(child(page.data, "user"), "id")

    return await client.remember("user", "", look_up)


async def server_kind(client: SentryClient) -> tuple[str, str]:
    """`("glitchtip", version)` or `("sentry", version)`; the version is empty where unknown."""
    settings = await _try(client, SETTINGS)
    if "iPaidForGlitchTip" in settings or "serverTimeZone" in settings:
        return "glitchtip", text(settings, "version")
    config = await _try(client, "/api/client-config/")
    return "sentry", text(child(config, "version"), "current")


async def region_url(client: SentryClient, org: str) -> str:
    """The URL of the organization's own region; empty where the server has none."""
    page = await client.get(
        protocol.path("organizations", org), what=f"organization {org!r}", need="org:read"
    )
    return text(child(page.fields(), "links"), "regionUrl")


async def has(client: SentryClient, path: str, query: Query = ()) -> bool | None:
    """Whether the server has an endpoint; None where the token may not ask."""
    try:
        await client.get(path, query, what="a probe", need="")
    except NotFound:
        return True
    except SentryError as error:
        return None if error.category in ("authentication", "permission") else False
    return True


async def _try(client: SentryClient, path: str) -> dict[str, Any]:
    try:
        async with part_of_the_time(0.4):
            page = await client.get(path, what="the server's settings", need="")
    except ModuleError:
        return {}
    return page.data if isinstance(page.data, dict) else {}
