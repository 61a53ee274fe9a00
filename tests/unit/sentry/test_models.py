"""Values of servers that leave out, null, misspell and mistype."""

import contextlib
import copy
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.values import (
    EVENT_ID,
    ODD,
    all_null,
    an_event,
    an_issue,
    places,
    snake,
    with_odd,
    without,
)
from mcp_servers.sentry_monitor.src.operations import occurrence, patterns
from mcp_servers.sentry_monitor.src.operations.facts import issue_facts
from modules.framework.errors import ModuleError
from modules.safetext.sinks import for_data
from modules.sentry.errors import BadAnswer
from modules.sentry.models import read_event, read_issue, read_project

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def use_issue(raw: object) -> None:
    """Read an issue and do with it what operations do."""
    issue = read_issue(raw)
    issue_facts(issue, "https://sentry.example.com")
    patterns.grouped([issue], patterns.error_type)
    patterns.grouped([issue], patterns.place)
    patterns.harmful([issue, issue])
    patterns.noisy([issue])
    patterns.new_since([issue], "2026-01-01T00:00:00Z")


def use_event(raw: object) -> None:
    event = read_event(raw)
    occurrence.event_facts(event)
    for depth in (occurrence.CONCISE, occurrence.DETAILED):
        for_data(occurrence.event_outside(event, depth), origin="a test")


def test_a_documented_issue_is_read_whole() -> None:
    issue = read_issue(an_issue())

    assert (issue.id, issue.short_id, issue.count, issue.user_count) == ("42", "SHOP-1A", 123, 7)
    assert (issue.type, issue.value) == ("ValueError", "boom")
    assert (issue.filename, issue.function) == ("shop/cart.py", "total")
    assert (issue.first_release, issue.last_release) == ("shop@1.0", "shop@1.1")
    assert issue.assigned_to == "team backend"
    assert issue.project.slug == "shop"
    assert issue.unhandled is True


def test_a_documented_event_is_read_whole() -> None:
    event = read_event(an_event())

    assert event.id == EVENT_ID
    assert (event.release, event.environment) == ("shop@1.1", "production")
    assert [one.type for one in event.raised] == ["KeyError", "ValueError"]
    assert event.raised[0].handled is False
    frame = event.raised[0].frames[-1]
    assert (frame.filename, frame.function, frame.line) == ("shop/cart.py", "total", 12)
    assert frame.source == "    return cart.sum / cart.count"
    assert event.breadcrumbs[0].message == "opened the cart"
    assert event.request["method"] == "GET"
    assert event.next_id == "f" * 32


@pytest.mark.parametrize(
    "path", list(places(an_issue())), ids=lambda path: ".".join(map(str, path))
)
def test_an_issue_may_lack_or_mistype_any_key(path: tuple[Any, ...]) -> None:
    spoiled = [without(an_issue(), path), *(with_odd(an_issue(), path, odd) for odd in ODD)]

    for raw in spoiled:
        if path == ("id",) and not is_an_id(raw.get("id")):
            with pytest.raises(BadAnswer):
                use_issue(raw)
        else:
            use_issue(raw)


def is_an_id(value: object) -> bool:
    if value is None or isinstance(value, bool):
        return False
    return re.fullmatch("[A-Za-z0-9_-]{1,100}", str(value)) is not None


@pytest.mark.parametrize(
    "path", list(places(an_event())), ids=lambda path: ".".join(map(str, path))
)
def test_an_event_may_lack_or_mistype_any_key(path: tuple[Any, ...]) -> None:
    for raw in [without(an_event(), path), *(with_odd(an_event(), path, odd) for odd in ODD)]:
        use_event(raw)


@pytest.mark.parametrize("raw", [None, [], "", "text", 7, {}, {"id": None}, {"id": []}, [1], True])
def test_what_has_no_id_is_a_bad_answer(raw: object) -> None:
    with pytest.raises(BadAnswer, match="no issue"):
        read_issue(raw)
    with pytest.raises(BadAnswer, match="no event"):
        read_event(raw)


def test_nulls_everywhere_are_a_bad_answer() -> None:
    for use, raw in ((use_issue, an_issue()), (use_event, an_event())):
        with pytest.raises(BadAnswer):
            use(all_null(raw))


def test_an_id_alone_is_enough() -> None:
    assert read_issue({"id": 5}).id == "5"
    assert read_issue({"id": 5}).status == "unknown"
    assert read_event({"id": "a"}).raised == ()
    assert read_project({}).slug == ""


def test_snake_case_says_the_same() -> None:
    assert read_issue(snake(an_issue())) == read_issue(an_issue())
    camel, other = read_event(an_event()), read_event(snake(an_event()))
    assert (other.id, other.at, other.next_id) == (camel.id, camel.at, camel.next_id)
    assert other.raised[0].frames[-1].source == camel.raised[0].frames[-1].source
    assert other.raised[0].frames[-1].line == 12


@given(JSON)
def test_no_json_is_too_odd_for_an_issue(raw: object) -> None:
    for tried in (raw, {**an_issue(), "metadata": raw, "project": raw, "tags": raw}):
        with contextlib.suppress(ModuleError):
            use_issue(tried)


@given(JSON)
def test_no_json_is_too_odd_for_an_event(raw: object) -> None:
    entry = {"type": "exception", "data": raw}
    deep = {"type": "exception", "data": {"values": [{"stacktrace": {"frames": [raw]}}, raw]}}
    for tried in (raw, {**an_event(), "entries": [entry]}, {**an_event(), "entries": [deep, raw]}):
        with contextlib.suppress(ModuleError):
            use_event(tried)


def test_absurd_counts_break_no_ranking() -> None:
    for count in ("-4", -4, 10**400, "9" * 5000, 1e300, "many", "1e9", None):
        issue = read_issue(an_issue(count=count, userCount=count, isUnhandled=True))

        assert issue.count >= 0
        patterns.harmful([issue, issue, read_issue(an_issue())])
        patterns.noisy([issue, issue])


def test_words_of_a_closed_list_are_checked() -> None:
    issue = read_issue(
        an_issue(status="<b>", level="evil", priority="now", substatus="two words; and more")
    )

    assert (issue.status, issue.level, issue.priority) == ("unknown", "unknown", "")
    assert issue.substatus == ""


@pytest.mark.parametrize(
    ("owner", "said"),
    [
        (None, ""),
        ({"type": "user", "name": "Jo"}, "Jo"),
        ({"type": "user", "email": "jo@example.com"}, "jo@example.com"),
        ({"type": "team", "name": "backend"}, "team backend"),
        ("user:1", ""),
    ],
)
def test_an_owner_is_a_person_or_a_team(owner: object, said: str) -> None:
    assert read_issue(an_issue(assignedTo=owner)).assigned_to == said


def test_the_stack_of_a_crashed_thread_belongs_to_the_only_exception() -> None:
    raw = an_event()
    thrown = copy.deepcopy(raw["entries"][0]["data"]["values"][0])
    thrown["stacktrace"] = None
    threads = raw["entries"][4]
    raw["entries"] = [{"type": "exception", "data": {"values": [thrown]}}, threads]

    event = read_event(raw)

    assert event.raised[0].type == "ValueError"
    assert [one.function for one in event.raised[0].frames] == ["total"]


def test_a_message_with_a_stack_is_shown_by_its_stack() -> None:
    raw = an_event()
    frames = raw["entries"][4]["data"]["values"][0]["stacktrace"]
    raw["entries"] = [{"type": "stacktrace", "data": frames}]

    (only,) = read_event(raw).raised

    assert (only.type, len(only.frames)) == ("", 1)


@pytest.mark.parametrize(
    ("tags", "environment"),
    [
        ([["environment", "prod"]], "prod"),
        ({"environment": "prod"}, "prod"),
        ([{"key": "environment", "value": "prod"}], "prod"),
        ([{"key": "environment"}, ["a"], 7, None], ""),
        (None, ""),
    ],
)
def test_tags_come_in_three_shapes(tags: object, environment: str) -> None:
    assert read_event(an_event(tags=tags)).environment == environment


def test_a_release_is_an_object_or_a_string_or_a_tag() -> None:
    tag = [{"key": "release", "value": "c"}]

    found = [
        read_event(an_event(release=one, tags=tag)).release for one in ({"version": "a"}, "b", None)
    ]

    assert found == ["a", "b", "c"]
