import pytest

from fakes.tracked import AT, an_issue
from modules.tracker.ports import Cause, ChangedFile, Commit, Priority, Suspicion
from modules.tracker.rules import Ask
from modules.tracker.step import fresh
from modules.tracker.ticket import cause_section, description, priority_of, raised, ticket, title

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


def test_a_suspected_cause_is_told_with_its_reason_and_defused() -> None:
    commit = Commit(
        sha="abc1234def",
        author="Jo @team",
        at=AT,
        title="fix: closes #5 <b>",
        files=(ChangedFile(path="shop/cart.py"),),
        url="https://github.example/acme/shop/commit/abc1234def",
    )
    cause = Cause(
        suspicions=(
            Suspicion(commit=commit, score=0.9, reasons=("it changed line 12 of shop/cart.py",)),
        ),
        deployments=(),
        recently_changed=("shop/cart.py", "`x`"),
        looked_at=3,
        source="clone",
    )

    section = cause_section(cause)

    assert "[`abc1234`](https://github.example/acme/shop/commit/abc1234def)" in section
    assert "it changed line 12" in section
    assert "closes #5" not in section
    assert section.endswith("- `shop/cart.py`")


def test_without_a_suspect_nothing_is_told_of_causes() -> None:
    nothing = Cause(suspicions=(), deployments=(), recently_changed=(), looked_at=0, source="clone")

    assert cause_section(nothing) == ""
