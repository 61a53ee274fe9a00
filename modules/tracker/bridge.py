"""From what Sentry tells to what trackers have: decide about deliveries, then do what was decided.

What is decided is kept first, so whoever is killed between loses nothing: what was done already is
found by its marker when it is done again.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import starmap
from typing import TYPE_CHECKING, Any, Final

from modules.framework.errors import ModuleError
from modules.jobs.deliveries import Delivery

from .errors import NoSuchTicket
from .history import Cause
from .ports import Comment, Filed, Issues, Tracker
from .reading import Heard, at_home, heard, tracked_of
from .rules import AllRules, Ask
from .step import News, decide
from .ticket import ticket
from .tracked import SENTRY, Case, Decide, Decision, Effect, Tracked

if TYPE_CHECKING:
    from .adapters.arrivals import Arrivals
    from .adapters.outbox import Outbox
    from .adapters.tracker_store import TrackerStore

log = logging.getLogger(__name__)
SOME: Final = 20  # deliveries of a round
AT_ONCE: Final = 4  # effects
PARKED: Final = timedelta(hours=1)
LONGEST_S: Final = 900.0
DELETED: Final = "The tracker has this issue no more: sync it to file it anew, where it is open."
Said = Callable[[str], Awaitable[tuple[Comment, ...]]]
Causes = Callable[[Tracked], Awaitable[Cause | None]]


async def no_cause(_: Tracked) -> Cause | None:
    """Nobody looks for suspects."""
    return None


async def nobody_said(_: str) -> tuple[Comment, ...]:
    """The tracker has a page of its own, which shows them."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Bridge:
    """`host` is Sentry's, `org` the operator's word for whose issues they are; `hide` takes our
    own secrets out of a body."""

    arrivals: "Arrivals"
    store: "TrackerStore"
    outbox: "Outbox"
    tracker: Tracker
    issues: Issues
    rules: AllRules
    host: str
    org: str
    now: Callable[[], datetime]
    hide: Callable[[str], str] = str
    causes: Causes = no_cause
    said: Said = nobody_said  # comments, where the tracker is our own

    async def round(self) -> int:
        """Decide about some deliveries, do what is due; how many. Raises DatabaseAway."""
        found = await self.arrivals.due(SOME)
        if found:
            await self.settle(*found)
        return len(found) + await self.work()

    async def answer(self, delivery_id: str) -> Decision:
        """Decide about one delivery at once, for whoever sent it. Raises DatabaseAway."""
        delivery = await self.arrivals.find(delivery_id)
        (decision,) = await self.settle(delivery) if delivery is not None else (None,)
        if decision is None:  # it came before, or somebody else was quicker
            return await self._as_it_is(delivery_id)
        if decision.tracked is None:
            return decision
        if self.tracker.name == "builtin":  # whose issue is there when this returns
            while await self.work(decision.tracked.id):
                pass
        return replace(decision, tracked=await self.store.get(decision.tracked.id))

    async def _as_it_is(self, delivery_id: str) -> Decision:
        known = await self.store.of_delivery(delivery_id)
        if known is None:
            return Decision(answer="skipped", reason="not_tracked")
        return Decision(answer="deduplicated", tracked=known)

    async def settle(self, *deliveries: Delivery) -> tuple[Decision | None, ...]:
        """What each comes to, all in one commit. None where it cannot be decided now, or somebody
        else did. Raises DatabaseAway."""
        cases = await asyncio.gather(*map(self._case, deliveries))
        able = [one for one in cases if one is not None]
        settled = iter(await self.store.settle(*able) if able else ())
        return tuple(next(settled) if one is not None else None for one in cases)

    async def _case(self, delivery: Delivery) -> Case | None:
        """None where Sentry must be asked, and does not tell: it is put off."""
        said = heard(delivery, self.hide(delivery.body.decode(errors="replace")))
        try:
            news = await self._news(delivery, said)
        except ModuleError as error:
            if error.retryable:
                await self.arrivals.put_off(delivery.id, error.message)
                return None
            log.warning("a delivery comes to nothing: %s", error.message)
            news = error.code
        return Case(
            source=said.source,
            external_id=said.external_id,
            decide=_nothing(news) if isinstance(news, str) else partial(decide, news),
            delivery_id=delivery.id,
        )

    async def _news(self, delivery: Delivery, said: Heard) -> News | str:
        """Or why it is none. Raises ModuleError where Sentry does not tell what it must be asked."""
        told = said.told
        if not said.external_id:
            return "no_issue"
        if self.org and told.organization and told.organization != self.org:
            return "other_organization"
        issue = said.issue
        if issue is None and said.source == SENTRY:
            issue = await self.issues.get(said.external_id)
        if issue is not None:
            issue = at_home(issue, self.host)
        ask = said.ask(issue)
        if ask is None:
            return "not_acted_on"
        rules = self.rules.of(issue.project.slug if issue is not None else told.project)
        asks = rules.environments and issue is not None and ask is not Ask.ASSIGNED
        organization = self.org or told.organization or await self.issues.organization()
        kind = "" if said.source == SENTRY else "alert-"
        name = f"{self.host}/{organization}/{kind}{said.external_id}"
        made: dict[str, str] = {"tracked_id": str(uuid.uuid4()), "tracker": self.tracker.name}
        return News(
            ask=ask,
            delivery_id=delivery.id,
            at=said.at,
            name=name,
            fresh=partial(tracked_of, said, issue, ask, name, **made),
            issue=issue,
            rules=rules,
            environment=await self.issues.environment(said.external_id) if asks else "",
        )

    async def comments(self, tracked: Tracked) -> tuple[Comment, ...]:
        """Oldest first; empty for a tracker elsewhere."""
        return await self.said(tracked.key) if tracked.key else ()

    # -- what was decided

    async def work(self, tracked_id: str = "") -> int:
        """Do what is due, of all or of one tracked issue; how much. Raises DatabaseAway."""
        claimed = await self.outbox.claim(AT_ONCE, tracked_id=tracked_id)
        return sum(await asyncio.gather(*starmap(self._in_turn, claimed)))

    async def _in_turn(self, effect: Effect, tracked: Tracked) -> int:
        """All that is due of one tracked issue, one after the other; how much."""
        following: tuple[Effect, Tracked] | None = (effect, tracked)
        count = 0
        while following is not None:
            following = await self._do(*following)
            count += 1
        return count

    async def _do(self, effect: Effect, tracked: Tracked) -> tuple[Effect, Tracked] | None:
        """What is next."""
        try:
            filed = await self._done(effect, tracked)
        except NoSuchTicket:
            await self._later(effect, PARKED, DELETED, parked=True)
        except ModuleError as error:
            wait = error.retry_after_s or min(LONGEST_S, 2.0 ** min(effect.tries + 1, 10))
            if error.retryable:
                await self._later(effect, timedelta(seconds=wait), error.message, parked=False)
            else:  # somebody has to mend something: what, stands beside the reason
                why = " ".join(filter(None, (error.message, error.recovery_suggestion)))
                await self._later(effect, PARKED, why, parked=True)
        else:
            return await self.outbox.done(effect, filed)
        return None

    async def _later(self, effect: Effect, pause: timedelta, why: str, *, parked: bool) -> None:
        word = "is parked" if parked else "waits"
        log.warning("%s of tracked issue %s %s: %s", effect.kind, effect.tracked_id, word, why)
        await self.outbox.put_off(effect, self.now() + pause, why, parked=parked)

    async def _done(self, effect: Effect, tracked: Tracked) -> Filed | None:
        args: dict[str, Any] = effect.args
        match effect.kind:
            case "file":
                return await self._filed(tracked)
            case "comment":
                text = f"{args['text']}\n\n{args['marker']}"
                await self.tracker.comment(tracked.key, text, args["marker"])
            case "change":
                await self.tracker.change(tracked.key, **args)
            case "resolve_in_sentry":
                await self.issues.resolve(tracked.external_id)
        return None

    async def _filed(self, tracked: Tracked) -> Filed:
        """Found by its marker where an answer was lost; else made."""
        found = await self.tracker.find(tracked.marker)
        if found is not None:
            return found
        return await self.tracker.create(ticket(tracked, await self.causes(tracked)))


def _nothing(reason: str) -> Decide:
    """Whatever is known of its issue."""
    return lambda _: Decision(answer="skipped", reason=reason)
