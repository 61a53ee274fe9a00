"""How answers about a project's set-up read."""

from collections.abc import Mapping
from typing import Any

from modules.framework.page import Page, Section
from modules.telemetry.setup_findings import Fix
from modules.telemetry.setup_privacy import SWITCH_OF

from .facts import many

Json = Mapping[str, Any]
ORDER = ("wanting", "unknown", "your choice", "good", "not applicable")


def changes(fix: Fix) -> list[str]:
    """What applying a fix would change, a line each."""
    switches = [SWITCH_OF[name] for name in fix.settings]
    lines = [f"{one.name}: {one.off} -> {one.on}" for one in switches]
    if fix.add_fields:
        lines.append(f"sensitive-fields: add {', '.join(fix.add_fields)}")
    return lines + [f"filter {name}: off -> on" for name in fix.filters]


def check(data: Json) -> Page:
    told = data["untrusted"]["data"]
    counts = {state: _of(data, state) for state in ORDER}
    head = [
        f"{data['project']} on {data['server']}: "
        + ", ".join(f"{len(found)} {state}" for state, found in counts.items() if found)
    ]
    head += [_line(one) for found in counts.values() for one in found]
    head += _plan(data)
    parts = tuple(
        Section(one["name"], (", ".join(told[one["name"]]),))
        for found in counts.values()
        for one in found
        if told.get(one["name"])
    )
    return Page(tuple(head), parts, origin="sentry project settings")


def fixed(data: Json) -> Page:
    page = check(data)
    told = many(data["changed"], "change") + " read back as made"
    return Page((told, *page.head), page.outside, page.tail, page.origin, page.writers)


def _of(data: Json, state: str) -> list[Json]:
    return [one for one in data["findings"] if one["state"] == state]


def _line(one: Json) -> str:
    """What is good takes no room."""
    line = f"{one['state']}: {one['name']}: {one['there']}"
    if one["state"] not in ("wanting", "unknown", "your choice"):
        return line
    remedy = f" Remedy: {one['remedy']}" if one.get("remedy") else ""
    return f"{line}; wanted: {one['wanted']}.{remedy}"


def _plan(data: Json) -> list[str]:
    if not data["would_change"]:
        return []
    return [
        f"plan {data['plan']}, which fix-project-setup would apply:",
        *(f"  {one}" for one in data["would_change"]),
    ]
