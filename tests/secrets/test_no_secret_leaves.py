"""A share of the counted proof in every test run; `make secrets` is all of it."""

import pytest

from modules.safetext.redaction import redact

from .door import knowing, leaving
from .fields import FIELDS, upstream
from .forms import every_form
from .ordinary import MOST, measured
from .repairs import FIELDS as OF_REPAIRS
from .repairs import leaving as leaving_of_repairs
from .repairs import through_repairs
from .sweep import FORMS, Tally, stands_in, through_errors, through_operations, through_sinks
from .tracked import FIELDS as OF_TRACKED
from .tracked import leaving as leaving_of_tracked
from .tracked import through_tracked


def test_there_are_far_more_than_sixty_kinds() -> None:
    assert len({form.kind for form in every_form()}) >= 130
    assert all(form.cores for form in every_form())


async def test_each_field_is_shown_by_some_operation_so_that_a_leak_would_be_seen() -> None:
    words = {one.name: f"canary{at:02}word" for at, one in enumerate(FIELDS)}

    texts = [one.text async for one in leaving(knowing(upstream(words)))]

    seen = {name for name, word in words.items() if any(word in text for text in texts)}
    assert seen == {one.name for one in FIELDS if one.shown}


def test_a_leak_is_seen_even_of_part_of_a_secret() -> None:
    tally = Tally()
    one = next(form for form in FORMS if form.kind == "github-token")

    tally.look("a sink", f"… {one.cores[0][5:17]} …", [("a field", one)])
    tally.look("a sink", f"… {one.cores[0][5:16]} …", [("a field", one)])

    assert tally.leaks == {"github-token | a field | a sink": 1}


def test_no_secret_leaves_through_a_sink_on_its_own() -> None:
    tally = Tally()

    through_sinks(tally, (3, 11))

    assert tally.renderings > 2000
    assert tally.leaks == {}


async def test_no_secret_leaves_through_an_operation() -> None:
    tally = Tally()

    await through_operations(tally, (7, 379))

    assert tally.planted > 300
    assert tally.redacted > 50
    assert tally.leaks == {}


async def test_no_secret_leaves_with_an_error() -> None:
    tally = Tally()

    await through_errors(tally, (5, 149))

    assert tally.planted > 10
    assert tally.leaks == {}


async def test_each_field_of_a_repair_is_shown_so_that_a_leak_would_be_seen() -> None:
    known = upstream({one.name: f"canary{at:02}event" for at, one in enumerate(FIELDS)})
    words = {one.name: f"canary{at:02}word" for at, one in enumerate(OF_REPAIRS)}

    told = [one async for one in leaving_of_repairs(knowing(known), words)]

    texts = [one.text for one in told]
    assert {name for name, word in words.items() if not any(word in one for one in texts)} == set()
    for way in ("store", "prompt", "pull request"):
        assert any("event" in one.text and "canary" in one.text for one in told if one.way == way)


async def test_no_secret_leaves_with_a_repair_or_is_kept() -> None:
    tally = Tally()

    await through_repairs(tally, (7, 700))

    assert tally.planted > 300
    assert tally.redacted > 50
    assert tally.leaks == {}


async def test_each_field_of_a_tracked_issue_is_shown_so_that_a_leak_would_be_seen() -> None:
    known = upstream({one.name: f"canary{at:02}event" for at, one in enumerate(FIELDS)})
    words = {one.name: f"canary{at:02}word" for at, one in enumerate(OF_TRACKED)}

    told = [one async for one in leaving_of_tracked(known, words)]

    texts = [one.text for one in told]
    hidden = {name for name, word in words.items() if not any(word in one for one in texts)}
    assert hidden == {"commit name", "commit address", "alert status", "alert address"}
    ways = {one.way for one in told if "event" in one.text and "canary" in one.text}
    assert ways >= {"store", "text", "JSON", "terminal", "page", "github", "linear", "jira"}


async def test_no_secret_leaves_with_a_tracked_issue_or_is_kept() -> None:
    tally = Tally()

    await through_tracked(tally, (7, 379))

    assert tally.planted > 300
    assert tally.redacted > 50
    assert tally.leaks == {}


def test_next_to_nothing_ordinary_is_redacted() -> None:
    for corpus in measured(6000):
        assert corpus.share <= MOST, corpus.told()


def test_a_sentence_about_secrets_stays() -> None:
    text = "The token expired, so the password was reset and a new API key was issued."

    assert redact(text)[0] == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("https://h.example/1234567/x", True),
        ("pin=1234567,", True),
        ('"at": 1795752345.1234567', False),
        ("3f1234567a", False),
        ("99-1234567890", False),
    ],
)
def test_a_few_digits_count_where_they_stand_for_themselves(text: str, *, seen: bool) -> None:
    assert stands_in(text, "1234567") is seen
