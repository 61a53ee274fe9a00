"""What every tracker does: the suite that is run over each, and over the doubles of their servers."""

from dataclasses import replace
from typing import Protocol

import pytest

from modules.tracker.errors import NoSuchTicket, TrackerAway, TrackerRefused
from modules.tracker.ports import LABEL, Ticket, Tracker

MARKER = "<!-- sentry-monitor:issue sentry.io/acme/1 generation 1 -->"
OTHER = "<!-- sentry-monitor:issue sentry.io/acme/1 generation 11 -->"
NOTE, ANOTHER = "<!-- sentry-monitor:note d1 -->", "<!-- sentry-monitor:note d2 -->"
BODY = """**This error has regressed after being marked as resolved.**

## Error

```text
TypeError: Cannot read property 'foo'
```

## Impact

- **Events:** 42
- **Users affected:** 15

## Links

- [View in Sentry](https://sentry.example/organizations/acme/issues/1/)
"""


def ticket(marker: str = MARKER, **more: object) -> Ticket:
    plain = Ticket(
        title="[shop] TypeError: Cannot read property 'foo'",
        body=f"{BODY}\n{marker}",
        labels=(LABEL,),
        priority="P1",
        marker=marker,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


class Ground(Protocol):
    """A tracker, and what others do there. `ada` is the name of somebody who can be assigned."""

    ada: str

    @property
    def tracker(self) -> Tracker: ...

    async def delete(self, key: str) -> None:
        """Somebody deletes the issue."""
        ...

    async def said(self, key: str) -> int:
        """How many comments there are."""
        ...


class FailingGround(Ground, Protocol):
    """Whose server can be told to fail."""

    def limit(self) -> None: ...
    def go_down(self) -> None: ...

    @property
    def stranger(self) -> Tracker:
        """The same with a login that is not accepted."""
        ...


class LabellingGround(Ground, Protocol):
    """Where making a label takes a right of its own."""

    def forbid_labels(self) -> None: ...


class TrackerContract:
    """Subclasses have a fixture `ground`."""

    async def test_an_issue_is_found_by_its_marker_and_by_no_other(self, ground: Ground) -> None:
        assert await ground.tracker.find(MARKER) is None

        made = await ground.tracker.create(ticket())

        assert (made.state, made.priority, made.labels.count(LABEL)) == ("open", "P1", 1)
        assert made.title == ticket().title
        found = await ground.tracker.find(MARKER)
        assert found is not None
        assert (found.key, found.url, found.priority) == (made.key, made.url, "P1")
        assert await ground.tracker.find(OTHER) is None

    async def test_what_is_closed_is_found_and_can_be_opened_again(self, ground: Ground) -> None:
        made = await ground.tracker.create(ticket())

        closed = await ground.tracker.change(made.key, state="closed")
        found = await ground.tracker.find(MARKER)
        opened = await ground.tracker.change(made.key, state="open")

        assert found is not None
        assert (closed.state, found.state, found.key, opened.state) == (
            *("closed", "closed", made.key),
            "open",
        )

    async def test_two_generations_are_two_issues(self, ground: Ground) -> None:
        first = await ground.tracker.create(ticket())
        second = await ground.tracker.create(ticket(OTHER))

        assert first.key != second.key
        found = await ground.tracker.find(OTHER)
        assert found is not None
        assert found.key == second.key

    async def test_a_comment_is_written_once_for_each_marker(self, ground: Ground) -> None:
        key = (await ground.tracker.create(ticket())).key

        for _ in range(2):
            await ground.tracker.comment(key, f"It escalates.\n\n{NOTE}", NOTE)
        once = await ground.said(key)
        await ground.tracker.comment(key, f"It escalates.\n\n{ANOTHER}", ANOTHER)

        assert (once, await ground.said(key)) == (1, 2)

    async def test_what_is_not_named_stays_as_it_is(self, ground: Ground) -> None:
        key = (await ground.tracker.create(ticket())).key

        higher = await ground.tracker.change(key, priority="P2")
        assigned = await ground.tracker.change(key, assignee=ground.ada)
        plain = await ground.tracker.change(key)
        nobody = await ground.tracker.change(key, assignee="")

        assert (higher.priority, higher.assignee, LABEL in higher.labels) == ("P2", "", True)
        assert (assigned.priority, assigned.assignee) == ("P2", ground.ada)
        assert plain == assigned
        assert (nobody.assignee, nobody.state) == ("", "open")

    async def test_labels_can_be_set(self, ground: Ground) -> None:
        key = (await ground.tracker.create(ticket())).key

        changed = await ground.tracker.change(key, labels=(LABEL, "regression"))

        assert {LABEL, "regression"} <= set(changed.labels)
        assert (await ground.tracker.get(key)).priority == "P1"

    async def test_an_issue_that_was_deleted_is_none_and_can_be_filed_anew(
        self, ground: Ground
    ) -> None:
        key = (await ground.tracker.create(ticket())).key
        await ground.delete(key)

        for asked in (
            ground.tracker.get(key),
            ground.tracker.change(key, state="closed"),
            ground.tracker.comment(key, "gone", NOTE),
        ):
            with pytest.raises(NoSuchTicket):
                await asked
        assert await ground.tracker.find(MARKER) is None
        assert (await ground.tracker.create(ticket())).state == "open"

    async def test_an_issue_that_never_was_is_none(self, ground: Ground) -> None:
        for key in ("4711", "OPS-4711", "../labels", ""):
            with pytest.raises(NoSuchTicket):
                await ground.tracker.get(key)


class FailingTrackerContract(TrackerContract):
    """And what a server may do to us."""

    async def test_a_limit_says_how_long_to_wait(self, ground: FailingGround) -> None:
        ground.limit()

        with pytest.raises(TrackerAway) as refusal:
            await ground.tracker.find(MARKER)

        assert refusal.value.retry_after_s == 17
        assert refusal.value.retryable

    async def test_a_server_that_fails_is_away_for_a_while(self, ground: FailingGround) -> None:
        ground.go_down()

        with pytest.raises(TrackerAway) as refusal:
            await ground.tracker.create(ticket())

        assert (refusal.value.retry_after_s or 0) > 0

    async def test_a_login_that_is_not_accepted_is_told_with_what_to_do(
        self, ground: FailingGround
    ) -> None:
        with pytest.raises(TrackerRefused) as refusal:
            await ground.stranger.find(MARKER)

        told = f"{refusal.value.message} {refusal.value.recovery_suggestion}"
        assert "trackers.md" in told
        assert "wrong-secret" not in f"{told} {refusal.value!r} {ground.stranger!r}"


class LabelsContract:
    """Of trackers where making a label takes a right of its own."""

    async def test_an_issue_is_filed_without_a_label_that_cannot_be_made(
        self, ground: LabellingGround
    ) -> None:
        ground.forbid_labels()

        made = await ground.tracker.create(ticket())

        found = await ground.tracker.find(MARKER)
        assert found is not None
        assert (found.key, LABEL in found.labels) == (made.key, False)
