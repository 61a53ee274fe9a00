"""What became of the events that were sent, and the counts of it over time."""

# ruff: noqa: S608 - what is put into SQL here is ours: column names and question marks

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from .models import Json
from .moments import iso
from .store import Row, Store, marks

GROUPS: Final = {
    "outcome": "outcome",
    "category": "category",
    "reason": "reason",
    "project": "project_id",
}


def note(
    store: Store,
    outcome: str,
    *,
    project_id: int,
    at: float,
    reason: str = "none",
    category: str = "error",
    quantity: int = 1,
) -> None:
    store.write(
        "INSERT INTO outcome VALUES (?,?,?,?,?,?)",
        (at, project_id, category, outcome, reason, quantity),
    )


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A question about outcomes; an empty filter admits everything."""

    start: float
    end: float
    step_s: int
    group_by: tuple[str, ...]
    fields: tuple[str, ...]
    filters: dict[str, list[Any]]

    def buckets(self) -> list[int]:
        first = int(self.start) // self.step_s * self.step_s
        return list(range(first, int(self.end) + 1, self.step_s))


def summed(store: Store, wanted: Wanted) -> Json:
    """The answer of stats_v2. Grouped by project it has no series, as Sentry's has none."""
    buckets = wanted.buckets()
    series = "project" not in wanted.group_by
    groups: dict[tuple[Any, ...], dict[int, int]] = {}
    for row in _rows(store, wanted):
        key = tuple(row[GROUPS[name]] for name in wanted.group_by)
        groups.setdefault(key, {})[row["bucket"]] = row["quantity"]
    answer: Json = {"start": iso(buckets[0]), "end": iso(wanted.end), "groups": []}
    for key, counts in sorted(groups.items(), key=lambda item: str(item[0])):
        by = dict(zip(wanted.group_by, key, strict=True))
        answer["groups"].append(_group(by, counts, wanted.fields, buckets if series else None))
    return answer | ({"intervals": [iso(one) for one in buckets]} if series else {})


def _group(
    by: Json, counts: dict[int, int], fields: Iterable[str], buckets: list[int] | None
) -> Json:
    total = sum(counts.values())
    group = {"by": by, "totals": dict.fromkeys(fields, total)}
    if buckets is None:
        return group
    line = [counts.get(one, 0) for one in buckets]
    return group | {"series": dict.fromkeys(fields, line)}


def _rows(store: Store, wanted: Wanted) -> list[Row]:
    sql, values = "", []
    for name, admitted in wanted.filters.items():
        if admitted:
            sql += f" AND {GROUPS[name]} IN ({marks(admitted)})"
            values += admitted
    columns = [GROUPS[name] for name in wanted.group_by]
    step = wanted.step_s
    return store.rows(
        f"SELECT {','.join([*columns, ''])} CAST(at AS INTEGER) / {step} * {step} AS bucket,"
        f" SUM(quantity) AS quantity FROM outcome WHERE at >= ? AND at <= ?{sql}"
        f" GROUP BY {','.join([*columns, ''])} bucket",
        [wanted.buckets()[0], wanted.end, *values],
    )
