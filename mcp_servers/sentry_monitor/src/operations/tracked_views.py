"""How answers about tracked issues read."""

from collections.abc import Mapping
from typing import Any

from modules.framework.page import Page, Part, Section, Table

from .facts import many

Json = Mapping[str, Any]


def tracked_list(data: Json) -> Page:
    rows = tuple(
        (
            one.get("identifier", "not filed yet"),
            one["state"],
            one["priority"],
            one.get("short_id", one["sentry_id"]),
            one.get("assignee", ""),
            one["created_at"],
            words.get("title", ""),
        )
        for one, words in zip(data["issues"], data["untrusted"]["data"], strict=True)
    )
    head = [f"{many(len(rows), 'tracked issue')} ({data['tracker']}), newest first"]
    left = {name: data[name] for name in ("undecided", "waiting", "parked") if data[name]}
    if left:
        head.append("still to be done: " + ", ".join(f"{n} {name}" for name, n in left.items()))
    columns = ("issue", "state", "priority", "sentry", "assignee", "created", "title")
    return Page(tuple(head), (Table(columns, rows),) if rows else (), origin="tracked issues")


def one_tracked(data: Json) -> Page:
    named = data.get("identifier", "not filed yet")
    head = [
        f"tracked issue {named}: {data['state']}, {data['priority']}, of "
        f"{data.get('short_id', data['sentry_id'])}, generation {data['generation']}"
    ]
    head += [
        f"{name}: {data[name]}"
        for name in ("assignee", "until", "previous", "url", "sentry_url")
        if data.get(name)
    ]
    if "repaired" in data:
        head.append(f"out of step: {', '.join(data['repaired']) or 'nothing'}")
    head += [
        f"{'parked' if one['parked'] else 'waits'}: {one['what']}, tried {one['tries']} times"
        f"{': ' + one['reason'] if one['reason'] else ''}"
        for one in data["waits"]
    ]
    told = data["untrusted"]["data"]
    parts: list[Part] = [Section(told.get("title", ""), tuple(told.get("body", "").splitlines()))]
    comments = tuple(f"{one['at']}: {one['text']}" for one in told.get("comments", ()))
    parts += [Section("comments", comments)] if comments else []
    return Page(tuple(head), tuple(parts), origin="tracked issue")
