"""A Sentry issue as it is tracked: one for each of its generations. No I/O."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from .ports import Priority, TicketState

Kind = Literal["file", "comment", "change", "resolve_in_sentry"]
SENTRY = "sentry"  # the source of an issue
ALERT = "sentry_metric_alert"


@dataclass(frozen=True, kw_only=True)
class Tracked:
    """`key` and `url` are empty until the tracker has it. `title` and `body` are safe already."""

    id: str
    source: str  # sentry, sentry_metric_alert
    external_id: str  # Sentry's
    external_url: str
    generation: int  # 1, and one more each time that an error came back as a new issue
    marker: str
    tracker: str
    project: str
    title: str
    body: str
    priority: Priority
    key: str = ""
    url: str = ""
    state: TicketState = "open"
    assignee: str = ""  # the tracker's name of a person
    waits: str = ""  # resolved in Sentry, to be closed with the next release
    previous: str = ""  # the id of the generation before
    metadata: dict[str, Any] = field(default_factory=dict)
    state_at: datetime  # what Sentry told before then changes no state any more
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What is to be done to a tracker, or to Sentry, until it is done."""

    number: int = 0  # in which order; 0 before it is kept
    tracked_id: str
    kind: Kind
    args: dict[str, Any] = field(default_factory=dict)
    tries: int = 0
    reason: str = ""  # why it waits
    parked: bool = False  # until a person mends something and syncs, or an hour has passed
    not_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What one delivery comes to. Without `tracked` it comes to nothing, and `reason` says why."""

    answer: Literal["created", "deduplicated", "changed", "skipped"]
    reason: str = ""
    tracked: Tracked | None = None
    effects: tuple[Effect, ...] = ()


Decide = Callable[[Tracked | None], Decision]  # by the newest generation that is known


@dataclass(frozen=True, kw_only=True)
class Case:
    """An issue that is to be decided about, and the delivery that asks for it, if one does."""

    source: str
    external_id: str
    decide: Decide
    delivery_id: str = ""


def case_of(tracked: Tracked, decide: Decide) -> Case:
    """Of what is tracked already."""
    return Case(source=tracked.source, external_id=tracked.external_id, decide=decide)
