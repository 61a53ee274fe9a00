"""Rules of metric alerts and their incidents, as rows."""

# ruff: noqa: S608 - what is put into SQL here is ours: column names and question marks

from typing import Any, Final

from .alerts import RESOLVED, Incident, Rule
from .models import Json
from .store import Store

_SELECT: Final = "SELECT r.*, p.slug AS project_slug FROM alert_rule r JOIN project p"


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
