"""Values of tracked issues, and a tracker that fails on its way."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from modules.sentry.models import Issue, read_issue
from modules.tracker.errors import TrackerAway
from modules.tracker.ports import Filed, Priority, Ticket, TicketState, Tracker
from modules.tracker.rules import Ask, Rules
from modules.tracker.step import News, fresh

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)


def an_issue(**more: Any) -> Issue:
    return read_issue(
        {
            "id": "7",
            "shortId": "SHOP-7",
            "title": "ZeroDivisionError: division by zero",
            "culprit": "shop.cart in average",
            "level": "error",
            "priority": "high",
            "status": "unresolved",
            "substatus": "new",
            "count": "42",
            "userCount": 15,
            "firstSeen": "2026-11-26T10:30:00Z",
            "lastSeen": "2026-11-26T11:45:00Z",
            "permalink": "https://sentry.example/organizations/acme/issues/7/",
            "project": {"id": "1", "slug": "shop", "name": "Shop", "platform": "python"},
            "metadata": {
                "type": "ZeroDivisionError",
                "value": "division by zero",
                "filename": "shop/cart.py",
                "function": "average",
            },
            **more,
        }
    )


def news(ask: Ask, at: datetime = AT, *, rules: Rules | None = None, **more: Any) -> News:
    issue = an_issue(**more)
    name = "sentry.example/acme/7"
    return News(
        ask=ask,
        delivery_id=f"{ask}-{at.timestamp():.0f}",
        at=at,
        name=name,
        fresh=fresh(
            issue, ask, name, tracked_id=f"id-{at.timestamp():.0f}", tracker="builtin", at=at
        ),
        issue=issue,
        rules=rules or Rules(),
    )


class Flaky:
    """A tracker whose answers are lost, or that is away, as `faults` says of each call: "" fine,
    "lost" after it was applied, "away" before."""

    def __init__(self, inner: Tracker, faults: Iterator[str]) -> None:
        self._inner, self._faults = inner, faults
        self.lost = 0

    @property
    def name(self) -> str:
        return self._inner.name

    async def find(self, marker: str) -> Filed | None:
        return await self._inner.find(marker)

    async def create(self, ticket: Ticket) -> Filed:
        lose = self._fault()
        return self._answer(await self._inner.create(ticket), lose=lose)

    async def get(self, key: str) -> Filed:
        return await self._inner.get(key)

    async def comment(self, key: str, text: str, marker: str) -> None:
        lose = self._fault()
        self._answer(await self._inner.comment(key, text, marker), lose=lose)

    async def change(
        self,
        key: str,
        *,
        state: TicketState | None = None,
        priority: Priority | None = None,
        assignee: str | None = None,
        labels: tuple[str, ...] | None = None,
    ) -> Filed:
        lose = self._fault()
        done = await self._inner.change(
            key, state=state, priority=priority, assignee=assignee, labels=labels
        )
        return self._answer(done, lose=lose)

    def _fault(self) -> bool:
        fault = next(self._faults)
        if fault == "away":
            raise TrackerAway(retry_after_s=0.001)
        return fault == "lost"

    def _answer(self, value: Any, *, lose: bool) -> Any:
        if lose:
            self.lost += 1
            raise TrackerAway("No answer came.", retry_after_s=0.001)
        return value
