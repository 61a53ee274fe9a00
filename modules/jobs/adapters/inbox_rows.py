"""A delivery as a row of its table, and back."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from modules.jobs.deliveries import Delivery, State

from .inbox_tables import INBOX

HEAD: Final = tuple(column for column in INBOX.c if column.name not in ("body", "not_before"))


def row_of(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "source": one.source,
        "resource": one.resource,
        "action": one.action,
        "issue_id": one.issue_id,
        "project": one.project,
        "told": json.dumps(one.told),
        "headers": json.dumps(one.headers),
        "body": one.body,
        "received_at": one.received_at.timestamp(),
        "state": one.state.value,
        "reason": one.reason,
        "job_id": None,
        "attempts": 0,
        "not_before": 0.0,
    }


def delivery_of(row: Any) -> Delivery:
    """Without its body, where that was not selected."""
    return Delivery(
        id=row.id,
        source=row.source,
        resource=row.resource,
        action=row.action,
        issue_id=row.issue_id,
        project=row.project,
        told=json.loads(row.told),
        received_at=datetime.fromtimestamp(row.received_at, UTC),
        state=State(row.state),
        reason=row.reason,
        job_id=row.job_id,
        attempts=row.attempts,
        headers=json.loads(row.headers),
        body=(row.body or b"") if hasattr(row, "body") else b"",
    )
