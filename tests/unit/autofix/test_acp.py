"""What is decided about an agent of the Agent Client Protocol, without one."""

import json
from typing import Any

import pytest

from modules.autofix.adapters.acp.permissions import choice, may
from modules.autofix.adapters.acp.verdict import End, Exit, verdict
from modules.autofix.adapters.acp.wire import message
from modules.autofix.adapters.course import Course
from modules.autofix.job import Report

REPORT = Report(classification="code_fix", root_cause="a", explanation="b", confidence=0.5)
GONE = Exit(code=3, stderr="key missing")


def a_course(*, metered: bool = True) -> Course:
    return Course(turns=3, usd=2.0, metered=metered)


def test_a_turn_is_an_answer_of_the_model() -> None:
    course = a_course()
    for status in (200, 529, 200, 500, 200):
        course.answered(status)
    within = course.capped, course.over.is_set(), course.turns

    course.answered(200)

    assert within == ("", False, 3)
    assert (course.capped, course.over.is_set()) == ("max_turns", True)


def test_without_the_gateway_a_turn_begins_after_the_tools() -> None:
    course = a_course(metered=False)
    course.said("I look")
    course.said(" at it.")
    course.called("read")
    course.tool_ended("read", well=True)
    course.called("edit")
    course.tool_ended("edit", well=False)
    course.said("Done.")

    assert course.turns == 3
    assert course.lines == [". I look at it.", "> read", "> edit", "! edit failed", ". Done."]


@pytest.mark.parametrize(
    ("told", "usd", "capped"),
    [
        ([(0.5, "USD"), (1.5, "USD")], 1.5, ""),
        ([(2.0, "USD")], 2.0, ""),
        ([(2.01, "USD")], 2.01, "max_budget"),
        ([(1.0, "USD"), (0.1, "USD")], 1.0, ""),
        ([(9.0, "EUR")], None, ""),
        ([(float("inf"), "USD"), (float("nan"), "USD"), (-1.0, "USD")], None, ""),
    ],
)
def test_money_is_what_the_agent_tells_in_dollars(
    told: list[tuple[float, str]], usd: float | None, capped: str
) -> None:
    course = a_course()
    for amount, currency in told:
        course.cost(amount, currency)

    assert (course.usd, course.capped) == (usd, capped)


def test_a_refused_key_ends_it_at_once() -> None:
    course = a_course()
    course.answered(401)

    assert course.over.is_set()
    assert course.free_of_charge
    assert verdict(course, End(), GONE)[0] == "auth"


@pytest.mark.parametrize(
    ("end", "left", "failure", "told"),
    [
        (End(stop="end_turn"), GONE, "no_report", "without a report"),
        (End(stop="refusal"), GONE, "no_report", "refused"),
        (End(stop="max_tokens"), GONE, "no_report", "tokens"),
        (End(stop="max_turn_requests"), GONE, "max_turns", "of its own"),
        (End(stop="something new"), GONE, "no_report", "without a report"),
        (End(), GONE, "agent_crashed", "3: key missing"),
        (End(error="no such model"), GONE, "agent_crashed", "no such model"),
        (End(error="log in", error_code=-32000), GONE, "auth", "logged in"),
        (End(), Exit(code=143, stderr="", timed_out=True), "timeout", "time limit"),
    ],
)
def test_ends_without_a_report(end: End, left: Exit, failure: str, told: str) -> None:
    reason, sentence = verdict(a_course(), end, left)

    assert reason == failure
    assert told in sentence


@pytest.mark.parametrize(("status", "failure"), [(429, "usage_limit"), (529, "model_unavailable")])
def test_what_the_api_answered_last_goes_before_the_agents_words(status: int, failure: str) -> None:
    course = a_course()
    course.answered(200)
    course.answered(status)

    assert verdict(course, End(stop="end_turn"), GONE)[0] == failure


def test_a_report_is_what_counts() -> None:
    course = a_course()
    course.reports(REPORT)
    course.cost(9.0, "USD")

    assert verdict(course, End(), Exit(code=1, stderr="", timed_out=True)) == ("", "")


@pytest.mark.parametrize(
    ("kind", "title", "fixing", "planning"),
    [
        ("read", "a.py", True, True),
        ("search", "a", True, True),
        ("edit", "a.py", True, False),
        ("delete", "a.py", True, False),
        ("execute", "rm -rf /", True, False),
        ("fetch", "https://example.com", False, False),
        ("switch_mode", "yolo", False, False),
        ("other", "report_submit_report", True, True),
        (None, "sentry: get-issue-details", True, True),
        ("other", "deploy", False, False),
    ],
)
def test_permissions(kind: str | None, title: str, fixing: bool, planning: bool) -> None:
    tools = ("submit_report", "get-issue-details")

    assert may(kind, title, plan_only=False, tools=tools) is fixing
    assert may(kind, title, plan_only=True, tools=tools) is planning


def test_a_choice_is_for_this_once_where_it_can_be() -> None:
    options = [("a", "allow_always"), ("b", "allow_once"), ("c", "reject_always"), ("d", "odd")]

    assert choice(options, allowed=True) == "b"
    assert choice(options, allowed=False) == "c"
    assert choice(options[:2], allowed=False) is None


@pytest.mark.parametrize(
    "line",
    [
        b"Sure!",
        b"[1]",
        b"[" * 100_000,
        b"\xff",
        b'{"id": [1], "result": 1}',
        b'{"id": 1, "error": "text"}',
        b'{"method": 1}',
        b'{"method": "session/update", "params": {}}',
    ],
)
def test_lines_that_are_no_message(line: bytes) -> None:
    assert message(line) is None


def test_a_message_without_what_the_library_would_take_for_arguments() -> None:
    asked: dict[str, Any] = {"method": "session/request_permission", "id": 1}
    line = json.dumps({**asked, "params": {"options": [], "_meta": {"options": 1}}}).encode()

    assert message(line) == {**asked, "params": {"options": []}}
