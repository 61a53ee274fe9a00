"""What Sentry itself knows of commits and deployments.

Committers and code mappings are undocumented endpoints, which Sentry's own pages use; servers that
lack them (GlitchTip, old ones) and projects without them suspect nobody.
"""

from dataclasses import dataclass
from typing import Final

from . import protocol
from .client import SentryClient
from .errors import Forbidden, NotFound, Rejected, Unsupported
from .reading import child, children, objects, text

NONE: Final = (NotFound, Unsupported, Rejected)
MOST: Final = 20


@dataclass(frozen=True)
class SuspectCommit:
    """A commit that Sentry suspects. Whoever may commit wrote the words."""

    sha: str
    title: str
    author: str
    at: str
    how: str  # "via SCM integration", "via commit in release"


@dataclass(frozen=True)
class Deploy:
    at: str
    environment: str


@dataclass(frozen=True)
class Mapping:
    """What the paths of frames begin with, and what they begin with in the repository."""

    stack_root: str
    source_root: str


async def suspect_commits(
    client: SentryClient, org: str, project: str, event_id: str
) -> tuple[SuspectCommit, ...]:
    """Source: GET /projects/{o}/{p}/events/{event_id}/committers/, which answers 404 where it
    suspects nobody."""
    try:
        page = await client.get(
            protocol.path("projects", org, project, "events", event_id, "committers"),
            what="the suspect commits of an event",
            need="project:read",
        )
    except NONE:
        return ()
    found = [
        SuspectCommit(
            sha=text(commit, "id"),
            title=text(commit, "message").partition("\n")[0],
            author=text(child(one, "author"), "name") or text(child(one, "author"), "email"),
            at=text(commit, "dateCreated"),
            how=text(commit, "suspectCommitType"),
        )
        for one in objects(children(page.fields(), "committers"))
        for commit in objects(children(one, "commits"))
    ]
    return tuple(found[:MOST])


async def release_deploys(client: SentryClient, org: str, release: str) -> tuple[Deploy, ...]:
    """Source: GET /organizations/{o}/releases/{version}/deploys/."""
    try:
        page = await client.get(
            protocol.path("organizations", org, "releases", release, "deploys"),
            what="the deploys of a release",
            need="project:releases",
        )
    except NONE:
        return ()
    rows = objects(page.data)[:MOST]
    return tuple(
        Deploy(at=text(one, "dateFinished"), environment=text(one, "environment")) for one in rows
    )


async def code_mappings(client: SentryClient, org: str, project_id: str) -> tuple[Mapping, ...]:
    """Source: GET /organizations/{o}/code-mappings/?project=. A token that may not read them has
    none."""
    try:
        page = await client.get(
            protocol.path("organizations", org, "code-mappings"),
            [("project", project_id)],
            what="the code mappings of a project",
            need="org:integrations",
        )
    except (*NONE, Forbidden):
        return ()
    rows = [Mapping(text(one, "stackRoot"), text(one, "sourceRoot")) for one in objects(page.data)]
    return tuple(one for one in rows if one.stack_root or one.source_root)
