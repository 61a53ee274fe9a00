"""Values of tracked issues, and a tracker that fails on its way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from modules.sentry.models import Issue, read_issue
from modules.tracker.errors import NoSuchTicket, TrackerAway
from modules.tracker.ports import Filed, Priority, Ticket, TicketState, Tracker
from modules.tracker.rules import Ask, Rules
from modules.tracker.step import News, fresh

T = TypeVar("T")
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
    name = f"sentry.example/acme/{issue.id}"
    tracked_id = f"id-{issue.id}-{at:%H%M%S}"
    return News(
        ask=ask,
        delivery_id=f"{ask}-{at.timestamp():.0f}",
        at=at,
        name=name,
        fresh=lambda: fresh(issue, ask, name, tracked_id=tracked_id, tracker="builtin", at=at),
        issue=issue,
        rules=rules or Rules(),
    )


class Killed(Exception):
    """Whoever was at it is no more."""


class LooseTracker:
    """A tracker in memory. Like those elsewhere, it makes another issue at each `create`."""

    name = "loose"

    def __init__(self) -> None:
        self.tickets: dict[str, tuple[Ticket, Filed]] = {}
        self.comments: list[tuple[str, str]] = []

    async def find(self, marker: str) -> Filed | None:
        return next((one for ticket, one in self.tickets.values() if marker in ticket.body), None)

    async def create(self, ticket: Ticket) -> Filed:
        key = f"L-{len(self.tickets) + 1}"
        filed = Filed(
            key=key,
            url="",
            state="open",
            title=ticket.title,
            priority=ticket.priority,
            labels=ticket.labels,
        )
        self.tickets[key] = ticket, filed
        return filed

    async def get(self, key: str) -> Filed:
        if key not in self.tickets:
            raise NoSuchTicket
        return self.tickets[key][1]

    async def comment(self, key: str, text: str, marker: str) -> None:
        await self.get(key)
        if not any(known == key and marker in told for known, told in self.comments):
            self.comments.append((key, text))

    async def change(
        self,
        key: str,
        *,
        state: TicketState | None = None,
        priority: Priority | None = None,
        assignee: str | None = None,
        labels: tuple[str, ...] | None = None,
    ) -> Filed:
        given = {"state": state, "priority": priority, "assignee": assignee, "labels": labels}
        changes: dict[str, Any] = {name: one for name, one in given.items() if one is not None}
        ticket, filed = self.tickets.get(key, (None, None))
        if ticket is None or filed is None:
            raise NoSuchTicket
        self.tickets[key] = ticket, replace(filed, **changes)
        return self.tickets[key][1]


class Nobody:
    """Implements Issues for a Sentry that is never asked."""

    async def organization(self) -> str:
        raise AssertionError

    async def get(self, issue_id: str) -> Issue:
        raise AssertionError(issue_id)

    async def environment(self, issue_id: str) -> str:
        raise AssertionError(issue_id)

    async def resolve(self, issue_id: str) -> None:
        raise AssertionError(issue_id)


class Flaky:
    """A tracker whose answers are lost, or that is away, as `faults` says of each call: "" fine,
    "lost" or "killed" after it was applied, "away" before."""

    def __init__(self, inner: Tracker, faults: Iterator[str]) -> None:
        self._inner, self._faults = inner, faults
        self.lost = 0

    @property
    def name(self) -> str:
        return self._inner.name

    async def find(self, marker: str) -> Filed | None:
        return await self._inner.find(marker)

    async def create(self, ticket: Ticket) -> Filed:
        fault = self._fault()
        return self._answer(await self._inner.create(ticket), fault=fault)

    async def get(self, key: str) -> Filed:
        return await self._inner.get(key)

    async def comment(self, key: str, text: str, marker: str) -> None:
        fault = self._fault()
        await self._inner.comment(key, text, marker)
        self._answer(None, fault=fault)

    async def change(
        self,
        key: str,
        *,
        state: TicketState | None = None,
        priority: Priority | None = None,
        assignee: str | None = None,
        labels: tuple[str, ...] | None = None,
    ) -> Filed:
        fault = self._fault()
        done = await self._inner.change(
            key, state=state, priority=priority, assignee=assignee, labels=labels
        )
        return self._answer(done, fault=fault)

    def _fault(self) -> str:
        fault = next(self._faults)
        if fault == "away":
            raise TrackerAway(retry_after_s=1)
        return fault

    def _answer(self, value: T, *, fault: str) -> T:
        if fault == "killed":
            self.lost += 1
            raise Killed
        if fault == "lost":
            self.lost += 1
            raise TrackerAway("No answer came.", retry_after_s=1)
        return value
