"""How answers about alert rules read."""

from collections.abc import Mapping
from typing import Any, Final

from modules.framework.page import Page, Part, Section, Table

from .facts import many

Json = Mapping[str, Any]
WRITERS: Final = "members of the organization"
ORIGIN: Final = "sentry alerts"
KEPT: Final = ("same", "by hand")
DONE: Final = frozenset(("created", "changed", "deleted"))


def ensured(data: Json) -> Page:
    return _page(data, _headline(data))


def checked(data: Json) -> Page:
    open_ = [one for one in data["rules"] if one["state"] != "same"]
    state = f"{len(open_)} differ from the file" if open_ else "as the file says"
    return _page(data, f"{_where(data)}: {state}{_left_over(data)}")


def _headline(data: Json) -> str:
    where = _where(data)
    if data["applied"]:
        return f"{where}: {_came_to(data)}"
    open_ = [one for one in data["rules"] if one["state"] in ("create", "change")]
    if not open_ and not _doomed(data):
        off = "" if data["in_step"] else "; some are switched off"
        return f"{where}: as the file says, nothing to change{off}{_left_over(data)}"
    prune = " prune=true" if _doomed(data) else ""
    return f"{where}: this would change; ensure-alert-rules apply=true{prune} changes it"


def _where(data: Json) -> str:
    """Which file it is about, too: a variable that is misspelled would mean the built-in rules."""
    return f"alert rules of {data['project']} ({data['generation']}), {data['rules_from']}"


def _doomed(data: Json) -> bool:
    return any(one["state"] == "delete" for one in data["left_over"])


def _left_over(data: Json) -> str:
    count = len(data["left_over"])
    return f"; {count} left over" if count else ""


def _came_to(data: Json) -> str:
    """How much of the plan was done."""
    planned = [one["state"] for one in data["rules"] if one["state"] not in KEPT]
    planned += [one["state"] for one in data["left_over"] if one["state"] != "left over"]
    done = sum(one in DONE for one in planned)
    if done == len(planned):
        return f"applied, {many(done, 'change')}"
    return f"{done} of {many(len(planned), 'change')} applied"


def _page(data: Json, headline: str) -> Page:
    rows = [f"  {one['state']}: {one['kind']} {_said(one)}" for one in data["rules"]]
    rows += [
        f"  {one['state']}: {one['kind']} {one['key']} ({one['id']})" for one in data["left_over"]
    ]
    told = data["untrusted"]["data"]
    changes = tuple(
        (one["rule"], one["field"], one["there"], one["wanted"]) for one in told["changes"]
    )
    parts: list[Part] = []
    if changes:
        parts.append(Table(("rule", "field", "in Sentry", "in the file"), changes, "differences"))
    if told["foreign"]:
        parts.append(Section("rules of others, never touched", tuple(told["foreign"])))
    others = f"{many(data['foreign'], 'rule')} of others, never touched"
    return Page((headline, *rows, others), tuple(parts), origin=ORIGIN, writers=WRITERS)


def _said(one: Json) -> str:
    """What is new is read before it is approved of; of what is there, which fields differ."""
    named = f"{one['key']} ({one['id']})" if one["id"] else str(one["key"])
    if one["state"] in ("create", "created"):
        return f"{named}: {one['says']}"
    return f"{named}: {', '.join(one['fields'])}" if one["fields"] else named


def listed(data: Json) -> Page:
    rows = tuple(
        (
            one["kind"],
            one["id"],
            "on" if one["on"] else "off",
            one["key"] or "of others",
            words["name"],
            words["says"],
        )
        for one, words in zip(data["rules"], data["untrusted"]["data"], strict=True)
    )
    ours = sum(one["ours"] for one in data["rules"])
    head = (
        f"{data['project']} has {many(len(rows), 'alert rule')} ({data['generation']}), "
        f"{ours} of them made by sentry-monitor"
    )
    columns = ("kind", "id", "state", "rule", "name", "settings")
    parts = (Table(columns, rows),) if rows else ()
    return Page((head,), parts, origin=ORIGIN, writers=WRITERS)
