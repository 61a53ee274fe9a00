"""How answers about alert rules read."""

from collections.abc import Mapping
from typing import Any, Final

from modules.framework.page import Page, Part, Section, Table

from .facts import many

Json = Mapping[str, Any]
WRITERS: Final = "members of the organization"
ORIGIN: Final = "sentry alerts"


def ensured(data: Json) -> Page:
    return _page(data, _headline(data))


def checked(data: Json) -> Page:
    open_ = [one for one in data["rules"] if one["state"] != "same"]
    state = "as the file says" if data["in_step"] else f"{len(open_)} differ from the file"
    return _page(data, f"alert rules of {data['project']} ({data['generation']}): {state}")


def _headline(data: Json) -> str:
    where = f"alert rules of {data['project']} ({data['generation']})"
    if data["in_step"]:
        return f"{where}: as the file says, nothing to change"
    if data["applied"]:
        return f"{where}: applied"
    prune = " prune=true" if any(one["state"] == "delete" for one in data["left_over"]) else ""
    return f"{where}: this would change; ensure-alert-rules apply=true{prune} changes it"


def _page(data: Json, headline: str) -> Page:
    rows = [f"  {one['state']}: {one['kind']} {_numbered(one)}" for one in data["rules"]]
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


def _numbered(one: Json) -> str:
    named = f"{one['key']} ({one['id']})" if one["id"] else str(one["key"])
    return f"{named}: {', '.join(one['fields'])}" if one["fields"] else named


def listed(data: Json) -> Page:
    rows = tuple(
        (one["kind"], one["id"], one["key"] or "of others", words["name"])
        for one, words in zip(data["rules"], data["untrusted"]["data"], strict=True)
    )
    ours = sum(one["ours"] for one in data["rules"])
    head = (
        f"{data['project']} has {many(len(rows), 'alert rule')} ({data['generation']}), "
        f"{ours} of them of the file"
    )
    columns = ("kind", "id", "rule", "name")
    parts = (Table(columns, rows),) if rows else ()
    return Page((head,), parts, origin=ORIGIN, writers=WRITERS)
