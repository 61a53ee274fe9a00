"""What tells people of errors, as it is stored: detectors, workflows, and the rules before them."""

# ruff: noqa: S608 - what is put into SQL here is ours: column names and question marks

import json
import uuid
from typing import Final

from .errors import NotFound
from .models import Alert, Json, Project
from .store import Row, Store, dump, marks

DETECTOR, WORKFLOW, RULE, METRIC = "detector", "workflow", "rule", "metric"
_COLUMNS: Final = "id, kind, project_id, body, created, updated"
DEFAULTS: Final = {"error": "Error Monitor", "issue_stream": "Issue Stream"}


def add_alert(
    store: Store, kind: str, body: Json, *, now: float, project: Project | None = None
) -> Alert:
    number = store.write(
        "INSERT INTO alert (kind, project_id, body, created, updated) VALUES (?,?,?,?,?)",
        (kind, project.id if project else None, dump(body), now, now),
    )
    return find_alert(store, kind, number)


def replace_alert(store: Store, alert: Alert, body: Json, *, now: float) -> Alert:
    values = (dump(body), now, alert.id)
    store.write("UPDATE alert SET body = ?, updated = ? WHERE id = ?", values)
    return find_alert(store, alert.kind, alert.id)


def remove_alert(store: Store, alert: Alert) -> None:
    store.write("DELETE FROM alert WHERE id = ?", (alert.id,))


def find_alert(store: Store, kind: str, number: str | int) -> Alert:
    """Raises NotFound."""
    given = str(number)
    known = given.isdecimal() and len(given) < 18
    row = store.row(
        f"SELECT {_COLUMNS} FROM alert WHERE kind = ? AND id = ?",
        (kind, int(given) if known else -1),
    )
    if row is None:
        raise NotFound()
    return _alert(row)


def list_alerts(store: Store, kind: str, projects: list[Project] | None = None) -> list[Alert]:
    """By id; of some projects, or all."""
    where, values = "", [kind]
    if projects is not None:
        where = f" AND project_id IN ({marks(projects)})"
        values += [one.id for one in projects]  # type: ignore[misc]
    sql = f"SELECT {_COLUMNS} FROM alert WHERE kind = ?{where} ORDER BY id"
    return [_alert(row) for row in store.rows(sql, values)]


def make_default_detectors(store: Store, project: Project, *, now: float) -> None:
    """Each project has them from its beginning."""
    there = {one.body["type"] for one in list_alerts(store, DETECTOR, [project])}
    for kind, name in DEFAULTS.items():
        if kind not in there:
            body = {"name": name, "type": kind, "enabled": True, "config": {}}
            add_alert(store, DETECTOR, body, now=now, project=project)


def begin_task(
    store: Store, kind: str, body: Json, *, project: Project, alert: Alert | None
) -> str:
    """What goes on behind the answer; its id."""
    name = uuid.uuid4().hex
    values = (name, kind, project.id, dump(body), alert.id if alert else None)
    store.write("INSERT INTO alert_task VALUES (?,?,?,?,?,'pending',NULL)", values)
    return name


def look_at_task(store: Store, name: str, project: Project, *, now: float) -> Json:
    """How it stands; who looks once finds it pending, who looks again finds it done."""
    row = store.row("SELECT * FROM alert_task WHERE id = ?", (name,))
    if row is None:
        raise NotFound()
    if row["status"] == "seen":
        made = _carry_out(store, row, project, now=now)
        store.write("UPDATE alert_task SET status = 'success', made = ? WHERE id = ?", (made, name))
        row = row | {"status": "success", "made": made}
    elif row["status"] == "pending":
        store.write("UPDATE alert_task SET status = 'seen' WHERE id = ?", (name,))
    return {"status": "success" if row["status"] == "success" else "pending", "made": row["made"]}


def _carry_out(store: Store, task: Row, project: Project, *, now: float) -> int:
    body = json.loads(task["body"])
    if task["alert_id"] is None:
        return add_alert(store, task["kind"], body, now=now, project=project).id
    there = find_alert(store, task["kind"], task["alert_id"])
    return replace_alert(store, there, body, now=now).id


def _alert(row: Row) -> Alert:
    return Alert(**{**row, "body": json.loads(row["body"])})
