"""Where a tracked issue, Sentry and the tracker have drifted apart, and what brings them together.
No I/O. Sentry's word goes first; what people closed in the tracker stays closed until Sentry has
news of it."""

from dataclasses import dataclass, replace
from datetime import datetime

from modules.sentry.models import Issue

from .ports import Filed, TicketState
from .rules import Rules
from .step import waits_for_release
from .tracked import Decision, Effect, Tracked


@dataclass(frozen=True, kw_only=True)
class Seen:
    """How it is on both sides. `issue` is None for an incident, and where Sentry knows it no more;
    `filed` where the tracker has it no more."""

    issue: Issue | None
    filed: Filed | None
    rules: Rules
    at: datetime


def repair(seen: Seen, known: Tracked) -> tuple[Decision, tuple[str, ...]]:
    """What is to be done, and a word for each thing that was otherwise."""
    one, effects, words = known, list[Effect](), list[str]()
    if seen.filed is None:
        if known.state == "closed":
            return Decision(answer="skipped", reason="deleted", tracked=known), ("deleted",)
        effects.append(Effect(tracked_id=known.id, kind="file"))
        words.append("filed-anew")
    resolved = seen.issue is not None and seen.issue.status == "resolved"
    released = resolved and seen.issue is not None and not waits_for_release(seen.issue)
    closed = seen.filed is not None and seen.filed.state == "closed"
    if closed and one.state == "open":
        one = _moved(one, seen, state="closed")
        words.append("closed-in-tracker")
        if seen.rules.close_resolves_in_sentry and seen.issue is not None and not resolved:
            effects.append(Effect(tracked_id=one.id, kind="resolve_in_sentry"))
    elif released and not closed:
        one = _moved(one, seen, state="closed")
        words.append("resolved-in-sentry")
        effects.append(Effect(tracked_id=one.id, kind="change", args={"state": "closed"}))
    elif one.state == "closed" and not closed and seen.filed is not None:
        one = _moved(one, seen, state="open")
        words.append("opened-in-tracker")
    owner = seen.rules.assignee(seen.issue) if seen.issue is not None else ""
    if owner and owner != one.assignee:
        one = replace(one, assignee=owner, updated_at=seen.at)
        words.append("assigned-in-sentry")
        effects.append(Effect(tracked_id=one.id, kind="change", args={"assignee": owner}))
    return Decision(answer="changed", tracked=one, effects=tuple(effects)), tuple(words)


def _moved(one: Tracked, seen: Seen, *, state: TicketState) -> Tracked:
    return replace(one, state=state, waits="", state_at=seen.at, updated_at=seen.at)
