"""Operations on tracked issues: look at them, bring them in step, close them, comment on them."""

import uuid
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from modules.framework.contracts import Answer, SideEffect
from modules.framework.operation import Parameters, operation
from modules.tracker.ports import MARKER
from modules.tracker.reconcile import move, say, sync
from modules.tracker.tracked import Effect, Tracked

from . import tracked_views
from .facts import link, word
from .services import Services

READ = ("event:read", "event:write", "event:admin")
Name = Annotated[
    str,
    Field(
        description="OPS-5, or Sentry's id or short id.",
        min_length=1,
        max_length=100,
    ),
]


class ListTrackedIssues(Parameters):
    state: Literal["open", "closed"] | None = None
    project_slug: str | None = Field(None, description="Of one project.", max_length=100)
    limit: int = Field(25, ge=1, le=100)


@operation(view=tracked_views.tracked_list, read_only=True, scopes=READ, toolset="tracker")
async def list_tracked_issues(services: Services, params: ListTrackedIssues) -> Answer:
    """List tracked issues, newest first."""
    bridge = services.tracking()
    found = await bridge.store.list(
        state=params.state, project=params.project_slug, limit=params.limit
    )
    counts = await bridge.store.counts()
    data = {
        "tracker": bridge.tracker.name,
        "issues": [_facts(services, one) for one in found],
        "waiting": counts.get("waiting", 0),
        "parked": counts.get("parked", 0),
        "undecided": await bridge.arrivals.waiting(),
        "untrusted": services.outside(
            [{"title": one.title} for one in found], origin="tracked issues"
        ),
    }
    return Answer(data=data)


class GetTrackedIssue(Parameters):
    name: Name


@operation(view=tracked_views.one_tracked, read_only=True, scopes=READ, toolset="tracker")
async def get_tracked_issue(services: Services, params: GetTrackedIssue) -> Answer:
    """Show a tracked issue: text, comments, what still waits to be done."""
    bridge = services.tracking()
    tracked = await bridge.store.named(params.name)
    return Answer(data=await _whole(services, tracked))


class SyncTrackedIssue(Parameters):
    name: Name
    action: Literal["sync", "close", "reopen", "comment"] = Field(
        "sync", description="sync: compare with Sentry and repair."
    )
    text: str = Field("", description="Of a comment.", max_length=4000)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.action == "comment" and not self.text.strip():
            raise ValueError("comment needs text")
        return self


@operation(
    view=tracked_views.one_tracked,
    read_only=False,
    idempotent=False,
    scopes=READ,
    toolset="tracker",
)
async def sync_tracked_issue(services: Services, params: SyncTrackedIssue) -> Answer:
    """Bring a tracked issue in step with Sentry; or close, reopen or comment on it."""
    bridge = services.tracking()
    tracked = await bridge.store.named(params.name)
    found: tuple[str, ...] = ()
    match params.action:
        case "sync":
            found = (await sync(bridge, tracked)).found
        case "comment":
            await say(bridge, tracked, params.text, uuid.uuid4().hex)
        case "close":
            await move(bridge, tracked, "closed")
        case "reopen":
            await move(bridge, tracked, "open")
    after = await bridge.store.get(tracked.id)
    changed = params.action != "sync" or found
    effect = SideEffect(
        action=f"{params.action}-tracked-issue",
        target=f"tracked issue {_name(after)} ({bridge.tracker.name})",
        before={"state": tracked.state},
        after={"state": after.state},
    )
    data = {**await _whole(services, after), "repaired": list(found)}
    return Answer(data=data, side_effects=(effect,) if changed else ())


async def _whole(services: Services, tracked: Tracked) -> dict[str, Any]:
    bridge = services.tracking()
    waits = await bridge.outbox.of(tracked)
    comments = await bridge.comments(tracked)
    told = {
        "title": tracked.title,
        "body": tracked.body,
        "comments": [
            {"at": f"{one.at:%Y-%m-%d %H:%M}", "text": MARKER.sub("", one.text).strip()}
            for one in comments
        ],
    }
    before = await bridge.store.get(tracked.previous) if tracked.previous else None
    return {
        **_facts(services, tracked),
        **({"previous": _name(before)} if before is not None else {}),
        "waits": [_waiting(one) for one in waits],
        "untrusted": services.outside(told, origin="tracked issue"),
    }


def _facts(services: Services, one: Tracked) -> dict[str, Any]:
    facts = {
        "id": one.id,
        "identifier": one.key,
        "tracker": one.tracker,
        "url": one.url,
        "state": one.state,
        "priority": one.priority,
        "assignee": one.assignee,
        "project": word(one.project),
        "sentry_id": word(one.external_id),
        "short_id": word(str(one.metadata.get("shortId", ""))),
        "sentry_url": link(one.external_url, services.sentry.base_url),
        "generation": one.generation,
        "until": one.waits,
        "created_at": f"{one.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "updated_at": f"{one.updated_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    return {name: value for name, value in facts.items() if value not in ("", None)}


def _waiting(effect: Effect) -> dict[str, Any]:
    return {
        "what": effect.kind,
        "tries": effect.tries,
        "parked": effect.parked,
        "reason": effect.reason,
    }


def _name(one: Tracked) -> str:
    return one.key or one.id
