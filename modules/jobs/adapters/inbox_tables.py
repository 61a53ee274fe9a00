"""The tables of what is pushed to us and of what polls found."""

from typing import Final

import sqlalchemy as sa

META: Final = sa.MetaData()
INBOX: Final = sa.Table(
    "inbox",
    META,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("issue_id", sa.Text, nullable=False),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("told", sa.Text, nullable=False),  # JSON
    sa.Column("headers", sa.Text, nullable=False),  # JSON
    sa.Column("body", sa.LargeBinary),  # empty once it is purged
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("job_id", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("not_before", sa.Float, nullable=False),
    sa.Index("inbox_due", "state", "not_before"),
    sa.Index("inbox_received", "received_at"),
    sa.Index("inbox_issue", "issue_id", "received_at"),
)
POLLS: Final = sa.Table(
    "polls",
    META,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("seen", sa.Text, nullable=False),  # JSON: project to the newest `lastSeen`
    sa.Column("found", sa.Text, nullable=False),  # JSON
)
