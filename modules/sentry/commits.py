"""What Sentry itself knows of commits and deployments.

Committers and code mappings are undocumented endpoints, which Sentry's own pages use; servers that
lack them (GlitchTip, old ones) and projects without them suspect nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from . import protocol
from .client import SentryClient
from .errors import Forbidden, NotFound, Rejected, Unsupported
from .reading import child, children, objects, text

NEED: Final = "project:read"
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
    where = protocol.path("projects", org, project, "events", event_id, "committers")
    data = await _asked(client, "committers", where, what="the suspect commits of an event")
    found = [
        SuspectCommit(
            sha=text(commit, "id"),
            title=text(commit, "message").partition("\n")[0],
            author=text(child(one, "author"), "name") or text(child(one, "author"), "email"),
            at=text(commit, "dateCreated"),
            how=text(commit, "suspectCommitType"),
        )
        for one in objects(children(data, "committers"))
        for commit in objects(children(one, "commits"))
    ]
    return tuple(found[:MOST])


async def release_deploys(client: SentryClient, org: str, release: str) -> tuple[Deploy, ...]:
    """Source: GET /organizations/{o}/releases/{version}/deploys/."""
    where = protocol.path("organizations", org, "releases", release, "deploys")
    rows = objects(await _asked(client, "deploys", where, what="the deploys of a release"))
    return tuple(
        Deploy(at=text(one, "dateFinished"), environment=text(one, "environment"))
        for one in rows[:MOST]
    )


async def code_mappings(client: SentryClient, org: str, project_id: str) -> tuple[Mapping, ...]:
    """Source: GET /organizations/{o}/code-mappings/?project=. A token that may not read them has
    none."""
    where, query = protocol.path("organizations", org, "code-mappings"), [("project", project_id)]
    what = "the code mappings of a project"
    try:
        data = await _asked(client, "code-mappings", where, query, what=what)
    except Forbidden:
        return ()
    rows = [Mapping(text(one, "stackRoot"), text(one, "sourceRoot")) for one in objects(data)]
    return tuple(one for one in rows if one.stack_root or one.source_root)


async def _asked(
    client: SentryClient,
    feature: str,
    where: str,
    query: Sequence[tuple[str, str]] = (),
    *,
    what: str,
) -> Any:
    """What a server says that has the feature; None where it has not, which is asked once, and
    where it knows of nothing."""
    if feature in client.lacks:
        return None
    try:
        return (await client.get(where, query, what=what, need=NEED)).data
    except Unsupported:
        client.learn(feature)
    except (NotFound, Rejected):
        pass
    return None
