"""What a webhook or a poll means for repairs: which of them begin one, and what job. No I/O."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from modules.safetext.policy import Policy
from modules.safetext.sinks import for_data
from modules.sentry.webhooks import LEGACY, SERVICE_HOOK, Told

from .job import Job, Trigger
from .project import Project

POLL: Final = "poll"
BEGIN: Final = frozenset(
    {
        ("event_alert", "triggered"),
        ("issue", "created"),
        ("error", "created"),
        (LEGACY, "triggered"),
        (SERVICE_HOOK, "triggered"),
    }
)
CAME_BACK: Final = ("regressed", "escalating")
SNAPSHOT: Final = Policy(default_cap=500)


def why_not(told: Told) -> str:
    """The reason why it begins nothing; empty where it may begin a repair."""
    if told.by_application and told.resource != "event_alert":
        return "own_action"  # an integration's doing, perhaps ours: it must not start itself
    back = told.resource in ("issue", POLL) and told.action == "unresolved"
    begins = (told.resource, told.action) in BEGIN or (back and told.substatus in CAME_BACK)
    if told.resource == POLL and told.action == "created":
        begins = True
    if not begins:
        return "not_acted_on"
    return "" if told.issue_id else "no_issue"


def regressed(told: Told) -> bool:
    return told.action == "unresolved" and told.substatus == "regressed"


def job_of(
    told: Told,
    project: Project,
    *,
    delivery: str,
    turn: str,
    trigger: Trigger,
    payload: Mapping[str, Any],
    host: str,
    organization: str,
    now: datetime,
) -> Job:
    """The job that a delivery begins. Its id comes of the delivery's, and of the turn in which it
    is decided: one that is decided again after its job was forgotten begins another one."""
    return Job(
        id=hashlib.sha256(f"job of {delivery} {turn}".encode()).hexdigest()[:32],
        sentry_issue_id=told.issue_id,
        sentry_event_id=told.event_id or None,
        organization_slug=organization,
        project_slug=project.slug,
        project_key=project.key,
        host=host,
        trigger=trigger,
        payload_snapshot=snapshot(payload),
        max_retries=project.max_retries,
        stop_at=project.stop_at,
        created_at=now,
        updated_at=now,
    )


def snapshot(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a body: without secrets, and short. It is marked as strangers' text."""
    return for_data(dict(payload), origin="sentry webhook", policy=SNAPSHOT)
