"""Every operation once against a server that is really there, and back to how it was."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.page_text import agent_text
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ModuleInput, ModuleOutput
from modules.framework.module import viewed

COMMENT = "A test of sentry-monitor wrote this comment; it may be deleted."


@dataclass
class Trip:
    """What was done, and what could not be undone. `report` holds lines for people."""

    environ: Mapping[str, str]
    module: SentryErrorMonitorModule
    done: dict[str, ModuleOutput] = field(default_factory=dict)
    report: list[str] = field(default_factory=list)

    async def ask(self, operation: str, **parameters: Any) -> ModuleOutput:
        output = await self.module.execute(ModuleInput(operation=operation, parameters=parameters))
        said = output.error.message if output.error else "; ".join(output.warnings)
        self.report.append(f"{operation}: {output.status} {said}".rstrip())
        self.done[operation] = output
        if output.ok:
            agent_text(*viewed(output, OPERATIONS.find(operation).view))
        return output

    async def data(self, operation: str, **parameters: Any) -> dict[str, Any]:
        output = await self.ask(operation, **parameters)
        assert output.data is not None, self.report[-1]
        return output.data


async def round_trip(environ: Mapping[str, str]) -> Trip:
    """Needs one issue in SENTRY_PROJECT. Raises AssertionError with what did not work."""
    async with SentryErrorMonitorModule(environ) as module:
        trip = Trip(environ, module)
        await trip.data("check-connection")
        await trip.data("list-projects")
        await trip.data("get-project-stats")
        await trip.data("analyze-error-patterns")
        await trip.data("get-error-statistics")
        await _alerts(trip)
        await trip.data("check-project-setup")
        listed = await trip.data("get-recent-issues", status="unresolved", limit=1)
        assert listed["issues"], "SENTRY_PROJECT has no unresolved issue to try"
        await _one_issue(trip, listed["issues"][0]["id"])
        await _telemetry(trip)
    return trip


async def _alerts(trip: Trip) -> None:
    """Looked at, and nothing is changed."""
    await trip.data("list-alert-rules")
    await trip.data("check-alert-rules")
    await trip.data("ensure-alert-rules")


async def _telemetry(trip: Trip) -> None:
    """What it sends becomes issues, which are ignored from then on."""
    sent = await trip.data("verify-telemetry", wait_seconds=60)
    listed = await trip.data("get-recent-issues", query=sent["tag"])
    for issue in listed["issues"]:
        await trip.ask("ignore-issue", issue_id=issue["id"])


async def _one_issue(trip: Trip, issue: str) -> None:
    before = _state(await trip.data("get-issue-details", issue_id=issue))
    events = (await trip.data("get-error-events", issue_id=issue, limit=1))["events"]
    for event in events:
        await trip.data("get-error-events", issue_id=issue, event_id=event["id"])
    await trip.data("find-suspected-cause", issue_id=issue)
    try:
        await _changes(trip, issue)
    finally:
        await trip.ask("unresolve-issue", issue_id=issue)
    after = _state(await trip.data("get-issue-details", issue_id=issue))
    assert after == before, f"issue {issue} was {before} and is {after}; set it back by hand"


def _state(details: Mapping[str, Any]) -> str:
    """An unresolved issue has no conditions that could be lost."""
    return str(details["issue"]["status"])


async def _changes(trip: Trip, issue: str) -> None:
    said = await trip.data("add-comment", issue_id=issue, text=COMMENT)
    if not said["already_there"]:
        await _delete(trip, issue, said["comment_id"])
    for operation, status in (("resolve-issue", "resolved"), ("ignore-issue", "ignored")):
        changed = await trip.data(operation, issue_id=issue)
        assert changed["after"]["status"] == status, trip.report[-1]
        reopened = await trip.data("unresolve-issue", issue_id=issue)
        assert reopened["after"]["status"] == "unresolved", trip.report[-1]


async def _delete(trip: Trip, issue: str, comment: str) -> None:
    """No operation deletes a comment, so the API is asked; where it refuses, people must."""
    org = trip.done["check-connection"].data
    where = f"/api/0/organizations/{org['organization'] if org else ''}/issues/{issue}/notes/"
    headers = {"authorization": f"Bearer {trip.environ['SENTRY_AUTH_TOKEN']}"}
    async with httpx.AsyncClient(base_url=trip.environ["SENTRY_URL"], headers=headers) as http:
        for path in (f"{where}{comment}/", f"/api/0/issues/{issue}/comments/{comment}/"):
            if (await http.delete(path)).status_code == 204:
                return
    trip.report.append(f"comment {comment} on issue {issue} stays; delete it by hand")
