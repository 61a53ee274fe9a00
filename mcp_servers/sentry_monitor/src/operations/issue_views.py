"""How answers about issues read."""

from collections.abc import Mapping
from typing import Any

from modules.framework.page import Page, Section, Table

from .event_lines import event_sections
from .facts import many, name_of

Json = Mapping[str, Any]


def issue_line(facts: Json) -> str:
    """An issue on one line."""
    state = facts["status"] + (f" ({facts['substatus']})" if facts.get("substatus") else "")
    rank = f" {facts['priority']} priority" if facts.get("priority") else ""
    return (
        f"{name_of(dict(facts))} {state} {facts['level']}{rank}, {many(facts['events'], 'event')}, "
        f"{many(facts['users'], 'user')}, first {facts.get('first_seen', '?')}, "
        f"last {facts.get('last_seen', '?')}"
    )


def issue_list(data: Json) -> Page:
    titles = data["untrusted"]["data"]["issues"]
    rows = tuple(_row(facts, told) for facts, told in zip(data["issues"], titles, strict=True))
    total = f" of {data['total']}" if data.get("total") is not None else ""
    head = f"{data['shown']}{total} issues in {data['project']}, query: {data['query']}"
    columns = ("issue", "level", "state", "events", "users", "last seen", "title", "culprit")
    more = (f"more: cursor={data['next_cursor']}",) if data.get("next_cursor") else ()
    table = (Table(columns, rows),) if rows else ()
    return Page((head,), table, more, origin="sentry issues")


def _row(facts: Json, told: Json) -> tuple[str, ...]:
    state = facts.get("substatus") or facts["status"]
    return (
        name_of(dict(facts)),
        facts["level"],
        state,
        str(facts["events"]),
        str(facts["users"]),
        facts.get("last_seen", ""),
        told.get("title", ""),
        told.get("culprit", ""),
    )


def issue_details(data: Json) -> Page:
    facts, outside = data["issue"], data["untrusted"]["data"]
    event = data.get("event", {})
    head = [
        issue_line(facts),
        f"project {facts.get('project', '?')} {facts.get('url', '')}".strip(),
    ]
    if event:
        head.append(f"event {_id(event)} at {event.get('at', '?')} ({data['event_choice']})")
    cut = data["untrusted"].get("cut", ())
    # Paths hold keys, and keys are strangers' words too: they stay inside the mark.
    named = [Section("cut", tuple(str(path) for path in cut[:6]))] if cut else []
    return Page(tuple(head), (*event_sections(outside), *named), origin="sentry event")


def event_list(data: Json) -> Page:
    told = data["untrusted"]["data"]["events"]
    rows = tuple(
        (
            _id(facts),
            facts.get("at", ""),
            *(one.get(k, "") for k in ("release", "environment", "title")),
        )
        for facts, one in zip(data["events"], told, strict=True)
    )
    head = f"{many(len(rows), 'event')} of {data['issue']}, newest first"
    more = (f"more: cursor={data['next_cursor']}",) if data.get("next_cursor") else ()
    columns = ("event", "at", "release", "environment", "title")
    table = (Table(columns, rows),) if rows else ()
    return Page((head,), table, more, origin="sentry events")


def _id(facts: Json) -> str:
    """Of an event; one that has the form of no id is not repeated."""
    return str(facts.get("id", "?"))


def one_event(data: Json) -> Page:
    if "events" in data:
        return event_list(data)
    facts = data["event"]
    around = [f"{k}: {facts[k]}" for k in ("previous_id", "next_id") if facts.get(k)]
    head = (f"event {_id(facts)} of {data['issue']} at {facts.get('at', '?')}", *around)
    return Page(head, tuple(event_sections(data["untrusted"]["data"])), (), origin="sentry event")


def change(data: Json) -> Page:
    """What a write did: before, after."""
    before, after = data["before"], data["after"]
    head = (f"{data['issue']}: {_state(before)} -> {_state(after)}",)
    there = "was there already" if data.get("already_there") else "added"
    note = (f"comment {data['comment_id']} {there}",) if data.get("comment_id") else ()
    releases = data.get("untrusted", {}).get("data", {})
    named = tuple(f"{when}: in release {release}" for when, release in releases.items())
    parts = (Section("releases", named),) if named else ()
    return Page(head + note, parts, origin="sentry releases")


def _state(facts: Json) -> str:
    details = ", ".join(f"{k}={v}" for k, v in facts.get("details", {}).items())
    words = [facts["status"], facts.get("substatus", ""), details]
    return " ".join(word for word in words if word)


def comment(data: Json) -> Page:
    there = "was there already" if data["already_there"] else "added"
    return Page((f"comment {data['comment_id']} {there} on {data['issue']}",))
