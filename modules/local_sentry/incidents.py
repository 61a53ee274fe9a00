"""Rules of metric alerts and their incidents, as rows."""

# ruff: noqa: S608 - what is put into SQL here is ours: column names and question marks

import re
from typing import Any, Final

from .alerts import METRIC, list_alerts
from .metric_alerts import RESOLVED, Incident, Rule
from .models import Alert
from .projects import find_project
from .store import Store

QUERY: Final = re.compile(r"(?:level:([a-z]+))?")


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
    """Those that are understood: `count()` above a threshold; of a query only `level:`."""
    found = [_rule(store, one) for one in list_alerts(store, METRIC)]
    return [one for one in found if one is not None]


def _rule(store: Store, alert: Alert) -> Rule | None:
    body = alert.body
    query = QUERY.fullmatch(body["query"])
    if query is None or (body["aggregate"], body["thresholdType"]) != ("count()", 0):
        return None
    thresholds = {one["label"]: one["alertThreshold"] for one in body["triggers"]}
    return Rule(
        id=alert.id,
        name=alert.name,
        project=find_project(store, body["projects"][0]),
        level=query[1] or "",
        environment=body.get("environment") or "",
        window_s=60 * body["timeWindow"],
        warning=thresholds.get("warning"),
        critical=thresholds["critical"],
        resolve=body.get("resolveThreshold"),
        created=alert.created,
    )


def _count(store: Store, rule: Rule, now: float) -> int:
    where, values = ["project_id = ?", "at > ?"], [rule.project.id, now - rule.window_s]
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
