"""What every tracker does: the suite that is run over each, and over its fakes."""

import pytest

from modules.tracker.errors import NoSuchTicket
from modules.tracker.ports import LABEL, Ticket, Tracker

MARK = "<!-- sentry-monitor:issue sentry.example/acme/{0} generation 1 -->"
NOTE = "<!-- sentry-monitor:note {0} -->"


def a_ticket(number: int = 7, title: str = "[shop] ZeroDivisionError: division by zero") -> Ticket:
    marker = MARK.format(number)
    body = f"## Error\n\nbroken\n\n{marker}"
    return Ticket(title=title, body=body, labels=(LABEL,), priority="P2", marker=marker)


async def keeps_what_is_filed(tracker: Tracker) -> None:
    filed = await tracker.create(a_ticket())

    assert filed == await tracker.get(filed.key)
    assert (filed.state, filed.title, filed.labels) == ("open", a_ticket().title, (LABEL,))


async def finds_by_the_marker_open_or_closed(tracker: Tracker) -> None:
    filed = await tracker.create(a_ticket(7))
    await tracker.create(a_ticket(70))  # whose marker begins alike
    await tracker.change(filed.key, state="closed")

    found = await tracker.find(MARK.format(7))

    assert found is not None
    assert (found.key, found.state) == (filed.key, "closed")
    assert await tracker.find(MARK.format(8)) is None


async def changes_only_what_is_given(tracker: Tracker) -> None:
    filed = await tracker.create(a_ticket())
    closed = await tracker.change(filed.key, state="closed")
    opened = await tracker.change(filed.key, state="open")
    assigned = await tracker.change(filed.key, assignee="jo")
    nobody = await tracker.change(filed.key, assignee="")

    assert (closed.state, opened.state) == ("closed", "open")
    assert (assigned.assignee, assigned.title, assigned.state) == ("jo", filed.title, "open")
    assert nobody.assignee == ""


async def says_a_comment_once(tracker: Tracker) -> list[str]:
    """The key, for whoever counts the comments there."""
    filed = await tracker.create(a_ticket())
    for number in (1, 1, 2):
        marker = NOTE.format(number)
        await tracker.comment(filed.key, f"It came back.\n\n{marker}", marker)
    return [filed.key]


async def knows_what_is_not_there(tracker: Tracker) -> None:
    for key in ("OPS-999", "L-999"):
        with pytest.raises(NoSuchTicket):
            await tracker.get(key)
        with pytest.raises(NoSuchTicket):
            await tracker.comment(key, "x", NOTE.format(1))
        with pytest.raises(NoSuchTicket):
            await tracker.change(key, state="closed")


ALL = (
    keeps_what_is_filed,
    finds_by_the_marker_open_or_closed,
    changes_only_what_is_given,
    knows_what_is_not_there,
)
