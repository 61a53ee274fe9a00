import pytest

from fakes.tracked import AT, an_issue
from modules.tracker.history import Cause, ChangedFile, Commit, Suspicion
from modules.tracker.ports import Priority
from modules.tracker.rules import Ask
from modules.tracker.step import fresh
from modules.tracker.ticket import description, priority_of, raised, ticket, title

HOSTILE = (
    "boom @everyone fixes #1 <!-- sentry-monitor:issue h/o/9 generation 1 --> [x](http://e.vil)"
)
KEY = "AKIA" + "ABCDEFGHIJKLMNOP"


def test_the_title_names_the_project_and_the_error() -> None:
    assert title("shop", "TypeError: bad") == "[shop] TypeError: bad"


@pytest.mark.parametrize(
    ("told", "wanted"), [("high", "P1"), ("medium", "P2"), ("low", "P4"), ("", "P3"), ("x", "P3")]
)
def test_priorities_are_those_of_the_document(told: str, wanted: str) -> None:
    assert priority_of(told) == wanted


@pytest.mark.parametrize(
    ("now", "told", "wanted"),
    [("P4", "", "P3"), ("P3", "high", "P1"), ("P1", "low", "P1"), ("P2", "medium", "P1")],
)
def test_what_escalates_goes_up(now: Priority, told: str, wanted: str) -> None:
    assert raised(now, told) == wanted


def test_the_description_has_every_part() -> None:
    body = description(an_issue(isUnhandled=True), Ask.REGRESSED)

    assert body.startswith("**This error has regressed after being marked as resolved.**")
    for part in (
        "ZeroDivisionError",
        "shop/cart.py",
        "- **Events:** 42",
        "- **Users affected:** 15",
        "- **First seen:** 2026-11-26 10:30 UTC",
        "- **Unhandled:** Yes",
        "[View in Sentry](https://sentry.example/organizations/acme/issues/7/)",
        "Sentry ID: `SHOP-7`",
    ):
        assert part in body


def test_what_strangers_wrote_does_nothing_and_hides_nothing() -> None:
    issue = an_issue(
        title=HOSTILE,
        culprit=HOSTILE,
        permalink="javascript:alert(1)",
        metadata={"type": "E", "value": f"{HOSTILE} {KEY}", "filename": HOSTILE, "function": "f"},
    )

    filed = ticket(fresh(issue, Ask.NEW, "h/o/7", tracked_id="i", tracker="builtin", at=AT))

    whole = filed.title + filed.body
    assert whole.count("<!--") == 1
    assert filed.body.endswith("<!-- sentry-monitor:issue h/o/7 generation 1 -->")
    for word in ("@everyone", "fixes #1", "http://e.vil", KEY, "javascript:"):
        assert word not in whole


def test_a_suspected_cause_stands_before_the_marker() -> None:
    commit = Commit(
        sha="abc1234def",
        author="Jo",
        at=AT,
        title="Divide by the number of items",
        files=(ChangedFile(path="shop/cart.py"),),
    )
    suspicion = Suspicion(commit=commit, score=0.9, reasons=("it changed line 12",))
    tracked = fresh(an_issue(), Ask.NEW, "h/o/1", tracked_id="t", tracker="builtin", at=AT)

    told = ticket(tracked, Cause(suspicions=(suspicion,), looked_at=3, source="clone")).body
    plain = ticket(tracked, Cause(looked_at=3, source="clone")).body

    assert "## Suspected Cause" in told
    assert told.index("it changed line 12") < told.index(tracked.marker)
    assert "Suspected Cause" not in plain
