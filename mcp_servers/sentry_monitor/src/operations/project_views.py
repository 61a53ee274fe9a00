"""How answers about projects and the server read."""

from collections.abc import Mapping
from typing import Any

from modules.framework.page import Page, Part, Section, Table

from .facts import many
from .health import spark

Json = Mapping[str, Any]


def project_list(data: Json) -> Page:
    rows = tuple((one["slug"], one["id"], one.get("platform", "")) for one in data["projects"])
    more = ("more than shown; narrow with query",) if data["more"] else ()
    head = f"{many(len(rows), 'project')} in {data['organization']}"
    return Page(
        (head,),
        (Table(("project", "id", "platform"), rows),) if rows else (),
        more,
        origin="sentry projects",
        writers="members of the organization",
    )


def stats(data: Json) -> Page:
    rates = data["rates"]
    trend = rates["trend_percent"]
    against = "none before" if trend is None else f"{trend:+g} % against the period before"
    issues = ", ".join(f"{v if v is not None else '?'} {k}" for k, v in data["issues"].items())
    head = [
        f"{data['project']} {data['period']}: {data['verdict'].upper()} - {'; '.join(data['reasons'])}",
        f"errors: {rates['accepted']} accepted, {rates['filtered']} filtered, "
        f"{rates['dropped']} dropped; {rates['per_minute']:g}/min, "
        f"peak hour {rates['peak_per_minute']:g}/min; {against}",
        f"{spark(data['series']['accepted'])} each {data['series']['step_hours']} h",
        f"unresolved issues: {issues}; affected users: {_known(data['users'])}",
    ]
    told = data["untrusted"]["data"]["top_issues"]
    rows = tuple(
        (one["issue"], one["level"], str(one["events"]), str(one["users"]), words.get("title", ""))
        for one, words in zip(data["top_issues"], told, strict=True)
    )
    columns = ("issue", "level", "events", "users", "title")
    parts: tuple[Part, ...] = (Table(columns, rows, "top issues"),) if rows else ()
    return Page(tuple(head), parts, origin="sentry issues")


def _known(value: object) -> str:
    return "unknown" if value is None else str(value)


def patterns(data: Json) -> Page:
    told = data["untrusted"]["data"]
    head = [
        f"{data['project']} {data['period']}: {many(data['issues'], 'unresolved issue')}, {many(data['events'], 'event')}"
    ]
    if data.get("release_created"):
        head.append(f"last release was created {data['release_created']}")
    parts: list[Part] = []
    if told.get("release"):
        parts.append(Section("last release", (told["release"],)))
    parts += [_ranked(title, told[title]) for title in ("harmful", "noisy", "new_since_release")]
    parts += [_groups(title, told[title]) for title in ("by_type", "by_place")]
    parts += [_counts(title, told[title]) for title in ("by_release", "by_environment")]
    filled = tuple(one for one in parts if not isinstance(one, Table) or one.rows)
    return Page(tuple(head), filled, origin="sentry issues")


def _ranked(title: str, rows: list[Json]) -> Table:
    cells = tuple((one["issue"], one.get("why", ""), one.get("title", "")) for one in rows)
    return Table(("issue", "why", "title"), cells, title.replace("_", " "))


def _groups(title: str, rows: list[Json]) -> Table:
    cells = tuple(
        (one["key"], *(str(one[k]) for k in ("issues", "events", "users", "example")))
        for one in rows
    )
    return Table(
        (title[3:], "issues", "events", "users", "example"), cells, title.replace("_", " ")
    )


def _counts(title: str, rows: list[Json]) -> Table:
    """These counts know no status: they are of all events."""
    cells = tuple((one["key"], str(one["events"])) for one in rows)
    heading = f"{title.replace('_', ' ')}, resolved issues included"
    return Table((title[3:], "events"), cells, heading)


def connection(data: Json) -> Page:
    missing = {k: v for k, v in data["operations"].items() if v != "ok"}
    rights = (
        "all operations allowed"
        if not missing
        else "; ".join(f"{k}: {v}" for k, v in missing.items())
    )
    head = [
        f"{data['server']} is {data['kind']} {data['version']}".strip(),
        f"organization {data['organization']}",
        f"token scopes: {', '.join(data['scopes']) or 'not told by the server'}",
        rights,
    ]
    if data["lacks"]:
        head.append(f"this server lacks: {'; '.join(data['lacks'])}")
    head += [f"notifications, {one['place']}: {one['state']}" for one in data["notifications"]]
    head += [
        f"repairs of {one['project']} at {one['repository']}: {one['push']}"
        for one in data.get("repositories", ())
    ]
    who = data["untrusted"]["data"].get("user", "")
    parts = (Section("token of", (who,)),) if who else ()
    return Page(tuple(head), parts, origin="sentry account", writers="members of the organization")
