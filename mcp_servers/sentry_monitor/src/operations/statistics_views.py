"""How error statistics read."""

from collections.abc import Mapping
from typing import Any, Final

from modules.framework.page import Page, Part, Table

from .error_counts import MOST_ISSUES
from .facts import many
from .health import spark

Json = Mapping[str, Any]
LONGER: Final = {60: "minute", 3600: "hour", 86_400: "day"}


def statistics(data: Json) -> Page:
    """All together, a line for each project where there are several, then types and issues."""
    total, told = data["total"], data["untrusted"]["data"]["total"]
    projects = [one["project"] for one in data["projects"]]
    whose = projects[0] if len(projects) == 1 else many(len(projects), "project")
    head = [
        f"{whose} {data['period']} until {data['until']}: {many(total['errors'], 'error')}, "
        f"{_rate(total)}",
        f"{spark(total['series']['errors'])} a bar each {_step(total['series'])}, from "
        f"{data['start']}{_parts(total['series'])}",
        f"{_trend(total)}; affected users: {_users(total)}; {_resolution(total)}",
        *_left_out(total, told),
    ]
    parts = [_types(total, told), _issues(total, told)]
    if len(projects) > 1:
        parts.insert(0, _by_project(data["projects"]))
    filled: tuple[Part, ...] = tuple(one for one in parts if one.rows)
    return Page(tuple(head), filled, origin="sentry issues")


def _rate(one: Json) -> str:
    rate = one["rate"]
    now = rate["last_5_minutes"]
    lately = "" if now is None else f", {now:g}/min in the last 5 minutes"
    peak = f"peak {rate['peak_of']} {rate['peak_per_minute']:g}/min"
    return f"{rate['per_minute']:g}/min ({rate['per_hour']:g}/h), {peak}{lately}"


def _step(series: Json) -> str:
    seconds = series["step_seconds"]
    return LONGER.get(seconds) or f"{seconds // 3600} h"


def _parts(series: Json) -> str:
    """Which bars are low since they are no whole ones."""
    ends = {"first": series["seconds"][0], "last": series["seconds"][-1]}
    cut = [name for name, seconds in ends.items() if seconds < series["step_seconds"]]
    if not cut:
        return ""
    return f"; the {cut[0]} is a part" if len(cut) == 1 else "; the first and the last are parts"


def _trend(one: Json) -> str:
    trend = one["trend"]
    if trend["direction"] == "unknown":
        return "trend unknown"
    if trend["percent"] is None:
        return f"trend {trend['direction']} (none in the period before)"
    return f"trend {trend['direction']} ({trend['percent']:+g} % against the period before)"


def _known(value: object) -> str:
    return "unknown" if value is None else str(value)


def _users(one: Json) -> str:
    known = _known(one["affected_users"])
    return f"at most {known}" if one["affected_users_exact"] is False else known


def _resolution(one: Json) -> str:
    found = one["resolution"]
    if found is None:
        return "time to resolve unknown"
    whole = "unknown" if found["of"] is None else found["of"]
    of = "" if whole == found["looked_at"] else f", {found['looked_at']} of {whole} looked at"
    if not found["issues"]:
        return f"no issue resolved{of}"
    return (
        f"{many(found['issues'], 'issue')} resolved after {found['median_hours']:g} h "
        f"(median; mean {found['mean_hours']:g} h){of}"
    )


def _left_out(one: Json, told: Json) -> list[str]:
    """What is not shown, and what would show it."""
    issues, types = len(one["top_issues"]), len(told["types"])
    all_issues, all_types = one["issue_count"], one["type_count"]
    if all_types is None:
        return []  # it is not known; a warning says why
    cut = []
    if all_issues is None or issues < all_issues:
        whole = f"more than {MOST_ISSUES}" if all_issues is None else all_issues
        cut.append(f"{issues} of {whole} issues")
    if types < all_types:
        cut.append(f"{types} of {many(all_types, 'type')}")
    if not cut:
        return []
    limit = min(MOST_ISSUES, max(all_issues or MOST_ISSUES, all_types))
    there = max(issues, types) < limit
    more = f"limit={limit} shows more" if there else "get-recent-issues sort=freq lists them"
    return [f"shown: {', '.join(cut)}; {more}"]


def _by_project(projects: list[Json]) -> Table:
    rows = tuple(
        (
            one["project"],
            str(one["errors"]),
            f"{one['rate']['per_minute']:g}",
            one["trend"]["direction"],
            _known(one["affected_users"]),
        )
        for one in projects
    )
    return Table(("project", "errors", "per minute", "trend", "users"), rows, "by project")


def _types(one: Json, told: Json) -> Table:
    """With a row of all that are not named, so that the shares are the whole."""
    rows = [(row["type"], str(row["errors"]), f"{row['share']:.0%}") for row in told["types"]]
    rest = one["other_errors"]
    if rows and rest:
        whole = sum(row["errors"] for row in told["types"]) + rest
        rows.append(("other", str(rest), f"{rest / whole:.0%}"))
    return Table(("type", "errors", "share"), tuple(rows), "by type")


def _issues(one: Json, told: Json) -> Table:
    rows = tuple(
        (facts["issue"], str(facts["events"]), str(facts["users"]), words.get("title", ""))
        for facts, words in zip(one["top_issues"], told["top_issues"], strict=True)
    )
    return Table(("issue", "errors", "users", "title"), rows, "top issues")
