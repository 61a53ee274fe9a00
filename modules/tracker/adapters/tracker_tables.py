"""The tables of tracked issues: beside the jobs, in one database."""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

import sqlalchemy as sa

T = TypeVar("T")
META: Final = sa.MetaData()
TRACKED: Final = sa.Table(
    "tracker_issue",
    META,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("marker", sa.Text, nullable=False, unique=True),  # holds the generation
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("tracker", sa.Text, nullable=False),
    # What the tracker calls it; empty until it is filed.
    sa.Column("key", sa.Text, nullable=False, index=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # open, closed
    sa.Column("priority", sa.Text, nullable=False),
    sa.Column("assignee", sa.Text, nullable=False),
    sa.Column("waits", sa.Text, nullable=False),
    sa.Column("state_at", sa.Float, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("updated_at", sa.Float, nullable=False),
    sa.Column("looked_at", sa.Float, nullable=False),  # by a sync
    sa.Index("tracker_issue_state", "state", "created_at"),
    sa.Index("tracker_issue_looked", "looked_at"),
    sa.Index("tracker_issue_external", "source", "external_id"),
)
EXTERNAL: Final = sa.Table(  # of each issue of Sentry, the tracked issue of its newest generation
    "external_issue",
    META,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column(
        "issue_id", sa.Text, sa.ForeignKey("tracker_issue.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text, nullable=False),
    sa.Column("external_url", sa.Text, nullable=False),
    sa.Column("metadata", sa.Text, nullable=False),  # JSON
    sa.Column("created_at", sa.Float, nullable=False),
    sa.UniqueConstraint("source", "external_id"),
    sa.Index("external_issue_tracked", "issue_id"),
)
EFFECTS: Final = sa.Table(  # what is still to be done; a row goes when it is
    "tracker_effect",
    META,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("tracked_id", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("args", sa.Text, nullable=False),  # JSON
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("parked", sa.Boolean, nullable=False),
    sa.Column("not_before", sa.Float, nullable=False),  # also while somebody is at it
    sa.Index("tracker_effect_due", "not_before"),
)
DUE: Final = sa.Table(  # deliveries of the inbox that the tracker has not decided about
    "tracker_due",
    META,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("not_before", sa.Float, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("tracker_due_order", "not_before", "received_at"),
)
TICKETS: Final = sa.Table(  # the issues of the builtin tracker
    "builtin_ticket",
    META,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("marker", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("priority", sa.Text, nullable=False),
    sa.Column("assignee", sa.Text, nullable=False),
    sa.Column("labels", sa.Text, nullable=False),  # JSON
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("updated_at", sa.Float, nullable=False),
    sqlite_autoincrement=True,  # a number is never given twice
)
COMMENTS: Final = sa.Table(
    "builtin_comment",
    META,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("ticket", sa.Integer, nullable=False),
    sa.Column("marker", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.UniqueConstraint("ticket", "marker"),
)


class Within(Protocol):
    """Runs a function in a transaction. Raises DatabaseAway."""

    async def __call__(self, work: Callable[[sa.Connection], T]) -> T: ...
