"""Metric alerts on the number of events: rules, and the incidents that come of them.

Source: docs.sentry.io, "Create a Metric Alert Rule for an Organization", and the webhook
`metric_alert`. An incident opens when a trigger's threshold is passed, and ends when the count is at
or below the resolve threshold, else the lowest of the triggers'.
"""

# ruff: noqa: S608 - what is put into SQL here is ours: column names and question marks

from dataclasses import dataclass
from typing import Any, Final

from .models import Json
from .store import Store

RESOLVED: Final = "resolved"
STATUS: Final = {RESOLVED: 2, "warning": 10, "critical": 20}
_SELECT: Final = "SELECT r.*, p.slug AS project_slug FROM alert_rule r JOIN project p"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`level` and `environment` narrow what is counted in the last `window_s`; empty: all."""

    id: int
    name: str
    project_id: int
    project_slug: str
    level: str
    environment: str
    window_s: int
    warning: float | None
    critical: float
    resolve: float | None
    created: float

    def state(self, count: int) -> str:
        """What so many events mean; empty between the thresholds, where all stays as it is."""
        for label, threshold in (("critical", self.critical), ("warning", self.warning)):
            if threshold is not None and count > threshold:
                return label
        lowest = min(one for one in (self.warning, self.critical) if one is not None)
        return RESOLVED if count <= (lowest if self.resolve is None else self.resolve) else ""


@dataclass(frozen=True, kw_only=True)
class Incident:
    """`state` is critical, warning or resolved; `number` is counted in the organization."""

    number: int
    rule: Rule
    state: str
    started: float
    count: int = 0


def add_rule(store: Store, fields: Json) -> Rule:
    names = ", ".join(fields)
    marks = ", ".join("?" * len(fields))
    number = store.write(f"INSERT INTO alert_rule ({names}) VALUES ({marks})", [*fields.values()])
    return next(one for one in _rules(store) if one.id == number)


def changed(store: Store, now: float) -> list[Incident]:
    """Look at every rule; the incidents that are otherwise than before."""
    found = []
    for rule in _rules(store):
        row = store.row(
            "SELECT * FROM incident WHERE rule_id = ? AND state != ? LIMIT 1", (rule.id, RESOLVED)
        )
        count = _count(store, rule, now)
        state = rule.state(count)
        before = row["state"] if row else RESOLVED
        if state in ("", before):
            continue
        number, started = (row["id"], row["started"]) if row else (_opened(store, rule, now), now)
        store.write("UPDATE incident SET state = ? WHERE id = ?", (state, number))
        found.append(Incident(number=number, rule=rule, state=state, started=started, count=count))
    return found


def _rules(store: Store) -> list[Rule]:
    return [Rule(**row) for row in store.rows(f"{_SELECT} ON p.id = r.project_id ORDER BY r.id")]


def _count(store: Store, rule: Rule, now: float) -> int:
    where, values = ["project_id = ?", "at > ?"], [rule.project_id, now - rule.window_s]
    both: tuple[tuple[str, Any], ...] = (("level", rule.level), ("environment", rule.environment))
    for name, wanted in both:
        if wanted:
            where.append(f"{name} = ?")
            values.append(wanted)
    sql = f"SELECT COUNT(*) FROM event WHERE {' AND '.join(where)}"
    return int(store.value(sql, values))


def _opened(store: Store, rule: Rule, now: float) -> int:
    sql = "INSERT INTO incident (rule_id, state, started) VALUES (?, ?, ?)"
    return store.write(sql, (rule.id, RESOLVED, now))
