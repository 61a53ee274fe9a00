"""What one piece of news does to a tracked issue, from what is known of it. No I/O.

Every way to tell the same twice ends in the same tracked issue: who decides looks first, in the
transaction that keeps what was decided.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from modules.sentry.models import Issue

from .ports import Priority
from .rules import Ask, Rules
from .ticket import (
    description,
    marker,
    metadata,
    note_marker,
    priority_of,
    raised,
    renewed,
    title,
    worse,
)
from .tracked import SENTRY, Decision, Effect, Tracked

NEXT_RELEASE: Final = ("inNextRelease", "inUpcomingRelease")
COMMENTS: Final = {
    Ask.REGRESSED: "This error has regressed: it happened again after it was resolved in Sentry.",
    Ask.ESCALATING: "This error is escalating: it happens more often than before.",
    Ask.UNRESOLVED: "It is unresolved again in Sentry.",
    Ask.RESOLVED: "It is resolved in Sentry.",
    Ask.METRIC_ALERT: "The alert fired again.",
}
OVER: Final = "The alert is over."
LEVELS: Final[Mapping[Priority, str]] = {
    "P1": "The alert is critical now.",
    "P2": "The alert is a warning now.",
}
WAITING: Final = "It is resolved in Sentry with the next release, and is closed here then."


@dataclass(frozen=True, kw_only=True)
class News:
    """One delivery that asks for something. `fresh` makes what is filed where nothing is tracked
    yet; `issue` is None for an incident."""

    ask: Ask
    delivery_id: str
    at: datetime  # when Sentry said so
    name: str  # of the issue, in markers: host/organization/id
    fresh: Callable[[], Tracked]
    issue: Issue | None
    rules: Rules
    environment: str = ""


def decide(news: News, known: Tracked | None) -> Decision:
    """`known` is the newest generation of the issue."""
    if not news.rules.enabled:
        return Decision(answer="skipped", reason="project_not_tracked")
    if known is None:
        return _begun(news)
    if news.ask in (Ask.RESOLVED, Ask.UNRESOLVED) and _late(news, known):
        return Decision(answer="skipped", reason="late", tracked=known)
    return DECIDE[news.ask](news, known)


def fresh(
    issue: Issue, ask: Ask, name: str, *, tracked_id: str, tracker: str, at: datetime
) -> Tracked:
    """The first generation of an issue."""
    return Tracked(
        id=tracked_id,
        source=SENTRY,
        external_id=issue.id,
        external_url=issue.permalink,
        generation=1,
        marker=marker(name, 1),
        tracker=tracker,
        project=issue.project.slug,
        title=title(issue.project.slug, issue.title),
        body=description(issue, ask),
        priority=priority_of(issue.priority),
        metadata=metadata(issue),
        state_at=at,
        created_at=at,
        updated_at=at,
    )


def _begun(news: News) -> Decision:
    level = news.issue.level if news.issue is not None else "error"
    why = news.rules.why_not(news.ask, level=level, environment=news.environment)
    if why:
        return Decision(answer="skipped", reason=why)
    return _filed(news, news.fresh())


def _filed(news: News, one: Tracked) -> Decision:
    owner = news.rules.assignee(news.issue) if news.issue is not None else ""
    one = replace(one, assignee=owner, state_at=news.at)
    effects = [Effect(tracked_id=one.id, kind="file")]
    if owner:
        effects.append(_change(one, assignee=owner))
    return Decision(answer="created", tracked=one, effects=tuple(effects))


def _known(_: News, known: Tracked) -> Decision:
    return Decision(answer="deduplicated", tracked=known)


def _came_back(news: News, known: Tracked) -> Decision:
    late = _late(news, known)
    if known.state == "closed":
        if late:
            return Decision(answer="deduplicated", reason="late", tracked=known)
        if news.rules.new_issue_on_regression:
            return _filed(news, _renewed(news, known))
    if late and news.ask is Ask.METRIC_ALERT:
        return Decision(answer="deduplicated", reason="late", tracked=known)
    one = known if late else _moved(news, known, state="open", waits="")
    effects = [_comment(news, one, _why_back(news, known))]
    if known.state == "closed":
        effects.insert(0, _change(one, state="open"))
    one = replace(one, priority=_priority(news, one))
    if one.priority != known.priority:
        effects.append(_change(one, priority=one.priority))
    return Decision(answer="deduplicated", tracked=one, effects=tuple(effects))


def _late(news: News, known: Tracked) -> bool:
    """Sentry tells seconds: of the one in which somebody looked, its news is not old."""
    return news.at < known.state_at.replace(microsecond=0)


def _why_back(news: News, known: Tracked) -> str:
    if news.ask is Ask.METRIC_ALERT and known.state == "open":
        return LEVELS.get(news.fresh().priority, COMMENTS[news.ask])
    return COMMENTS[news.ask]


def _priority(news: News, one: Tracked) -> Priority:
    """It only goes up: what calms down is for people to judge."""
    if news.ask is Ask.METRIC_ALERT:
        return worse(one.priority, news.fresh().priority)
    if news.ask is Ask.ESCALATING:
        return raised(one.priority, news.issue.priority if news.issue is not None else "")
    return one.priority


def _renewed(news: News, known: Tracked) -> Tracked:
    """The generation after it."""
    number, one = known.generation + 1, news.fresh()
    return replace(
        one,
        body=renewed(one.body, key=known.key, url=known.url),
        generation=number,
        marker=marker(news.name, number),
        previous=known.id,
    )


def _unresolved(news: News, known: Tracked) -> Decision:
    one = _moved(news, known, state="open", waits="")
    if known.state == "open":
        return Decision(answer="deduplicated", tracked=one)
    effects = (_change(one, state="open"), _comment(news, one, COMMENTS[news.ask]))
    return Decision(answer="changed", tracked=one, effects=effects)


def _resolved(news: News, known: Tracked) -> Decision:
    if known.state == "closed":
        return Decision(answer="deduplicated", tracked=_moved(news, known, waits=""))
    if news.issue is not None and waits_for_release(news.issue):
        one = _moved(news, known, waits="next_release")
        return Decision(answer="changed", tracked=one, effects=(_comment(news, one, WAITING),))
    one = _moved(news, known, state="closed", waits="")
    why = COMMENTS[news.ask] if news.issue is not None else OVER
    effects = (_comment(news, one, why), _change(one, state="closed"))
    return Decision(answer="changed", tracked=one, effects=effects)


def waits_for_release(issue: Issue) -> bool:
    """Whether it counts as resolved only when there is another release. Source: `statusDetails`
    of GET /organizations/{o}/issues/{id}/; Sentry puts `inRelease` there once it is out."""
    return any(issue.status_details.get(name) for name in NEXT_RELEASE)


def _assigned(news: News, known: Tracked) -> Decision:
    owner = news.rules.assignee(news.issue) if news.issue is not None else ""
    named = news.issue is not None and bool(news.issue.assigned_to)
    if named and not owner:
        return Decision(answer="skipped", reason="assignee_not_mapped", tracked=known)
    if owner == known.assignee:
        return Decision(answer="deduplicated", tracked=known)
    one = replace(known, assignee=owner, updated_at=news.at)
    return Decision(answer="changed", tracked=one, effects=(_change(one, assignee=owner),))


def _moved(news: News, known: Tracked, **changes: Any) -> Tracked:
    about = metadata(news.issue) if news.issue is not None else known.metadata
    return replace(known, **changes, metadata=about, state_at=news.at, updated_at=news.at)


def _change(one: Tracked, **args: str) -> Effect:
    return Effect(tracked_id=one.id, kind="change", args=dict(args))


def _comment(news: News, one: Tracked, told: str) -> Effect:
    return Effect(
        tracked_id=one.id,
        kind="comment",
        args={"text": told, "marker": note_marker(news.delivery_id)},
    )


DECIDE: Final = {
    Ask.NEW: _known,
    Ask.REGRESSED: _came_back,
    Ask.ESCALATING: _came_back,
    Ask.METRIC_ALERT: _came_back,
    Ask.UNRESOLVED: _unresolved,
    Ask.RESOLVED: _resolved,
    Ask.ASSIGNED: _assigned,
}
