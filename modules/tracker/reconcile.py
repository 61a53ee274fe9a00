"""Looking at tracked issues on both sides, and bringing them in step again."""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from modules.framework.errors import ModuleError
from modules.sentry.errors import NotFound

from .bridge import Bridge
from .drift import Seen, repair
from .errors import NoSuchTicket
from .ports import Filed, TicketState
from .ticket import note_marker
from .tracked import SENTRY, Decision, Effect, Tracked, case_of

log = logging.getLogger(__name__)
EVERY: Final = timedelta(minutes=15)  # each tracked issue is looked at that often
SOME: Final = 25  # of a round


@dataclass(frozen=True, kw_only=True)
class Synced:
    """What one look came to. `found` has a word for each thing that was out of step."""

    tracked: Tracked
    found: tuple[str, ...] = ()


async def sync(bridge: Bridge, tracked: Tracked) -> Synced:
    """What waits is due now, then both sides are looked at. Raises ModuleError where one of them
    does not answer."""
    await bridge.outbox.hurry(tracked)
    await bridge.work(tracked.id)
    tracked = await bridge.store.get(tracked.id)
    found: tuple[str, ...] = ()
    waits = await bridge.outbox.of(tracked)
    if not waits or waits[0].parked:  # what is under way is no drift
        found = await _repaired(bridge, tracked)
    await bridge.store.looked(tracked.id, bridge.now())
    return Synced(tracked=await bridge.store.get(tracked.id), found=found)


async def sync_some(bridge: Bridge) -> tuple[Synced, ...]:
    """Those that nobody looked at for a while, the longest first. What cannot be looked at now is
    told in the log, and in its turn again."""
    synced = []
    for one in await bridge.store.longest_unseen(bridge.now() - EVERY, SOME):
        try:
            synced.append(await sync(bridge, one))
        except ModuleError as error:
            log.warning("tracked issue %s cannot be looked at: %s", one.key, error.message)
            await bridge.store.looked(one.id, bridge.now())
    drifted = [one for one in synced if one.found]
    if drifted:
        told = ", ".join(f"{one.tracked.key} ({' '.join(one.found)})" for one in drifted)
        log.info("tracked issues were out of step: %s", told)
    return tuple(synced)


async def move(bridge: Bridge, tracked: Tracked, state: TicketState) -> Tracked:
    """A person closes it, or opens it again; in Sentry, too, where its project says so."""
    rules = bridge.rules.of(tracked.project)
    at = bridge.now()

    def decide(known: Tracked | None) -> Decision:
        if known is None or known.id != tracked.id or known.state == state:
            return Decision(answer="skipped", reason="as_it_is", tracked=known)
        one = replace(known, state=state, waits="", state_at=at, updated_at=at)
        effects = [Effect(tracked_id=one.id, kind="change", args={"state": state})]
        if state == "closed" and rules.close_resolves_in_sentry and one.source == SENTRY:
            effects.append(Effect(tracked_id=one.id, kind="resolve_in_sentry"))
        return Decision(answer="changed", tracked=one, effects=tuple(effects))

    await bridge.store.settle(case_of(tracked, decide))
    while await bridge.work(tracked.id):
        pass
    return await bridge.store.get(tracked.id)


async def say(bridge: Bridge, tracked: Tracked, text: str, unique: str) -> None:
    """A person's comment; `unique` tells it from others of the same words."""
    args = {"text": text, "marker": note_marker(unique)}
    await bridge.outbox.add([Effect(tracked_id=tracked.id, kind="comment", args=args)])
    while await bridge.work(tracked.id):
        pass


async def _repaired(bridge: Bridge, tracked: Tracked) -> tuple[str, ...]:
    filed = await _filed(bridge, tracked)
    issue, gone = None, False
    if tracked.source == SENTRY:
        try:
            issue = await bridge.issues.get(tracked.external_id)
        except NotFound:
            gone = True
    seen = Seen(issue=issue, filed=filed, rules=bridge.rules.of(tracked.project), at=bridge.now())
    words: tuple[str, ...] = ()

    def decide(known: Tracked | None) -> Decision:
        nonlocal words
        if known != tracked:  # news came meanwhile; the next look is of them
            return Decision(answer="skipped", reason="late", tracked=None)
        decision, words = repair(seen, known)
        return decision

    if filed is None and tracked.state == "open":
        await bridge.outbox.forget(tracked)  # what was to be done to the one that is gone
    await bridge.store.settle(case_of(tracked, decide))
    while await bridge.work(tracked.id):
        pass
    return (*words, *(["gone-in-sentry"] if gone else []))


async def _filed(bridge: Bridge, tracked: Tracked) -> Filed | None:
    if not tracked.key:
        return None
    try:
        return await bridge.tracker.get(tracked.key)
    except NoSuchTicket:
        return None
