"""What was pushed to us, or found by a poll: kept before it is acknowledged. No I/O."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Where a delivery stands."""

    NEW = "new"  # kept; what comes of it is decided after
    DONE = "done"  # it began a job
    SKIPPED = "skipped"  # nothing was to be done; its reason says why
    DEAD = "dead"  # deciding failed again and again


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery. `told` is what was read out of the body; `body` is empty once it was purged."""

    id: str
    source: str  # webhook, legacy, service_hook, poll
    resource: str
    action: str
    issue_id: str
    project: str
    told: dict[str, Any]
    received_at: datetime
    state: State = State.NEW
    reason: str = ""
    job_id: str | None = None
    attempts: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)

    @property
    def resource_header(self) -> str:
        """As the sender gave it: the old plugin and service hooks give none."""
        return self.resource if self.source == "webhook" else ""


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What became of a delivery."""

    state: State
    reason: str = ""
    job_id: str | None = None
    later: datetime | None = None  # with NEW: when it is decided about again


def delivery_id(source: str, resource: str, body: bytes) -> str:
    """By content: what a sender says about its request (Request-ID, timestamp) is not signed, and
    is another for each try. The body holds the installation."""
    return hashlib.sha256(b"\0".join((source.encode(), resource.encode(), body))).hexdigest()
