"""A tracked issue whose error, commits, deployments and alert tell secrets: what is kept, and all
that leaves: operations, pages, and what trackers elsewhere are told."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import httpx

from fakes.job_ports import NOW
from fakes.tracker_grounds import github_ground, jira_ground, linear_ground
from fakes.tracking import Tables, a_bridge, in_memory, tell
from mcp_servers.sentry_monitor.src.bootstrap import open_services
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.operations.services import Services
from mcp_servers.sentry_monitor.src.settings import Settings
from mcp_servers.sentry_monitor.src.web import rendering
from mcp_servers.sentry_monitor.src.web.links import Links
from modules.framework.contracts import ModuleInput
from modules.framework.module import Module
from modules.safetext.policy import STRICT
from modules.tracker.bridge import Bridge
from modules.tracker.history import Cause, ChangedFile, Commit, Deployment, Suspicion
from modules.tracker.ticket import ticket
from unit.safetext.planted import Planted

from .door import ENVIRON, Leaving, knowing, logged, shown
from .fields import Json, upstream
from .repairs import Field, fitting
from .sweep import ALL_OF_THEM, FORMS, SURROUNDINGS, TERMINALS, Share, Tally, filled, share_of

ONE: Final = {"name": "OPS-1"}
CALLS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("list-tracked-issues", {}),
    ("get-tracked-issue", ONE),
    ("get-tracked-issue", {"name": "OPS-2"}),
    ("sync-tracked-issue", ONE),
)
FIELDS: Final = (
    Field("commit title"),
    Field("commit author"),
    Field("commit name"),
    Field("commit address"),
    Field("changed path"),
    Field("reason"),
    Field("deployed to"),
    Field("deployed release"),
    Field("file of the stack"),
    Field("alert title"),
    Field("alert text", 1000),
    Field("alert status"),
    Field("alert address"),
)
TURNS: Final = (("created", "new"), ("unresolved", "escalating"))


async def leaving(
    known: Json, values: Mapping[str, str], *, terminal: bool = True, elsewhere: bool = True
) -> AsyncIterator[Leaving]:
    """What is kept, then all that leaves of the error (OPS-1) and of the alert (OPS-2). The
    trackers elsewhere cost most of the time."""
    with logged() as log:
        transport = httpx.MockTransport(knowing(known))
        services = open_services(Settings.from_environ(ENVIRON), transport)
        tables, cause = in_memory(), a_cause(values)
        bridge = a_bridge(tables, services.sentry, cause, now=NOW)
        await _happen(bridge, tables, known, values)
        yield Leaving("tracker", "store", tables.kept())
        async for one in _operations(services, bridge, terminal=terminal):
            yield one
        for text in await _pages(bridge):
            yield Leaving("tracker", "page", text)
        for name, text in await _elsewhere(bridge, cause) if elsewhere else ():
            yield Leaving("tracker", name, text)
        await services.sentry.aclose()
    yield Leaving("tracker", "log", log.getvalue())


async def _happen(bridge: Bridge, tables: Tables, known: Json, values: Mapping[str, str]) -> None:
    bodies = [
        ("issue", action, {"issue": {**known["issue"], "substatus": substatus}})
        for action, substatus in TURNS
    ]
    bodies += [("metric_alert", action, _alert(values)) for action in ("warning", "critical")]
    for second, (resource, action, data) in enumerate(bodies):
        body = json.dumps({"action": action, "data": data}).encode()
        await tell(bridge, tables, resource, body, now=NOW, second=second)
    while await bridge.work():
        pass


def _alert(values: Mapping[str, str]) -> Json:
    return {
        "metric_alert": {
            "identifier": "4",
            "projects": ["shop"],
            "status": values["alert status"],
            "title": values["alert title"],
        },
        "description_title": values["alert title"],
        "description_text": values["alert text"],
        "web_url": values["alert address"],
    }


def a_cause(values: Mapping[str, str]) -> Cause:
    commit = Commit(
        sha=values["commit name"],
        author=values["commit author"],
        at=NOW,
        title=values["commit title"],
        files=(ChangedFile(path=values["changed path"]),),
        url=values["commit address"],
    )
    return Cause(
        suspicions=(Suspicion(commit=commit, score=1, reasons=(values["reason"],)),),
        deployments=(
            Deployment(
                at=NOW,
                environment=values["deployed to"],
                release=values["deployed release"],
                sha=values["commit name"],
            ),
        ),
        recently_changed=(values["file of the stack"],),
    )


async def _operations(
    services: Services, bridge: Bridge, *, terminal: bool
) -> AsyncIterator[Leaving]:
    @asynccontextmanager
    async def opened(_request: ModuleInput) -> AsyncIterator[Services]:
        yield replace(services, tracking=lambda: bridge)

    module = Module(OPERATIONS, opened)
    for operation, parameters in CALLS:
        async for one in shown(module, operation, parameters, terminal=terminal):
            yield one


async def _pages(bridge: Bridge) -> Sequence[str]:
    pages = rendering.Rendering(
        Links.of("https://sentry.test", "https://api.github.com"), STRICT, now=lambda: NOW
    )
    visit = {"csrf": "0" * 64, "here": "/tracked", "said": "", "guarded": True}
    tracked = await bridge.store.list()
    about = {"tracker": "builtin", "counts": {}, "undecided": 0, **visit}
    wanted = {"state": None, "project": ""}
    found = [pages.render("tracked_list.html", {**about, "issues": tracked, "wanted": wanted})]
    for one in tracked:
        comments = [(said.at, said.text) for said in await bridge.comments(one)]
        values = {"issue": one, "text": one.body, "comments": comments, "waits": (), **about}
        found.append(pages.render("tracked.html", values))
    return found


async def _elsewhere(bridge: Bridge, cause: Cause) -> Sequence[tuple[str, str]]:
    """What each tracker holds after it was told over HTTP."""
    async with github_ground() as github, linear_ground() as linear, jira_ground() as jira:
        for one in await bridge.store.list():
            told = ticket(one, cause)
            for ground in (github, linear, jira):
                made = await ground.tracker.create(told)
                for said in await bridge.comments(one):
                    marker = said.text.rpartition("\n")[2]
                    await ground.tracker.comment(made.key, said.text, marker)
        held = {
            "github": [github.github.issues, github.github.comments],
            "linear": [linear.linear.issues, linear.linear.comments],
            "jira": [jira.jira.issues, jira.jira.comments],
        }
    return [(name, json.dumps(one, ensure_ascii=False, default=str)) for name, one in held.items()]


async def through_tracked(tally: Tally, share: Share = ALL_OF_THEM) -> None:
    """Secrets in all that is told of an issue, of the commits and of an alert."""
    for number in share_of(len(FORMS) * len(SURROUNDINGS), share):
        known, sought = filled(number)
        values, more = _told(number)
        tally.planted += len(sought) + len(more)
        turn = number // share[1] % TERMINALS == 0
        async for one in leaving(upstream(known), values, terminal=turn, elsewhere=turn):
            tally.look(f"{one.operation} {one.way}", one.text, sought + more)


def _told(number: int) -> tuple[dict[str, str], list[tuple[str, Planted]]]:
    values, sought = {}, []
    for at, one in enumerate(FIELDS):
        form = FORMS[(number + 11 * at) % len(FORMS)]
        name, surround = SURROUNDINGS[(number // len(FORMS) + at) % len(SURROUNDINGS)]
        values[one.name] = fitting(one, surround(form.text, one.cap), form.text)
        sought.append((f"{one.name}, {name}", form))
    return values, sought
