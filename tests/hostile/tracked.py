"""The tracked issues of a case: an error and an alert, whose every word is hostile, on the real way
from a webhook to a tracker of our own, with a hostile history of the code."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Final

from fakes.sender import FakeSender
from fakes.tracking import a_bridge, in_memory, tell
from modules.sentry.client import SentryClient
from modules.tracker.bridge import Bridge
from modules.tracker.history import Cause, ChangedFile, Commit, Deployment, Suspicion
from modules.tracker.ports import Ticket
from modules.tracker.ticket import ticket
from modules.tracker.tracked import Tracked

from .documents import NOW
from .fields import Case, encoded
from .repairs import sound

TURNS: Final = (("created", "new"), ("unresolved", "escalating"), ("unresolved", "regressed"))


@dataclass(frozen=True)
class Filed:
    """What was tracked, newest first, and the bridge that holds it."""

    bridge: Bridge
    tracked: tuple[Tracked, ...]
    cause: Cause

    @property
    def tickets(self) -> Sequence[Ticket]:
        return [ticket(one, self.cause) for one in self.tracked]

    async def comments(self) -> Sequence[str]:
        return [said.text for one in self.tracked for said in await self.bridge.comments(one)]


async def filed(case: Case) -> Filed:
    tables, cause = in_memory(), a_cause(case)
    client = SentryClient("https://sentry.test", connect=lambda _: FakeSender(case.answers()))
    bridge = a_bridge(tables, client, cause, now=NOW)
    for second, (resource, body) in enumerate(bodies(case)):
        await tell(bridge, tables, resource, body, now=NOW, second=second)
    while await bridge.work():
        pass
    return Filed(bridge, await bridge.store.list(), cause)


def bodies(case: Case) -> Sequence[tuple[str, bytes]]:
    issue = case.documents["issue"]
    told = [
        ("issue", action, {"issue": {**issue, "substatus": substatus}})
        for action, substatus in TURNS
    ]
    told += [("metric_alert", action, an_alert(case)) for action in ("warning", "critical")]
    return [
        (resource, encoded({"action": action, "data": data}, raw_bytes=case.raw_bytes))
        for resource, action, data in told
    ]


def an_alert(case: Case) -> dict[str, Any]:
    texts = cycle(one.value for one in case.payloads[::5])
    alert = {"id": "4", "identifier": "4", "projects": ["shop"]}
    more = {name: next(texts) for name in ("title", "status", "date_started", "alert_rule")}
    names = ("description_title", "description_text", "web_url")
    return {"metric_alert": {**alert, **more}, **{name: next(texts) for name in names}}


def a_cause(case: Case) -> Cause:
    """What whoever may commit wrote."""
    texts = cycle(sound(one.text)[:20_000] for one in case.payloads[::7])
    commit = Commit(
        sha=next(texts),
        author=next(texts),
        at=NOW,
        title=next(texts),
        files=tuple(ChangedFile(path=next(texts)) for _ in range(3)),
        url=next(texts),
    )
    fine = Commit(
        sha="a" * 40,
        author=next(texts),
        at=NOW,
        title=next(texts),
        files=(ChangedFile(path="a.py"),),
        url=f"https://forge.test/acme/shop/commit/{'a' * 40}",
    )
    return Cause(
        suspicions=(
            Suspicion(commit=commit, score=1, reasons=(f"wrote line 1 of {next(texts)}",)),
            Suspicion(commit=fine, score=0.5, reasons=(next(texts),)),
        ),
        deployments=(
            Deployment(at=NOW, environment=next(texts), release=next(texts), sha=next(texts)),
        ),
        recently_changed=(next(texts), "a.py"),
    )
