"""A webhook of Sentry's becomes one issue of a tracker, however often it comes."""

import asyncio
import json
from typing import Any, Final

import httpx

from mcp_servers.sentry_monitor.src.bootstrap import serving

from .processes import LocalSentry, bare
from .repairs import Workplace
from .stage import Stage

PATIENCE_S, LOOK_S = 60, 0.1
NAME: Final = {"name": "OPS-1"}


async def track(stage: Stage, issue: str, sentry: LocalSentry, place: Workplace) -> None:
    """As the service takes it: kept, decided about, filed."""
    stage.step(
        "Who keeps track of it?",
        "The webhook of the new error comes twice to the service; one issue of its own tracker "
        "comes of it. GitHub, Linear and Jira are others.",
    )
    await _told_twice(issue, sentry, place)
    text = await stage.call("list-tracked-issues", {})
    stage.expect("it is tracked once", held="OPS-1" in text and "OPS-2" not in text)
    text = await stage.call("get-tracked-issue", NAME, most=30)
    stage.expect("its text tells where it broke", held="## Location" in text)
    said = {**NAME, "action": "comment", "text": "A repair of it is under way."}
    text = await stage.call("sync-tracked-issue", said, most=30)
    stage.expect("the comment is there", held="under way" in text)


async def _told_twice(issue: str, sentry: LocalSentry, place: Workplace) -> None:
    environ = {**bare(**sentry.settings, **place.settings), "SENTRY_FIXER_ENABLED": "false"}
    async with serving(environ, works=False) as service, asyncio.timeout(PATIENCE_S):
        body = _webhook(await _issue(issue, sentry))
        for _ in range(2):
            await service.watch.take("webhook", "issue", body, {})
        while service.tracking is not None:
            known = await service.tracking.store.list()
            if known and known[0].key:
                return
            await asyncio.sleep(LOOK_S)


async def _issue(name: str, sentry: LocalSentry) -> dict[str, Any]:
    """As Sentry's API has it, which is what its webhooks carry."""
    login = {"authorization": f"Bearer {sentry.token}"}
    async with httpx.AsyncClient(base_url=sentry.url, headers=login, trust_env=False) as http:
        where = f"/api/0/organizations/{sentry.org}"
        short = (await http.get(f"{where}/shortids/{name}/")).json()
        found: dict[str, Any] = (await http.get(f"{where}/issues/{short['groupId']}/")).json()
        return found


def _webhook(issue: dict[str, Any]) -> bytes:
    told = {
        "action": "created",
        "installation": {"uuid": "demo"},
        "data": {"issue": {**issue, "substatus": "new"}},
        "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
    }
    return json.dumps(told).encode()
