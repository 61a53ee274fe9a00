"""How a project is set up: one function per endpoint; reading first, the two that change last.

What a server lacks is Unsupported or NotFound, what the token may not see Forbidden.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from . import protocol
from .client import Query, SentryClient
from .models import Project
from .reading import Json, text
from .setup_models import (
    ClientKey,
    InboundFilter,
    Ownership,
    ProjectSettings,
    Scrubbing,
    SeenRelease,
    environment_names,
    read_filter,
    read_key,
    read_ownership,
    read_release,
    read_scrubbing,
    read_settings,
)

READ: Final = "project:read"
WRITE: Final = "project:write"
MOST: Final = 100
LEGACY_BROWSERS: Final = "legacy-browsers"


async def project_settings(client: SentryClient, org: str, slug: str) -> ProjectSettings:
    """As they are now. Source: GET /projects/{o}/{p}/."""
    page = await client.get(
        protocol.path("projects", org, slug), what=f"the settings of project {slug!r}", need=READ
    )
    return read_settings(page.fields())


async def organization_scrubbing(client: SentryClient, org: str) -> Scrubbing:
    """What the organization forces on all its projects. Source: GET /organizations/{o}/."""
    page = await client.get(
        protocol.path("organizations", org), what=f"organization {org!r}", need="org:read"
    )
    return read_scrubbing(page.fields())


async def inbound_filters(client: SentryClient, org: str, slug: str) -> tuple[InboundFilter, ...]:
    """Source: GET /projects/{o}/{p}/filters/."""
    rows = await _rows(client, ("projects", org, slug, "filters"), what="the inbound filters")
    return tuple(read_filter(one) for one in rows)


async def client_keys(client: SentryClient, org: str, slug: str) -> tuple[ClientKey, ...]:
    """Source: GET /projects/{o}/{p}/keys/."""
    rows = await _rows(client, ("projects", org, slug, "keys"), what="the client keys")
    return tuple(read_key(one) for one in rows)


async def environments(client: SentryClient, org: str, slug: str) -> tuple[str, ...]:
    """Source: GET /projects/{o}/{p}/environments/."""
    rows = await _rows(client, ("projects", org, slug, "environments"), what="the environments")
    return environment_names(rows)


async def recent_releases(
    client: SentryClient, org: str, project: Project
) -> tuple[SeenRelease, ...]:
    """Newest first. Source: GET /organizations/{o}/releases/."""
    rows = await _rows(
        client,
        ("organizations", org, "releases"),
        [("project", project.id), ("per_page", "20")],
        what=f"the releases of project {project.slug!r}",
        need="project:releases",
    )
    return tuple(read_release(one) for one in rows)


async def source_map_uploads(client: SentryClient, org: str, slug: str) -> int:
    """How many bundles of source maps there are, up to a page of them.

    Source: GET /projects/{o}/{p}/files/artifact-bundles/ (undocumented; Sentry's pages use it).
    """
    where = ("projects", org, slug, "files", "artifact-bundles")
    return len(await _rows(client, where, what="the source maps"))


async def debug_files(client: SentryClient, org: str, slug: str) -> int:
    """How many debug information files there are, up to a page of them.

    Source: GET /projects/{o}/{p}/files/dsyms/.
    """
    where = ("projects", org, slug, "files", "dsyms")
    return len(await _rows(client, where, what="the debug files"))


async def count_code_mappings(client: SentryClient, org: str, project: Project) -> int:
    """Source: GET /organizations/{o}/code-mappings/ (undocumented)."""
    rows = await _rows(
        client,
        ("organizations", org, "code-mappings"),
        [("project", project.id)],
        what="the code mappings",
        need="org:read",
    )
    owners = [text(one, "projectId") for one in rows]
    return sum(1 for one in owners if one in ("", project.id))


async def ownership(client: SentryClient, org: str, slug: str) -> Ownership:
    """Source: GET /projects/{o}/{p}/ownership/."""
    where = protocol.path("projects", org, slug, "ownership")
    page = await client.get(where, what="the ownership rules", need=READ)
    return read_ownership(page.fields())


async def change_settings(
    client: SentryClient, org: str, slug: str, changes: Mapping[str, Any]
) -> None:
    """Source: PUT /projects/{o}/{p}/, which leaves alone what is not named."""
    await client.put(
        protocol.path("projects", org, slug),
        changes,
        what=f"the settings of project {slug!r}",
        need=WRITE,
    )


async def switch_filter(
    client: SentryClient, org: str, slug: str, name: str, *, active: bool
) -> None:
    """Source: PUT /projects/{o}/{p}/filters/{filter}/. Legacy browsers have another form."""
    await client.put(
        protocol.path("projects", org, slug, "filters", name),
        {"active": active},
        what=f"the inbound filter {name!r}",
        need=WRITE,
    )


async def _rows(
    client: SentryClient,
    where: Sequence[str],
    query: Query = (),
    *,
    what: str,
    need: str = READ,
) -> list[Json]:
    page = await client.get(protocol.path(*where), query, what=what, need=need)
    return page.rows()
