"""Issue lists: the issues that match a search and have events in the window, with their counts."""

# ruff: noqa: S608 - what is put into SQL here is ours: column names and question marks

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from .conditions import where
from .issues import select_issues
from .models import Issue
from .search import Term
from .shapes.issue import Tally
from .store import Store, marks

ORDERS: Final = {
    "date": "i.last_seen DESC",
    "new": "i.first_seen DESC",
    "freq": "i.times_seen DESC",
    "user": "user_count DESC",
    "trends": "i.times_seen / (1 + (?1 - i.first_seen) / 86400) DESC",
    "inbox": "i.status_since DESC",
    "recommended": (
        "CASE i.priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END, i.last_seen DESC"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Which issues are asked for."""

    terms: tuple[Term, ...]
    project_ids: Sequence[int]
    environments: Sequence[str]
    start: float
    end: float
    sort: str
    now: float


def list_matching(store: Store, wanted: Listing, *, offset: int, length: int) -> list[Issue]:
    sql, values = _matching(wanted)
    order = ORDERS[wanted.sort].replace("?1", str(wanted.now))
    return select_issues(
        store,
        f"WHERE {sql} ORDER BY {order}, i.id DESC LIMIT ? OFFSET ?",
        [*values, length, offset],
    )


def count_matching(store: Store, wanted: Listing) -> int:
    sql, values = _matching(wanted)
    joins = "issue i JOIN project p ON p.id = i.project_id"
    return int(store.value(f"SELECT COUNT(*) FROM {joins} WHERE {sql}", values))


def _matching(wanted: Listing) -> tuple[str, list[Any]]:
    searched = where(wanted.terms, now=wanted.now)
    seen, values = _seen(wanted)
    sql = (
        f"i.project_id IN ({marks(wanted.project_ids)}) AND i.last_seen >= ? AND {searched.sql}"
        f" AND EXISTS (SELECT 1 FROM event e WHERE e.issue_id = i.id AND {seen})"
    )
    return sql, [*wanted.project_ids, wanted.start, *searched.values, *values]


def _seen(wanted: Listing) -> tuple[str, list[Any]]:
    sql, values = "e.at BETWEEN ? AND ?", [wanted.start, wanted.end]
    if wanted.environments:
        sql += f" AND COALESCE(e.environment, '') IN ({marks(wanted.environments)})"
    return sql, [*values, *wanted.environments]


def tallies(
    store: Store, wanted: Listing, issues: list[Issue], *, step_s: int, steps: int
) -> dict[int, Tally]:
    """Per issue what the window holds; the series ends now."""
    seen, values = _seen(wanted)
    ids = [issue.id for issue in issues]
    rows = store.rows(
        "SELECT issue_id, COUNT(*) AS count, COUNT(DISTINCT user_key) AS users, MIN(at) AS first_seen,"
        " MAX(at) AS last_seen, event_id, environment FROM event e"
        f" WHERE issue_id IN ({marks(ids)}) AND {seen} GROUP BY issue_id",
        [*ids, *values],
    )
    lines = series(store, ids, now=wanted.now, step_s=step_s, steps=steps)
    return {row["issue_id"]: _tally(row, lines[row["issue_id"]]) for row in rows}


def _tally(row: dict[str, Any], line: list[list[int]]) -> Tally:
    known = {key: row[key] for key in ("count", "users", "first_seen", "last_seen")}
    return Tally(**known, series=line, event_id=row["event_id"], environment=row["environment"])


def series(
    store: Store, ids: list[int], *, now: float, step_s: int, steps: int
) -> dict[int, list[list[int]]]:
    """`[[epoch, count], …]` per issue, oldest first, zeros included."""
    last = int(now) // step_s * step_s
    buckets = [last - step_s * back for back in reversed(range(steps))]
    rows = store.rows(
        f"SELECT issue_id, CAST(at AS INTEGER) / {step_s} * {step_s} AS bucket, COUNT(*) AS count"
        f" FROM event WHERE issue_id IN ({marks(ids)}) AND at >= ? GROUP BY issue_id, bucket",
        [*ids, buckets[0]],
    )
    counts = {(row["issue_id"], row["bucket"]): row["count"] for row in rows}
    return {one: [[at, counts.get((one, at), 0)] for at in buckets] for one in ids}
